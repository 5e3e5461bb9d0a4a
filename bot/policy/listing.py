"""The tasks of a period line by line, as they were counted: what the spreadsheet lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.policy.figures import Week
from bot.policy.requests import approved
from bot.policy.workflow import days_late, time_class
from storage.listing import TaskLine
from storage.records import Member, RequestKind, Task


def lines(
    tasks: Iterable[Task], units: Mapping[int, str], people: Mapping[int, Member], week: Week
) -> tuple[TaskLine, ...]:
    """The tasks by unit and code; `units` and `people` name the ids."""
    found = [_line(task, units, people, week) for task in tasks]
    return tuple(sorted(found, key=lambda one: (one.unit, one.code)))


def _line(task: Task, units: Mapping[int, str], people: Mapping[int, Member], week: Week) -> TaskLine:
    asked = [one for one in week.requests.get(task.id, ()) if one.at <= week.until]
    told = [one for one in week.explanations.get(task.id, ()) if one.member_id == task.owner_id and one.text]

    def name(key: int | None) -> str:
        return people[key].name if key is not None and key in people else ""

    return TaskLine(
        code=task.code,
        title=task.title,
        titles=dict(task.titles),
        source=task.source,
        issued_on=task.issued_on,
        unit=units.get(task.unit_id, ""),
        owner=name(task.owner_id),
        coordinators=tuple(units[key] for key in task.coordinators if key in units),
        assigner=name(task.assigner_id),
        leader=name(task.leader_id),
        product=task.product,
        difficulty=task.difficulty,
        assigned_at=task.assigned_at,
        original_due_at=task.original_due_at,
        due_at=task.due_at,
        state=task.state,
        time_class=time_class(task, week.until),
        percent=task.percent,
        submitted_at=task.submitted_at,
        completed_at=task.completed_at,
        days_late=days_late(task, week.until, week.calendar),
        extensions=len(approved(asked, RequestKind.EXTENSION)),
        hands=len(approved(asked, RequestKind.HANDOVER)),
        cause=bool(approved(asked, RequestKind.CAUSE)),
        explanation=told[-1].text if told else "",
    )
