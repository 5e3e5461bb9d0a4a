"""Going away and coming back, and what that means for letters on their way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import agendas, deciders, letters, people
from bot.actions import tasks as task_actions
from bot.office import Office
from bot.policy import absence as policy
from handlers.ports import Refused
from storage import absences, drafts, history, members, outbox, tasks, units
from storage.notices import AbsenceNews, Reminders, Step
from storage.records import Absence, Away, Json, Letter, Member, Task, Tree


def go(
    connection: Connection, office: Office, member: Member, until: datetime, substitute_id: int, now: datetime
) -> Away:
    """Be away from now on; an absence that was said before is replaced."""
    substitute = members.get(connection, substitute_id)
    away = policy.away_now(absences.present_of(connection, [substitute_id], now), now)
    if until <= now:
        raise Refused("away.past")
    found = policy.substitute_problem(member, substitute, until, away)
    if found is not None or substitute is None:
        raise Refused(found or "away.nobody", name=substitute.name if substitute else "")
    tree = units.every(connection)
    before = absences.end(connection, member.id, now)
    absence_id = absences.add(
        connection,
        member_id=member.id,
        substitute_id=substitute.id,
        since=now,
        until=until,
        made_by=member.id,
        at=now,
    )
    details: Json = {"absence": absence_id}
    details["new"] = {"substitute_id": substitute.id, "until": until.isoformat()}
    if before:
        details["old"] = {"substitute_id": before[-1].substitute_id, "until": before[-1].until.isoformat()}
    history.append(connection, now, "away", actor_id=member.id, member_id=member.id, details=details)
    drafts.drop(connection, member.account or 0, "away")
    _replan(connection, office, member, tree, now, member)
    relieved = [one for one in before if one.substitute_id != substitute.id]
    _tell_relieved(connection, office, relieved, tree, now)
    _tell(connection, office, absence_id, "substitute", substitute, tree, now)
    for head in people.superiors(connection, member.unit_id, {member.id, substitute.id}, tree):
        _tell(connection, office, absence_id, "head", head, tree, now)
    return shown(connection, office, present(connection, member.id, now), tree)


def come_back(connection: Connection, office: Office, member: Member, now: datetime) -> Away:
    """End the present absence; what it was."""
    ended = absences.end(connection, member.id, now)
    if not ended:
        raise Refused("away.not")
    tree = units.every(connection)
    details = {"absence": ended[-1].id}
    history.append(connection, now, "back", actor_id=member.id, member_id=member.id, details=details)
    relieving = members.some(connection, [one.substitute_id for one in ended])
    _replan(connection, office, member, tree, now, *relieving.values())
    _tell_relieved(connection, office, ended, tree, now)
    return shown(connection, office, ended[-1], tree)


def present(connection: Connection, member_id: int, now: datetime) -> Absence:
    """The absence of that person that lasts now. Raises Refused."""
    found = absences.present_of(connection, [member_id], now)
    if not found:
        raise Refused("away.not")
    return found[-1]


def shown(connection: Connection, office: Office, absence: Absence, tree: Tree) -> Away:
    """An absence as people read it."""
    known = members.some(connection, [absence.member_id, absence.substitute_id])
    member = known[absence.member_id]
    last_day = policy.last_day(absence, office.calendar_for(member, tree))
    work = len(tasks.open_of(connection, member.id))
    return Away(member.name, known[absence.substitute_id].name, last_day, work)


def _replan(
    connection: Connection, office: Office, member: Member, tree: Tree, now: datetime, *readers: Member
) -> None:
    """What an owner has time for is counted anew from the end of an absence; what waited for `readers` moves on."""
    for task in tasks.open_of(connection, member.id):
        task_actions.replan(connection, office, task, now)
    agendas.replan(connection, office, [member], tree, now)
    place = deciders.place(connection, tree, away_now(connection, now), now)
    agendas.redirect(connection, office, place, {reader.id: reader for reader in readers}, now)


def _tell_relieved(connection: Connection, office: Office, ended: Iterable[Absence], tree: Tree, now: datetime) -> None:
    for one in ended:
        substitute = members.some(connection, [one.substitute_id])[one.substitute_id]
        _tell(connection, office, one.id, "over", substitute, tree, now)


def _tell(
    connection: Connection,
    office: Office,
    absence_id: int,
    event: str,
    reader: Member,
    tree: Tree,
    now: datetime,
) -> None:
    notice = AbsenceNews(absence_id, event)
    letters.tell(connection, office, f"absence:{absence_id}:{event}:{reader.id}", notice, reader, tree, now)


def away_now(connection: Connection, now: datetime) -> dict[int, Absence]:
    """Everybody who is away, by member."""
    return policy.away_now(absences.present(connection, now), now)


def hearers(
    connection: Connection, owner: Member, unit_id: int, away: Mapping[int, Absence], tree: Tree
) -> tuple[Member, ...]:
    """Who hears the reminders of an owner; the nearest superiors when neither owner nor substitute can (R26, R27)."""
    found = policy.hearer(owner, away, members.some(connection, concerned(owner, away)))
    return (found,) if found is not None else people.superiors(connection, unit_id, concerned(owner, away), tree)


def concerned(owner: Member, away: Mapping[int, Absence]) -> set[int]:
    """The owner, with whoever stands in: a letter to the level above is for neither of them."""
    return {owner.id} | ({away[owner.id].substitute_id} if owner.id in away else set())


def misdirected(
    connection: Connection, letter: Letter, reader: Member, notice: Reminders, now: datetime
) -> dict[Step, tuple[Member, ...]]:
    """The steps of a waiting letter that somebody else must hear now: an owner went away or came back meanwhile.

    A letter that may have arrived already stays with its reader: nobody is told twice.
    """
    away = away_now(connection, now)
    moves = reader.id in away or any(step.owner_id is not None for step in notice.steps)
    if letter.copies or not moves:
        return {}
    tree = units.every(connection)
    found = tasks.some(connection, [step.task_id for step in notice.steps])
    owners = members.some(connection, {task.owner_id for task in found.values()})
    moved: dict[Step, tuple[Member, ...]] = {}
    for step in notice.steps:
        task = found.get(step.task_id)
        if task is None or not policy.is_for(step, task, reader.id):
            continue
        readers = hearers(connection, owners[task.owner_id], task.unit_id, away, tree)
        if readers and reader.id not in {one.id for one in readers}:
            moved[step] = readers
    return moved


def forward(connection: Connection, office: Office, letter: Letter, notice: Reminders, now: datetime) -> None:
    """Give the misdirected steps of a letter to those who hear them now; the rest of it stays."""
    reader = members.some(connection, [letter.member_id or 0])[letter.member_id or 0]
    moved = misdirected(connection, letter, reader, notice, now)
    rest = replace(notice, steps=tuple(step for step in notice.steps if step not in moved))
    if rest.steps:
        still_ours = outbox.rewrite(connection, letter, rest)
    else:
        still_ours = outbox.end(connection, letter, now, "dropped", "moved")
    if not still_ours:
        return
    work = tasks.some(connection, [step.task_id for step in moved])
    told: dict[int, dict[Step, Task]] = {}
    for step, readers in moved.items():
        found = work[step.task_id]
        for hearer in readers:
            mine = replace(step, owner_id=None if hearer.id == found.owner_id else found.owner_id)
            told.setdefault(hearer.id, {})[mine] = found
    tree = units.every(connection)
    for hearer in members.some(connection, told).values():
        agendas.tell_steps(connection, office, hearer, told[hearer.id], tree, now, moved=True)
