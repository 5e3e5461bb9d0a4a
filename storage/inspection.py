"""The nouns of an inspection pack: records like those of `storage.records`, frozen, standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from storage.records import ChainReport, Evidence, Explanation, Happening, Request, State, Task, TimeClass


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `first` to `last`, both inclusive.

    `since` and `until` are the same in instants, both inclusive too; `until` is the cut-off: never after the moment
    at which the pack is made, so that nothing in it says what was not known then.
    """

    first: date
    last: date
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Trace:
    """A line of history as far as figures need it: what was done when, and what it replaced.

    `state`, `unit_id`, `owner_id`: as they were before, where the line changed them. `due_at`: the missed deadline
    of which a reason was asked for, and `member_id` of whom.
    """

    task_id: int
    at: datetime
    action: str
    state: State | None = None
    unit_id: int | None = None
    owner_id: int | None = None
    due_at: datetime | None = None
    member_id: int | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation as it stood at the cut-off. `late`: given after its time, or missing although its time is over."""

    explanation: Explanation
    asked_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class Classes:
    """Where the tasks stood at the cut-off: six exclusive classes that add up to `total`.

    `suspended` and `returned` are contained in the classes: how many waited in that state.
    """

    total: int
    on_time: int
    late: int
    within: int
    overdue: int
    no_deadline: int
    cancelled: int
    suspended: int
    returned: int


@dataclass(frozen=True, slots=True)
class Tallies:
    """How often things happened to the tasks. `obstacles_open`: not decided at the cut-off."""

    extensions: int
    extensions_granted: int
    hands: int
    declined: int
    obstacles: int
    obstacles_open: int
    obstacles_decided: int
    urgings: int
    sent_back: int
    explanations_due: int
    explanations_given: int
    explanations_late: int
    evidence: int
    causes: int
    causes_confirmed: int


@dataclass(frozen=True, slots=True)
class Inspected:
    """A task as it stood at the cut-off, with the names around it and how often what was done to it.

    `time_class` is None for a cancelled task. `days_late` are working days of the owner's calendar.
    """

    task: Task
    unit: str
    owner: str
    assigner: str
    leader: str
    coordinators: tuple[str, ...]
    time_class: TimeClass | None
    days_late: int
    extensions: int
    hands: int
    urgings: int
    snoozes: int
    returns: int
    evidence: int
    explanations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything of an inspection pack but the history itself, which is read line by line.

    `unit` is empty for the whole organisation. `in_period` counts what happened in the period, `altogether` also what
    happened to the same tasks before it. `names` are those of members, `codes` those of tasks, by id.
    """

    organisation: str
    unit: str
    units: int
    period: Period
    zone: str
    made_at: datetime
    command: str
    tasks: tuple[Inspected, ...]
    requests: tuple[Request, ...]
    explanations: tuple[Explained, ...]
    evidence: tuple[Evidence, ...]
    classes: Classes
    in_period: Tallies
    altogether: Tallies
    chain: ChainReport
    names: Mapping[int, str]
    codes: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A line of the history of a task, with its place in the chain and its hash."""

    position: int
    code: str
    happening: Happening
    hash: str
