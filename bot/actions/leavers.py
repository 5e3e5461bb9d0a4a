"""Leaving: nobody leaves with open tasks, and nothing that leads to the person's chat stays (R52)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.actions import batches, teams
from bot.office import Office
from bot.policy.access import Actor, Deed, may_in
from handlers.ports import Leaver, Refused
from storage import absences, agenda, drafts, history, invites, members, outbox, requests, tasks, units
from storage.records import Member, Person, RequestCard, Role

LONGEST = 1000  # characters of a reason
CHOICES = 12  # colleagues offered as new owners


def subject(connection: Connection, actor: Actor, member_id: int) -> Member:
    """The present member whom the actor may let go. A hidden one and one that does not exist get the same answer."""
    member = members.get(connection, member_id)
    if member is None or member.left_at is not None or not may_in(actor, Deed.LEAVER, member.unit_id):
        raise Refused("forbidden.leaver")
    if member.id == actor.member.id:
        raise Refused("leaver.self")
    return member


def look(connection: Connection, actor: Actor, member_id: int, now: datetime) -> Leaver:
    """What still ties a person to the organisation."""
    member = subject(connection, actor, member_id)
    work = tasks.open_of(connection, member.id)
    asked = requests.of_tasks(connection, [task.id for task in work])
    waiting = [one.id for some in asked.values() for one in some if one.batch_id and one.state.waits]
    unit = units.every(connection)[member.unit_id].name
    people = teams.roster(connection, [member.unit_id], now)
    heirs = tuple(one for one in people if one.member.id != member.id and one.member.reachable and not one.away)
    codes = tuple(task.code for task in work)
    return Leaver(Person(member, unit, len(work)), codes, min(waiting, default=None), heirs[:CHOICES])


def rehome(
    connection: Connection, office: Office, actor: Actor, member_id: int, heir_id: int, reason: str, now: datetime
) -> RequestCard:
    """Propose a new owner for all open tasks of somebody who leaves."""
    leaver = look(connection, actor, member_id, now)
    heir = members.get(connection, heir_id)
    if heir is None or heir.left_at is not None or heir.id == member_id:
        raise Refused("request.same_owner")
    if not heir.reachable:
        raise Refused("leaver.unreachable", name=heir.name)
    if not leaver.codes:
        raise Refused("leaver.nothing", name=leaver.person.member.name)
    if leaver.waiting is not None:
        raise Refused("leaver.waits", number=leaver.waiting)
    if not reason.strip():
        raise Refused("leaver.reason")
    if len(reason) > LONGEST:
        raise Refused("note.too_long", limit=LONGEST)
    drafts.drop(connection, actor.member.account or 0, "leaver")
    work = tasks.open_of(connection, member_id)
    return batches.propose(connection, office, actor, work, heir, reason.strip(), now)


def close(connection: Connection, actor: Actor, member_id: int, now: datetime) -> Person:
    """Let a person go whom the actor may let go."""
    member = subject(connection, actor, member_id)
    let_go(connection, member, now, actor.member.id)
    drafts.drop(connection, actor.member.account or 0, "leaver")
    return Person(member, units.every(connection)[member.unit_id].name)


def let_go(connection: Connection, member: Member, now: datetime, actor_id: int | None = None) -> None:
    """Close a person's membership: the link to the chat, the rights and everything that waits go at once.

    The name stays on the work. Raises Refused while anything would be left without somebody responsible.
    """
    work = tasks.open_of(connection, member.id)
    if work:
        raise Refused("leaver.owns", name=member.name, n=len(work), codes=", ".join(task.code for task in work))
    granted = members.grants_of(connection, member.id)
    _check_roles(connection, member)
    for grant in granted:
        members.revoke(connection, member.id, grant.role, grant.unit_id)
    absences.end(connection, member.id, now)
    withdrawn = requests.withdraw_with(connection, member.id, now)
    invites.void(connection, member.id, now)
    dropped = outbox.drop_for(connection, member.id, now, "left") + agenda.drop_for(connection, member.id, now)
    if member.account is not None:
        drafts.drop(connection, member.account)
        tasks.forget_mentions_of(connection, member.account)
    nothing: dict[str, Any] = {
        "account": None,
        "linked_at": None,
        "unreachable_since": None,
        "unreachable_reason": "",
        "email": "",
        "agenda_at": None,
    }
    members.change(connection, member.id, left_at=now, **nothing)
    roles = [[grant.role.value, grant.unit_id] for grant in granted]
    details = {"roles": roles, "requests_withdrawn": withdrawn, "letters_dropped": dropped}
    history.append(connection, now, "leave", actor_id=actor_id, member_id=member.id, details=details)


def _check_roles(connection: Connection, member: Member) -> None:
    """The last head of a unit with people or work, and the last leader of all, stay until somebody follows them."""
    tree = units.every(connection)
    for grant in members.grants_of(connection, member.id):
        others = [one for one in members.holders(connection, grant.role, grant.unit_id) if one.id != member.id]
        if others:
            continue
        if grant.role is Role.LEADER and grant.unit_id is None:
            raise Refused("leaver.last_leader", name=member.name)
        if grant.role is Role.HEAD and grant.unit_id is not None and _needs_head(connection, grant.unit_id, member):
            raise Refused("leaver.last_head", name=member.name, unit=tree[grant.unit_id].name)


def _needs_head(connection: Connection, unit_id: int, besides: Member) -> bool:
    people = [one for one in members.of_units(connection, [unit_id]) if one.id != besides.id]
    return bool(people) or bool(tasks.open_in(connection, [unit_id]))
