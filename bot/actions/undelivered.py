"""A reminder or news that will not arrive: closed, and the next person above is told, in one letter a day."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.actions import people
from bot.office import Office
from bot.policy import passing_on
from storage import members, outbox, requests, tasks, units
from storage.notices import Missed, Notice, RequestNews, Undelivered, from_json
from storage.records import Letter, Member, Tree

log = logging.getLogger(__name__)

JOIN = timedelta(minutes=10)  # what fails within this time is told in one letter


def close(connection: Connection, office: Office, letter: Letter, reason: str, why: str, now: datetime) -> None:
    """End a letter as failed for `reason`; `why` (one of `MISSED`) is what the superiors are told, once."""
    if not outbox.end(connection, letter, now, "failed", reason):
        return
    log.warning("letter %d (%s) did not arrive: %s", letter.id, letter.kind, reason)
    if letter.member_id is not None:
        _report(connection, office, letter, letter.member_id, why, now)


def _report(connection: Connection, office: Office, letter: Letter, member_id: int, why: str, now: datetime) -> None:
    tree = units.every(connection)
    reader = members.get(connection, member_id)
    if reader is None:
        return
    told: dict[int, list[Missed]] = {}
    for missed, unit_id in _missed(connection, letter, reader, why):
        for superior in _who_hears(connection, unit_id, {reader.id, missed.member_id}, tree):
            told.setdefault(superior.id, []).append(missed)
    for superior in members.some(connection, told).values():
        _tell(connection, office, superior, told[superior.id], tree, now)


def _missed(connection: Connection, letter: Letter, reader: Member, why: str) -> list[tuple[Missed, int]]:
    """What did not arrive, each with the unit whose head should know."""
    try:
        notice = from_json(letter.kind, letter.content)
    except (KeyError, TypeError, ValueError):
        return [(Missed(letter.id, 0, reader.id, why), reader.unit_id)]
    if isinstance(notice, Undelivered):  # the superior cannot be reached either: one level up
        entries: Iterable[Missed] = notice.missed if why == "unreachable" else ()
    else:
        owed = passing_on.to_pass_on(notice, unreachable=why == "unreachable")
        told = [(task_id, passing_on.about(one)) for one in owed for task_id in _tasks_of(connection, one)]
        entries = [Missed(letter.id, task_id, reader.id, why, about) for task_id, about in dict.fromkeys(told)]
    found = tasks.some(connection, [entry.task_id for entry in entries])
    return [(entry, found[entry.task_id].unit_id) for entry in entries if entry.task_id in found]


def _tasks_of(connection: Connection, one: passing_on.Owed) -> tuple[int, ...]:
    """The tasks of which somebody should have heard; requests that are decided together are one answer."""
    if not isinstance(one, RequestNews):
        return (one.task_id,)
    asked = requests.get(connection, one.request_id)
    if asked is None:
        return ()
    together = requests.of_batch(connection, asked.batch_id) if asked.batch_id else (asked,)
    return tuple(each.task_id for each in together)


def _who_hears(connection: Connection, unit_id: int, barred: set[int], tree: Tree) -> list[Member]:
    """The nearest superiors who can be reached; a level without any is passed over."""
    while found := people.superiors(connection, unit_id, barred, tree):
        reachable = [superior for superior in found if superior.reachable]
        if reachable:
            return reachable
        barred = barred | {superior.id for superior in found}
    return []


def _tell(
    connection: Connection, office: Office, reader: Member, missed: list[Missed], tree: Tree, now: datetime
) -> None:
    """One letter a head and day: while it waits it grows; what comes after it waits for the next working day."""
    calendar = office.calendar_for(reader, tree)
    slot = calendar.next_allowed(now + JOIN)

    def grown(content: Any) -> Notice:
        known = Undelivered(tuple(Missed(**entry) for entry in content["missed"]))
        return Undelivered(tuple(dict.fromkeys((*known.missed, *missed))))

    while True:
        day = calendar.local(slot).date()
        key = f"undelivered:{reader.id}:{day.isoformat()}"
        notice = Undelivered(tuple(missed))
        if outbox.post(connection, key, notice, now, slot, member_id=reader.id) or outbox.extend(
            connection, key, grown
        ):
            return
        slot = calendar.at(calendar.shift(day, 1), calendar.opens)
