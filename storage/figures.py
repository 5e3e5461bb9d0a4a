"""The nouns of the weekly summary: figures without words, frozen, standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

# The numbers of a summary behind which stands a list of tasks that can be opened.
OPENABLE = (
    "total",
    "on_time",
    "late",
    "within",
    "overdue",
    "no_deadline",
    "due_next",
    "waiting",
    "carried",
    "not_received",
    "not_updated",
    "blocked",
    "to_explain",
    "new",
    "done",
    "extensions",
    "hands",
    "declined",
    "returned",
    "urged",
    "snoozed",
    "causes",
)


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """Counts of tasks for one unit and one period. The five classes add up to `total`.

    At the end of the period: `due_next` … `new_work`. Within it: `new` … `causes`. `carried`: overdue now, and at the
    end of the period before as well. `updated`: open tasks of which there was news in the period.
    """

    unit_id: int
    unit: str
    total: int
    on_time: int
    late: int
    within: int
    overdue: int
    no_deadline: int
    due_next: int
    waiting: int
    carried: int = 0
    open: int = 0
    updated: int = 0
    not_received: int = 0
    not_updated: int = 0
    blocked: int = 0
    to_explain: int = 0
    hard: int = 0
    new_work: int = 0
    new: int = 0
    done: int = 0
    extensions: int = 0
    hands: int = 0
    declined: int = 0
    returned: int = 0
    urged: int = 0
    snoozed: int = 0
    causes: int = 0


@dataclass(frozen=True, slots=True)
class LateTask:
    """A line of the summary's list of overdue tasks. `days_late` counts working days.

    Beside the delay stands what was done about it: extensions granted, changes of hands, reminders put off, urgings;
    a confirmed objective cause; and the owner's explanation, or that it is still due.
    """

    task_id: int
    code: str
    title: str
    titles: Mapping[str, str]
    owner: str
    unit: str
    days_late: int
    extensions: int = 0
    hands: int = 0
    snoozes: int = 0
    urgings: int = 0
    cause: bool = False
    explanation: str = ""
    to_explain: bool = False


@dataclass(frozen=True, slots=True)
class UrgedTask:
    """A line of the leadership's briefing list: an open task that was urged again and again (R25)."""

    code: str
    title: str
    titles: Mapping[str, str]
    owner: str
    urgings: int


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A line of the summary: an obstacle that waits for a decision, since how many working days, and whose."""

    number: int
    code: str
    owner: str
    days: int
    reason: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rank:
    """The place of a unit by its on-time share; `place` is empty where too few tasks were completed to rank it.

    `moved`: places won (positive) or lost since the period before; None without a place then.
    """

    unit_id: int
    unit: str
    part: int
    whole: int
    place: int | None = None
    ranked: int = 0
    moved: int | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the letters to people that were planned in the period.

    `planned` = `delivered` + `undelivered` + `dropped` (no longer true when their turn came) + `waiting`. `repeated`:
    those of them that may have arrived twice because a connection broke.
    """

    planned: int
    delivered: int
    repeated: int
    undelivered: int
    dropped: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A weekly summary without words. `since` (exclusive) to `until` (inclusive) is the reporting period.

    `before`: the totals of the period before, as they were posted, `units_before` unit by unit. `silent`: units with
    open tasks and no news of any.
    `chain`: the end of the history when the figures were frozen, as it is printed; empty for a preview.
    `behind`: the ids of the tasks behind each number that can be opened, by unit; only until it is frozen.
    """

    unit: str
    since: datetime
    until: datetime
    zone: str
    units: tuple[UnitFigures, ...]
    total: UnitFigures
    late_tasks: tuple[LateTask, ...]
    unreachable: int
    briefing: tuple[UrgedTask, ...] = ()
    chain: str = ""
    before: UnitFigures | None = None
    obstacles: tuple[Obstacle, ...] = ()
    ranks: tuple[Rank, ...] = ()
    silent: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    units_before: tuple[UnitFigures, ...] = ()
    delivered: Delivered | None = None
    behind: Mapping[int, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A number of a posted summary that a correction changes."""

    unit: str
    figure: str
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Corrected:
    """When figures were put in the place of others that had been posted, and why."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class WeekRate:
    """The on-time rate of the period up to `until`: of `ended`, completed with a deadline, `on_time` were on time."""

    until: datetime
    on_time: int
    ended: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """The figures so far, and the on-time rates of the last periods, oldest first, this one included."""

    figures: Figures
    weeks: tuple[WeekRate, ...]
