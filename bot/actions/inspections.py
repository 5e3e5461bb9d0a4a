"""The inspection pack: everything about the tasks of a period, in a handful of queries for each thousand of them.

Only the history is read while it is written down: it is many times as long as all the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection

from bot.actions.histories import told
from bot.office import Office
from bot.policy import inspection as policy
from bot.policy.access import subtree
from bot.policy.calendar import WorkCalendar
from bot.policy.workflow import days_late, time_class
from storage import audit, evidence, explanations, history, members, requests, tasks, units
from storage.inspection import Explained, HistoryLine, Inspected, Inspection, Period, Tallies, Trace
from storage.records import (
    Action,
    Entry,
    Evidence,
    Explanation,
    Member,
    Request,
    State,
    Task,
    Tree,
    Unit,
)

AT_ONCE = 1000  # tasks of one query: databases bound the number of values in it

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Files:
    """What was found about the tasks, as it stood at the cut-off, each by task id."""

    tasks: dict[int, Task]
    traces: dict[int, list[Trace]]
    asked: dict[int, tuple[Request, ...]]
    explained: dict[int, tuple[Explained, ...]]
    evidence: dict[int, tuple[Evidence, ...]]


def load(
    connection: Connection, office: Office, unit: Unit | None, during: Period, now: datetime, command: str
) -> Inspection:
    """Everything about the tasks that belong to the period, of a unit and those below it (None: of all units)."""
    tree = units.every(connection)
    unit_ids = subtree(tree, unit.id if unit else None)
    files = _files(connection, unit_ids, during)
    people = members.known(connection)
    everything = (
        _flat(files.asked),
        [one for some in files.traces.values() for one in some],
        _flat(files.explained),
        _flat(files.evidence),
    )
    return Inspection(
        organisation=office.name,
        unit=unit.name if unit else "",
        units=sum(_existed(tree[key], during) for key in unit_ids),
        period=during,
        zone=office.zone,
        made_at=now,
        command=command,
        tasks=tuple(_inspected(office, files, people, tree, during.until)),
        requests=everything[0],
        explanations=everything[2],
        evidence=everything[3],
        classes=policy.classify(files.tasks.values(), during.until),
        in_period=policy.tally(*everything, since=during.since),
        altogether=policy.tally(*everything),
        chain=audit.verify(connection),
        names={key: member.name for key, member in people.items()},
        codes={key: task.code for key, task in files.tasks.items()},
    )


def lines(connection: Connection, found: Inspection) -> Iterator[HistoryLine]:
    """The history of the tasks of a pack up to its cut-off, task by task, oldest first."""
    people = members.known(connection)
    for ids in _portions(found.codes):
        by_task: dict[int, list[Entry]] = {}
        for entry in history.of_tasks(connection, ids):
            if entry.task_id is not None and entry.at <= found.period.until:
                by_task.setdefault(entry.task_id, []).append(entry)
        for key in ids:
            for entry in by_task.get(key, ()):
                yield HistoryLine(entry.position, found.codes[key], told(entry, people), entry.hash)


def _existed(unit: Unit, during: Period) -> bool:
    return unit.closed_at is None or unit.closed_at >= during.since


def _portions(ids: Iterable[int]) -> Iterator[tuple[int, ...]]:
    rest = iter(ids)
    while some := tuple(islice(rest, AT_ONCE)):
        yield some


def by_portions(ids: Iterable[int], find: Callable[[tuple[int, ...]], Mapping[int, T]]) -> dict[int, T]:
    """What is found about these tasks, with as many queries as their number needs."""
    found: dict[int, T] = {}
    for some in _portions(ids):
        found.update(find(some))
    return found


def _flat(some: Mapping[int, Sequence[T]]) -> tuple[T, ...]:
    return tuple(one for several in some.values() for one in several)


def _files(connection: Connection, unit_ids: frozenset[int], during: Period) -> _Files:
    alive = tasks.alive(connection, unit_ids, during.since, during.until)
    stored = by_portions(alive, lambda some: tasks.some(connection, some))
    traces = by_portions(alive, lambda some: traces_of(connection, some))
    ids = [key for key in alive if policy.belongs(stored[key], traces.get(key, ()), unit_ids, during)]
    asked = by_portions(ids, lambda some: requests.of_tasks(connection, some))
    explained = by_portions(ids, lambda some: explanations.of_tasks(connection, some))
    shown = by_portions(ids, lambda some: evidence.of_tasks(connection, some))
    until = during.until

    def stood(key: int) -> Task:
        return policy.as_it_stood(stored[key], traces.get(key, ()), asked.get(key, ()), until)

    def requested(some: Sequence[Request]) -> tuple[Request, ...]:
        return tuple(one for request in some if (one := policy.request_as_it_stood(request, until)) is not None)

    def answered(key: int, some: Sequence[Explanation]) -> tuple[Explained, ...]:
        known = traces.get(key, ())
        return tuple(one for words in some if (one := policy.explanation_as_it_stood(words, known, until)) is not None)

    return _Files(
        tasks={key: stood(key) for key in ids},
        traces={key: [one for one in traces.get(key, ()) if one.at <= until] for key in ids},
        asked={key: requested(asked[key]) for key in ids if key in asked},
        explained={key: answered(key, explained[key]) for key in ids if key in explained},
        evidence={key: tuple(one for one in shown[key] if one.at <= until) for key in ids if key in shown},
    )


def traces_of(connection: Connection, ids: Iterable[int]) -> dict[int, list[Trace]]:
    """The lines of history about these tasks that figures are made from, oldest first."""
    found: dict[int, list[Trace]] = {}
    for entry in history.of_tasks(connection, ids, policy.TRACED):
        if entry.task_id is not None:
            found.setdefault(entry.task_id, []).append(_trace(entry, entry.task_id))
    return found


def _trace(entry: Entry, task_id: int) -> Trace:
    """What the figures need of a line; details that are not there, or were erased, are None."""
    details, old = entry.details, entry.details.get("old")
    before = old if entry.action == policy.HAND_OVER and isinstance(old, dict) else {}
    state = before.get("state") if entry.action == policy.HAND_OVER else details.get("from")
    owner = details.get("from") if entry.action == policy.HAND_OVER else None
    due = details.get("due") if entry.action == policy.ASK_REASON else None
    return Trace(
        task_id=task_id,
        at=entry.at,
        action=entry.action,
        state=State(state) if state in tuple(State) else None,
        unit_id=before.get("unit_id"),
        owner_id=owner,
        due_at=datetime.fromisoformat(due) if due else None,
        member_id=entry.member_id,
    )


def _inspected(
    office: Office, files: _Files, people: Mapping[int, Member], tree: Tree, until: datetime
) -> Iterator[Inspected]:
    """The tasks by code, with names instead of ids and the counts of each."""

    @cache
    def calendar(owner_id: int) -> WorkCalendar:
        return office.calendar_for(people[owner_id], tree)

    def name(key: int | None) -> str:
        return people[key].name if key is not None else ""

    for key, task in files.tasks.items():
        counts = _counts(files, key)
        cancelled = task.state is State.CANCELLED
        done = Counter(one.action for one in files.traces[key])
        yield Inspected(
            task=task,
            unit=tree[task.unit_id].name,
            owner=name(task.owner_id),
            assigner=name(task.assigner_id),
            leader=name(task.leader_id),
            coordinators=tuple(tree[place].name for place in task.coordinators),
            time_class=None if cancelled else time_class(task, until),
            days_late=0 if cancelled else days_late(task, until, calendar(task.owner_id)),
            extensions=counts.extensions_granted,
            hands=counts.hands,
            urgings=counts.urgings,
            snoozes=done[Action.SNOOZE],
            returns=counts.sent_back,
            evidence=counts.evidence,
            explanations=tuple(one.explanation.text for one in files.explained.get(key, ()) if one.explanation.text),
        )


def _counts(files: _Files, key: int) -> Tallies:
    about = (files.asked.get(key, ()), files.traces[key], files.explained.get(key, ()), files.evidence.get(key, ()))
    return policy.tally(*about)
