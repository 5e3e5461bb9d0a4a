"""A made-up organisation for measurements, inserted in bulk: people in units, tasks, letters that wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Connection, func, insert, select

from bot.app import App, Wires
from bot.settings import Settings
from storage import outbox, units
from storage.database import open_engine, transaction
from storage.migrate import migrate
from storage.notices import Reminders, Step
from storage.tables import members, tasks
from tests.bench.stub import TOKEN

NOON = datetime(2026, 12, 7, 3, 0, tzinfo=UTC)  # ten in the morning of a working Monday in Hanoi
UNITS = 30
ACCOUNTS = 7_000_000_000  # before the first one
CHUNK = 10_000


class Running:
    """A clock that goes on from NOON."""

    def __init__(self) -> None:
        self._begun = monotonic()

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=monotonic() - self._begun)


def settings(url: str, database: str, **changes: Any) -> Settings:
    """Settings without any limit of speed."""
    values: dict[str, Any] = {"api_url": url, "database_url": database, "organisation": "Bench", "language": "en"}
    made = Settings(_env_file=None, **values)  # type: ignore[call-arg]
    return made.model_copy(update={"rate": 1e6, "chat_rate": 1e6, "group_rate": 1e6} | changes)


def app(url: str, database: str, **changes: Any) -> App:
    """The real bot on that database, talking to that address."""
    return App(settings(url, database, **changes), TOKEN, Wires(clock=Running()))


def fill(
    database: str, people: int, letters: bool = True, open_tasks: int = 0, agenda_at: datetime | None = None
) -> None:
    """So many people, each with one task that is due in two hours and a letter that says so.

    `open_tasks`: so many further tasks that nothing is due of for a month. `agenda_at`: when everybody's agenda is due.
    """
    engine = open_engine(database)
    migrate(engine)
    with transaction(engine) as c:
        homes = [units.add(c, f"Unit {number}", country="") for number in range(UNITS)]
        due = {"agenda_at": agenda_at}
        _in_chunks(c, members, (_member(number, homes) | due for number in range(1, people + 1)))
        first = c.execute(select(func.min(members.c.id))).scalar_one()
        _in_chunks(c, tasks, (_task(number, first, homes, NOON + timedelta(hours=2)) for number in range(people)))
        _in_chunks(c, tasks, (_pending(number, first, people, homes) for number in range(people, people + open_tasks)))
        if letters:
            _letters(c)
    engine.dispose()


def _member(number: int, homes: list[int]) -> dict[str, Any]:
    name = f"Person Number {number}"
    values = {"name": name, "folded": name.lower(), "unit_id": homes[number % UNITS], "language": "en"}
    return values | {"account": ACCOUNTS + number, "linked_at": NOON, "privacy_version": 1}


def _task(number: int, first: int, homes: list[int], due: datetime) -> dict[str, Any]:
    begun = NOON - timedelta(days=10)
    return {
        "code": f"T-{number:07d}",
        "title": f"Write the report on matter number {number} for the district",
        "titles": {},
        "unit_id": homes[(number + 1) % UNITS],
        "owner_id": first + number,
        "difficulty": "normal",
        "product": "A signed report",
        "assigned_at": begun,
        "created_at": begun,
        "received_at": begun,
        "planned_from": begun,
        "original_due_at": due,
        "due_at": due,
        "state": "in_progress",
        "percent": 40,
        "version": 1,
        "check_at": None,
    }


def _pending(number: int, first: int, people: int, homes: list[int]) -> dict[str, Any]:
    due = NOON + timedelta(days=40, minutes=number % 10_000)
    return _task(number, first, homes, due) | {"owner_id": first + number % people, "check_at": due - timedelta(days=5)}


def _letters(connection: Connection) -> None:
    query = select(tasks.c.id, tasks.c.owner_id, tasks.c.due_at).order_by(tasks.c.id)
    for row in connection.execute(query).all():
        notice = Reminders((Step(row.id, "before-2h", row.due_at.isoformat()),))
        outbox.post(connection, f"bench:{row.id}", notice, NOON, NOON, member_id=row.owner_id)


def _in_chunks(connection: Connection, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            connection.execute(insert(table), chunk)
            chunk = []
    if chunk:
        connection.execute(insert(table), chunk)


def sqlite(path: Path) -> str:
    """The address of a database in that file."""
    return f"sqlite:///{path}"
