"""Joining: one-time codes, one account per person and one person per account."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.actions import agendas
from bot.office import Office
from handlers.ports import Invitation, Refused
from storage import history, invites, members, units
from storage.records import Member

VALID = timedelta(hours=72)
PRIVACY_VERSION = 1
STRANGER_PAUSE = timedelta(hours=1)


def invite(
    connection: Connection, people: Iterable[Member], now: datetime, secret: Callable[[], str]
) -> list[tuple[Member, str]]:
    """A fresh code for each of these people who has no account yet; older codes stop working."""
    made = []
    for member in people:
        if member.account is None and member.left_at is None:
            code = secret()
            invites.add(connection, "member", code, member.id, now, now + VALID)
            history.append(connection, now, "invite", member_id=member.id)
            made.append((member, code))
    return made


def look(connection: Connection, office: Office, code: str, now: datetime) -> Invitation:
    """What a code opens. Wrong, used and expired codes get one and the same refusal."""
    member = _invited(connection, code, now)[1]
    tree = units.every(connection)
    calendar = office.calendar_for(member, tree)
    return Invitation(member.name, tree[member.unit_id].name, office.name, member.language, calendar.zone)


def join(connection: Connection, office: Office, account: int, code: str, language: str, now: datetime) -> Member:
    """Link the account to the person the code was made for, and use the code up.

    `language` is the one in which the notice was read and agreed to: from now on the person is spoken to in it.
    """
    if members.by_account(connection, account) is not None:
        raise Refused("join.linked")
    invite_id, member = _invited(connection, code, now)
    if not invites.use(connection, invite_id, now):
        raise Refused("join.bad_code")
    if not members.link(connection, member.id, account, now, PRIVACY_VERSION):
        raise Refused("join.bad_code")
    members.change(connection, member.id, language=language)
    joined = members.some(connection, [member.id])[member.id]
    agendas.replan(connection, office, [joined], units.every(connection), now)
    details = {"privacy": PRIVACY_VERSION, "language": language}
    history.append(connection, now, "join", actor_id=member.id, member_id=member.id, details=details)
    return members.some(connection, [member.id])[member.id]


def _invited(connection: Connection, code: str, now: datetime) -> tuple[int, Member]:
    found = invites.by_code(connection, "member", code, now)
    member = members.get(connection, found.member_id) if found else None
    if found is None or member is None or member.account is not None or member.left_at is not None:
        raise Refused("join.bad_code")
    return found.id, member
