"""The nouns of the summary's spreadsheet that stand beside its figures: tasks line by line, and yearly indices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from storage.records import Difficulty, State, TimeClass


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task of a period as it was counted, with names instead of ids. `days_late` counts working days.

    `cause`: an objective cause of its delay was confirmed.
    """

    code: str
    title: str
    titles: Mapping[str, str]
    source: str
    issued_on: date | None
    unit: str
    owner: str
    coordinators: tuple[str, ...]
    assigner: str
    leader: str
    product: str
    difficulty: Difficulty
    assigned_at: datetime
    original_due_at: datetime | None
    due_at: datetime | None
    state: State
    time_class: TimeClass
    percent: int
    submitted_at: datetime | None
    completed_at: datetime | None
    days_late: int
    extensions: int
    hands: int
    cause: bool
    explanation: str


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """The result of an organisation (`unit` empty) or a unit in an index of one year, as its publisher gave it.

    Any of `value`, `rank` and `ranked` (how many were ranked) can be unknown. `before`: the entry of the year before.
    """

    name: str
    unit: str
    year: int
    value: Decimal | None = None
    rank: int | None = None
    ranked: int | None = None
    source: str = ""
    before: IndexEntry | None = None

    @property
    def moved(self) -> int | None:
        """Places won (positive) or lost since the year before; None when either rank is unknown."""
        if self.rank is None or self.before is None or self.before.rank is None:
            return None
        return self.before.rank - self.rank


@dataclass(frozen=True, slots=True)
class Listing:
    """What a spreadsheet says beside the figures. `composed_at`: when tasks and figures were counted together."""

    organisation: str
    composed_at: datetime
    tasks: tuple[TaskLine, ...]
    indices: tuple[IndexEntry, ...] = ()
