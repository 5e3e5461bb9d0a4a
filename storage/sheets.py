"""The nouns of a person's own sheet: counted facts of a month or a quarter, frozen, standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from storage.records import State, TimeClass

MONTH, QUARTER = "m", "q"


@dataclass(frozen=True, slots=True)
class Span:
    """A calendar month (`kind` "m", `number` 1-12) or quarter ("q", 1-4) of a year."""

    kind: str
    year: int
    number: int

    @property
    def _months(self) -> int:
        return 1 if self.kind == MONTH else 3

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, (self.number - 1) * self._months + 1, 1)

    @property
    def last(self) -> date:
        """The last day."""
        return self.moved(1).first - timedelta(days=1)

    def moved(self, steps: int) -> Span:
        """The span that many spans later (negative: earlier)."""
        whole = 12 // self._months
        years, rest = divmod(self.number - 1 + steps, whole)
        return Span(self.kind, self.year + years, rest + 1)

    def other(self) -> Span:
        """The quarter around a month, or the last month of a quarter."""
        if self.kind == MONTH:
            return Span(QUARTER, self.year, (self.number + 2) // 3)
        return Span(MONTH, self.year, 3 * self.number)


@dataclass(frozen=True, slots=True)
class Facts:
    """How often what happened to somebody's tasks in a span, as things stood at its end.

    `held` = `done` + `open` + `moved` + `cancelled`; `done` = `on_time` + `late` + `done_undated`;
    `open` = `within` + `overdue` + `open_undated`. `moved`: given to somebody else, `moved_overdue` of them after their
    deadline. `assigned`: of those held, what came in the span. The others count what was done while the person had
    the task: `returned`, `extensions` granted, objective causes `claimed` and `confirmed`, `explained` delays.
    """

    held: int = 0
    assigned: int = 0
    done: int = 0
    on_time: int = 0
    late: int = 0
    done_undated: int = 0
    open: int = 0
    within: int = 0
    overdue: int = 0
    open_undated: int = 0
    moved: int = 0
    moved_overdue: int = 0
    cancelled: int = 0
    returned: int = 0
    extensions: int = 0
    claimed: int = 0
    confirmed: int = 0
    explained: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A task that the person had in the span, as it stood at the end of it, or when it was given away (`moved_at`).

    `since`: when the person got it. `days_late` are working days. `time_class` is None for a cancelled task.
    `explanations`: the person's own words about its delays.
    """

    code: str
    title: str
    titles: Mapping[str, str]
    source: str
    since: datetime
    original_due_at: datetime | None
    due_at: datetime | None
    state: State
    time_class: TimeClass | None
    submitted_at: datetime | None
    completed_at: datetime | None
    moved_at: datetime | None
    days_late: int
    returned: int
    extensions: int
    claimed: int
    confirmed: int
    explanations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A person of a unit with the facts. `left_at`: when the person left the organisation."""

    member_id: int
    name: str
    unit: str
    facts: Facts
    away: tuple[tuple[datetime, datetime], ...] = ()
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnSheet:
    """One person's facts with the tasks they were counted from. `until`: the cut-off, never later than `made_at`."""

    organisation: str
    span: Span
    until: datetime
    zone: str
    made_at: datetime
    person: Row
    own: bool
    tasks: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class UnitSheet:
    """The facts of everybody in a unit and those below it, one row for each; those who left in the span too."""

    organisation: str
    unit_id: int
    unit: str
    span: Span
    until: datetime
    zone: str
    made_at: datetime
    people: tuple[Row, ...]
