"""Tasks as one reader sees them, loaded in a handful of queries however many there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import situations
from bot.office import Calendars, Office
from bot.policy import absence, clears, snooze
from bot.policy.access import Actor
from bot.policy.calendar import WorkCalendar
from bot.policy.plan import Known
from bot.policy.workflow import days_late, offered, time_class
from storage import absences, evidence, explanations, history, members, recurrences, requests, units
from storage.records import (
    Absence,
    Action,
    Away,
    Card,
    Entry,
    Evidence,
    Explanation,
    Member,
    Note,
    Recurrence,
    Request,
    Task,
    Tree,
)

REPORTS = ("report", "submit", "return", "accept", "suspend", "resume", "drop", "contribute")
NOTES_SHOWN = 3


def make(
    connection: Connection, office: Office, actor: Actor, found: Sequence[Task], now: datetime, *, notes: bool = False
) -> tuple[Card, ...]:
    """Cards of these tasks for this reader, in the same order; `notes` adds the newest reports."""
    if not found:
        return ()
    loaded = load(connection, office, found, now, notes=notes)
    return tuple(loaded.card(actor, task) for task in found)


def load(
    connection: Connection,
    office: Office,
    found: Collection[Task],
    now: datetime,
    *,
    notes: bool = False,
    tree: Tree | None = None,
    people: Mapping[int, Member] | None = None,
    calendars: Calendars | None = None,
) -> Loaded:
    """What the cards of these tasks are made of, whoever reads them; `notes` adds the newest reports.

    `people`: members who are known already, `calendars`: theirs.
    """
    tree = units.every(connection) if tree is None else tree
    task_ids = [task.id for task in found]
    away = absence.away_now(absences.present_of(connection, {task.owner_id for task in found}, now), now)
    ids = {key for task in found for key in (task.owner_id, task.assigner_id, task.leader_id) if key}
    ids |= {one.substitute_id for one in away.values()}
    asked = requests.of_tasks(connection, task_ids)
    ids |= {one.decided_by for some in asked.values() for one in some if one.decided_by}
    known = situations.known(connection, found, tree)
    ids |= {tally.actor_id for one in known.values() for tally in one.tallies.values() if tally.actor_id}
    told = _told(connection, task_ids) if notes else {}
    ids |= {entry.actor_id for entries in told.values() for entry in entries if entry.actor_id}
    known_people = people or {}
    people = {**known_people, **members.some(connection, ids - known_people.keys())}
    return Loaded(
        calendars=calendars or Calendars(office, tree),
        now=now,
        tree=tree,
        people=people,
        names={key: person.name for key, person in people.items()},
        away=away,
        known=known,
        requests=asked,
        explanations=explanations.of_tasks(connection, task_ids),
        labels=situations.labels(connection),
        evidence=evidence.of_tasks(connection, task_ids),
        recurrences=recurrences.of_tasks(connection, task_ids),
        notes=told,
    )


@dataclass(frozen=True, slots=True)
class Loaded:
    """What cards are made of, by the id of the task or of the person."""

    calendars: Calendars
    now: datetime
    tree: Tree
    people: Mapping[int, Member]
    names: Mapping[int, str]
    away: Mapping[int, Absence]
    known: Mapping[int, Known]
    requests: Mapping[int, tuple[Request, ...]]
    explanations: Mapping[int, tuple[Explanation, ...]]
    labels: Mapping[str, str]
    evidence: Mapping[int, tuple[Evidence, ...]]
    recurrences: Mapping[int, Recurrence]
    notes: Mapping[int, tuple[Entry, ...]]

    def card(self, actor: Actor, task: Task, *, notes: bool = True) -> Card:
        """The card of one of these tasks for this reader; the newest reports as far as they were loaded."""
        owner = self.people[task.owner_id]
        calendar = self.calendars.of(owner)
        assigner, leader = self.people.get(task.assigner_id or 0), self.people.get(task.leader_id or 0)
        return Card(
            task=task,
            owner=owner.name,
            unit=self.tree[task.unit_id].name,
            assigner=assigner.name if assigner else "",
            leader=leader.name if leader else "",
            coordinators=tuple(self.tree[key].name for key in task.coordinators),
            time_class=time_class(task, self.now),
            days_late=days_late(task, self.now, calendar),
            own=task.owner_id == actor.member.id,
            owner_reachable=owner.reachable,
            actions=_offered(actor, task, calendar, self.known[task.id], self.now),
            notes=tuple(self._note(entry) for entry in self.notes.get(task.id, ())) if notes else (),
            requests=self.requests.get(task.id, ()),
            names=self.names,
            tallies=self.known[task.id].tallies,
            explanations=self.explanations.get(task.id, ()),
            unclear=clears.missing(task),
            labels=self.labels,
            evidence=self.evidence.get(task.id, ()),
            away=self._gone(owner, calendar),
            stands_in=owner.id in actor.stands_for,
            repeats=_rule(self.recurrences.get(task.id)),
        )

    def _gone(self, owner: Member, calendar: WorkCalendar) -> Away | None:
        gone = self.away.get(owner.id)
        return Away(owner.name, self.names[gone.substitute_id], absence.last_day(gone, calendar)) if gone else None

    def _note(self, entry: Entry) -> Note:
        author = self.names.get(entry.actor_id or 0, "")
        return Note(at=entry.at, author=author, percent=entry.details.get("percent"), text=entry.details["note"])


def _offered(actor: Actor, task: Task, calendar: WorkCalendar, known: Known, now: datetime) -> frozenset[Action]:
    """What the reader can do now; a reminder that can no longer be put off is not offered to be."""
    possible = offered(actor, task, now)
    if snooze.problem(task, known.tally(Action.SNOOZE), now, calendar, known.rules) is None:
        return possible
    return possible - {Action.SNOOZE}


def _rule(recurrence: Recurrence | None) -> str:
    """By which rule a task comes back; empty when it does not, or no more."""
    return recurrence.rule if recurrence is not None and recurrence.ended_at is None else ""


def _told(connection: Connection, task_ids: Collection[int]) -> dict[int, tuple[Entry, ...]]:
    """The newest reports with words of each task."""
    found = history.newest_of_tasks(connection, task_ids, REPORTS, 20)
    return {
        key: tuple(entry for entry in entries if entry.details.get("note"))[:NOTES_SHOWN]
        for key, entries in found.items()
    }
