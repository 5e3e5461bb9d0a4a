"""Tasks as one reader sees them, loaded in a handful of queries however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import situations
from bot.office import Office
from bot.policy import absence, clears, snooze
from bot.policy.access import Actor
from bot.policy.calendar import WorkCalendar
from bot.policy.plan import Known
from bot.policy.workflow import days_late, offered, time_class
from storage import absences, evidence, explanations, history, members, recurrences, requests, units
from storage.records import Action, Away, Card, Note, Recurrence, Task

REPORTS = ("report", "submit", "return", "accept", "suspend", "resume", "drop", "contribute")
NOTES_SHOWN = 3


def make(
    connection: Connection, office: Office, actor: Actor, found: Sequence[Task], now: datetime, *, notes: bool = False
) -> tuple[Card, ...]:
    """Cards of these tasks for this reader, in the same order; `notes` adds the newest reports."""
    tree = units.every(connection)
    away = absence.away_now(absences.present_of(connection, {task.owner_id for task in found}, now), now)
    ids = {key for task in found for key in (task.owner_id, task.assigner_id, task.leader_id) if key}
    ids |= {one.substitute_id for one in away.values()}
    asked = requests.of_tasks(connection, [task.id for task in found])
    ids |= {one.decided_by for some in asked.values() for one in some if one.decided_by}
    known = situations.known(connection, found, tree)
    ids |= {tally.actor_id for one in known.values() for tally in one.tallies.values() if tally.actor_id}
    people = members.some(connection, ids)
    names = {key: person.name for key, person in people.items()}
    told = explanations.of_tasks(connection, [task.id for task in found])

    labels = situations.labels(connection)
    shown = evidence.of_tasks(connection, [task.id for task in found])
    repeated = recurrences.of_tasks(connection, [task.id for task in found])

    def card(task: Task) -> Card:
        owner = people[task.owner_id]
        calendar = office.calendar_for(owner, tree)
        gone = away.get(owner.id)
        assigner, leader = people.get(task.assigner_id or 0), people.get(task.leader_id or 0)
        return Card(
            task=task,
            owner=owner.name,
            unit=tree[task.unit_id].name,
            assigner=assigner.name if assigner else "",
            leader=leader.name if leader else "",
            coordinators=tuple(tree[key].name for key in task.coordinators),
            time_class=time_class(task, now),
            days_late=days_late(task, now, calendar),
            own=task.owner_id == actor.member.id,
            owner_reachable=owner.reachable,
            actions=_offered(actor, task, calendar, known[task.id], now),
            notes=_notes(connection, task) if notes else (),
            requests=asked.get(task.id, ()),
            names=names,
            tallies=known[task.id].tallies,
            explanations=told.get(task.id, ()),
            unclear=clears.missing(task),
            labels=labels,
            evidence=shown.get(task.id, ()),
            away=Away(owner.name, people[gone.substitute_id].name, absence.last_day(gone, calendar)) if gone else None,
            stands_in=owner.id in actor.stands_for,
            repeats=_rule(repeated.get(task.id)),
        )

    return tuple(card(task) for task in found)


def _offered(actor: Actor, task: Task, calendar: WorkCalendar, known: Known, now: datetime) -> frozenset[Action]:
    """What the reader can do now; a reminder that can no longer be put off is not offered to be."""
    possible = offered(actor, task, now)
    if snooze.problem(task, known.tally(Action.SNOOZE), now, calendar, known.rules) is None:
        return possible
    return possible - {Action.SNOOZE}


def _rule(recurrence: Recurrence | None) -> str:
    """By which rule a task comes back; empty when it does not, or no more."""
    return recurrence.rule if recurrence is not None and recurrence.ended_at is None else ""


def _notes(connection: Connection, task: Task) -> tuple[Note, ...]:
    entries = history.of_task(connection, task.id, REPORTS, limit=20)
    told = [entry for entry in entries if entry.details.get("note")][:NOTES_SHOWN]
    people = members.some(connection, {entry.actor_id for entry in told if entry.actor_id})
    return tuple(
        Note(
            at=entry.at,
            author=people[entry.actor_id].name if entry.actor_id in people else "",
            percent=entry.details.get("percent"),
            text=entry.details["note"],
        )
        for entry in told
    )
