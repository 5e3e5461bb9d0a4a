"""Staff and tasks from files: checked as a whole, then stored as a whole, or not at all.

A second import of the same file changes nothing. What people may have changed in chat since (owner, deadline,
state) is never overwritten by a file: it is reported and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.spreadsheets.reading import Columns, Row

STAFF = Columns(
    required=("full_name", "unit"),
    optional=("position", "unit_head", "language", "telegram_username", "parent_unit", "roles", "email"),
)
TASKS = Columns(
    required=("code", "lead_unit", "owner"),
    optional=(
        "title", "title_vi", "title_en", "title_pl", "source_document", "issued_on", "coordinators", "assigned_on",
        "due_on", "expected_product", "difficulty", "authority", "urgency",
    ),
)  # fmt: skip
YES = {"yes", "y", "x", "1", "true", "co", "tak"}
NO = {"", "no", "n", "0", "false", "khong", "nie"}
Tick = Callable[[], None]
MOST_PROBLEMS = 50  # a file with more mistakes than that is the wrong file


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong or worth knowing in one row: a key of the catalogues with its details."""

    code: str
    row: int
    column: str
    details: Mapping[str, Any] = field(default_factory=dict)


class BadRows(ValueError):
    """Rows that cannot be imported: nothing was stored."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    units_added: int = 0
    warnings: list[Problem] = field(default_factory=list)


class Problems(list[Problem]):
    def add(self, code: str, row: Row, column: str, **details: Any) -> None:
        self.append(Problem(code, row.number, column, {"value": row.values.get(column, ""), **details}))

    def stop(self) -> None:
        if self:
            raise BadRows(self[:MOST_PROBLEMS])
