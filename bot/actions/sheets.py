"""A person's own sheet and that of a unit, in a handful of queries for each thousand tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.actions.inspections import by_portions, traces_of
from bot.actions.teams import default_unit, reach_for
from bot.office import Office
from bot.policy import inspection, sheet
from bot.policy.access import Actor, Deed, may_in, subtree
from bot.policy.calendar import WorkCalendar
from bot.policy.sheet import File
from handlers.ports import Refused
from storage import absences, explanations, members, owned, requests, tasks, units
from storage.inspection import Period, Trace
from storage.records import Absence, Member, Tree
from storage.sheets import Held, OwnSheet, Row, Span, UnitSheet


def own(connection: Connection, office: Office, actor: Actor, member_id: int, span: Span, now: datetime) -> OwnSheet:
    """The sheet of the actor, or of somebody whose unit the actor heads or leads. Raises Refused."""
    member = members.some(connection, [member_id]).get(member_id)
    mine = member_id == actor.member.id
    if member is None or not (mine or may_in(actor, Deed.SHEET, member.unit_id)):
        raise Refused("forbidden.sheet")
    return of_person(connection, office, member, span, now, mine=mine)


def of_person(
    connection: Connection, office: Office, member: Member, span: Span, now: datetime, *, mine: bool = False
) -> OwnSheet:
    """The sheet of somebody, for whoever may see it; `mine`: for that person."""
    tree = units.every(connection)
    calendar = office.calendar_for(member, tree)
    during = inspection.period(span.first, span.last, now, calendar)
    files = _files(connection, [member], during)
    gone = absences.of_members(connection, [member.id])
    row, lines = _row(member, files, gone, tree, during, calendar)
    return OwnSheet(office.name, span, during.until, calendar.zone, now, row, mine, lines)


def of_unit(
    connection: Connection, office: Office, actor: Actor, unit_id: int | None, span: Span, now: datetime
) -> UnitSheet:
    """The facts of everybody in a unit (default: the own one) and those below it. Raises Refused."""
    reach = reach_for(actor, Deed.SHEET)
    chosen = unit_id if unit_id is not None else default_unit(actor, reach)
    if chosen not in reach:
        raise Refused("forbidden.sheet")
    return of_units(connection, office, chosen, subtree(units.every(connection), chosen) & reach, span, now)


def of_units(
    connection: Connection, office: Office, chosen: int, ids: frozenset[int], span: Span, now: datetime
) -> UnitSheet:
    """The sheet of a unit with the people of these units, for whoever may see them."""
    tree = units.every(connection)
    calendar = office.calendar(tree, tree[chosen])
    during = inspection.period(span.first, span.last, now, calendar)
    people = members.of_units(connection, ids, during.since)
    files = _files(connection, people, during)
    gone = absences.of_members(connection, [one.id for one in people])
    rows = tuple(_row(one, files, gone, tree, during, office.calendar_for(one, tree))[0] for one in people)
    return UnitSheet(office.name, chosen, tree[chosen].name, span, during.until, calendar.zone, now, rows)


def _row(
    member: Member,
    files: Sequence[File],
    gone: Sequence[Absence],
    tree: Tree,
    during: Period,
    calendar: WorkCalendar,
) -> tuple[Row, tuple[Held, ...]]:
    """The facts of one person, and the tasks they were counted from."""
    found = (sheet.held(file, member.id, during, calendar) for file in files)
    lines = tuple(line for line in found if line is not None)
    away = tuple((one.since, _end(one)) for one in gone if one.member_id == member.id and _overlaps(one, during))
    counted = sheet.count(lines, during)
    return Row(member.id, member.name, tree[member.unit_id].name, counted, away, member.left_at), lines


def _files(connection: Connection, people: Sequence[Member], during: Period) -> tuple[File, ...]:
    ids = owned.between(connection, [one.id for one in people], during.since, during.until)
    stored = by_portions(ids, lambda some: tasks.some(connection, some))
    traces: Mapping[int, list[Trace]] = by_portions(ids, lambda some: traces_of(connection, some))
    asked = by_portions(ids, lambda some: requests.of_tasks(connection, some))
    told = by_portions(ids, lambda some: explanations.of_tasks(connection, some))
    return tuple(File(stored[key], traces.get(key, ()), asked.get(key, ()), told.get(key, ())) for key in ids)


def _overlaps(one: Absence, during: Period) -> bool:
    return one.since <= during.until and _end(one) >= during.since


def _end(one: Absence) -> datetime:
    return min(one.until, one.ended_at or one.until)
