"""What the weekly summary of a whole organisation costs: `python -m tests.bench.summary [TASKS] [postgresql]`.

500 units with 20,000 open tasks and 10,000 that were completed this week, ten lines of history for each task that ever
was. Composed over a fifth of the finished work as well: the cost must follow what is open, not what ever was.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy import Connection, Engine, text

from bot import interpreter
from bot.actions import summaries
from bot.office import Office
from storage import members, units
from storage.database import open_engine, reading, transaction
from storage.migrate import migrate
from tests.support.postgres import Server

UNITS = 500
PEOPLE = 20  # of each unit
TIMES = 3
LINES = 10  # of history, for each task
OPEN = 20_000
RECENT = 10_000  # completed in the week of the summary
OBSTACLES = 97  # one open task in so many waits for a decision
NOW = datetime(2026, 12, 11, 9, 0, tzinfo=UTC)  # a Friday, 16:00 in Viet Nam
AGO = {"old": 400, "past": 100, "recent": 2, "due": 10, "later": -20}  # days
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :most) "
STATE = f"CASE WHEN n > {OPEN} THEN 'completed' WHEN n % 3 = 0 THEN 'assigned' ELSE 'in_progress' END"
DONE = f"CASE WHEN n <= {OPEN} THEN NULL WHEN n <= {OPEN + RECENT} THEN :recent ELSE :past END"
ACTION = (
    "CASE (n / :tasks) WHEN 0 THEN 'assign' WHEN 1 THEN 'receive' WHEN 2 THEN 'urge' WHEN 3 THEN 'return' "
    "WHEN 4 THEN 'snooze' WHEN 5 THEN 'submit' WHEN 6 THEN 'accept' WHEN 7 THEN 'remind' ELSE 'report' END"
)
TASKS = f"""INSERT INTO tasks (code, title, titles, unit_id, owner_id, difficulty, assigned_at, created_at,
    original_due_at, due_at, state, percent, submitted_at, completed_at, updated_at, planned_from, version, authority,
    source, product)
    {NUMBERS} SELECT 'T-' || n, 'Rà soát, đánh giá tiến độ', '{{}}', 1 + n % {UNITS}, 1 + n % {UNITS * PEOPLE},
    'normal', :old, :old, :due, CASE WHEN n % 7 = 0 THEN NULL WHEN n % 5 = 0 THEN :due ELSE :later END, {STATE}, 0,
    {DONE}, {DONE}, CASE WHEN n % 4 = 0 THEN :recent ELSE :past END, :old, 1, '', '', '' FROM numbers"""
HISTORY = f"""INSERT INTO history (at, actor_id, action, task_id, details, previous, hash, position, salt, commitment)
    {NUMBERS} SELECT CASE WHEN n % 30 = 0 THEN :recent ELSE :past END, 1, {ACTION}, 1 + n % :tasks,
    '{{"note": "…"}}', '', 'hash-' || n, n, '', '' FROM numbers"""
KIND = f"CASE WHEN n % {OBSTACLES} = 0 THEN 'blocked' ELSE 'extension' END"
REQUESTS = f"""INSERT INTO requests (task_id, kind, member_id, at, reason, proposal, state, level, late, answer,
    delay_days) {NUMBERS} SELECT n, {KIND}, 1, :recent, 'r', 'p',
    CASE WHEN n % {OBSTACLES} = 0 THEN 'open' ELSE 'approved' END, 1, 0, '', 0 FROM numbers"""


def fill(engine: Engine, number: int) -> None:
    """So many tasks, most of them finished long ago."""
    at = {name: NOW - timedelta(days=days) for name, days in AGO.items()}
    with transaction(engine) as connection:
        guard = "DROP TRIGGER history_at_its_end" + ("" if engine.dialect.name == "sqlite" else " ON history")
        connection.exec_driver_sql(guard)  # the bench writes lines without a chain, all at once
        for unit in range(1, UNITS + 1):
            units.add(connection, f"Unit {unit}", country="VN")
        for person in range(UNITS * PEOPLE):
            member_id = members.add(connection, name=f"Person {person}", unit_id=1 + person % UNITS, language="vi")
            members.link(connection, member_id, 5_000_000_000 + person, NOW, 1)
        _run(connection, TASKS, most=number, **at)
        _run(connection, HISTORY, most=number * LINES, tasks=number, **at)
        _run(connection, REQUESTS, most=OPEN, **at)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _run(connection: Connection, query: str, **values: object) -> None:
    used = {name: value for name, value in values.items() if f":{name}" in query}
    if connection.dialect.name == "sqlite":
        used = {
            key: value.replace(tzinfo=None) if isinstance(value, datetime) else value for key, value in used.items()
        }
    connection.execute(text(query), used)


def compose(url: str) -> tuple[float, float, int]:
    """Seconds for one summary of everything, the most memory of the process in MB, and how many tasks it counts."""
    office = Office()
    interpreter.settle()  # as the bot does when it starts
    engine = open_engine(url)
    with reading(engine) as connection:
        everything = frozenset(units.every(connection))
        begun = perf_counter()
        made = summaries.figures(connection, office, None, everything, NOW - timedelta(days=7), NOW)
        took = perf_counter() - begun
    engine.dispose()
    return took, peak(), made.total.total


def peak() -> float:
    """The most memory this process has used, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def stocked(number: int, url: str | None) -> Iterator[str]:
    """A database with so many tasks."""
    with TemporaryDirectory() as folder:
        place = url or f"sqlite:///{folder}/bench.db"
        engine = open_engine(place)
        migrate(engine)
        fill(engine, number)
        engine.dispose()
        yield place


def measure(number: int, url: str | None = None) -> tuple[float, float, int]:
    """The best of several in a process of its own, so that only the summary is measured."""
    with stocked(number, url) as place, get_context("spawn").Pool(1) as pool:
        pool.apply(compose, (place,))  # warm: the first time loads the holidays of the years
        return min(pool.apply(compose, (place,)) for _ in range(TIMES))


def main() -> None:
    """Compose over much and over little finished work."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    server = Server() if "postgresql" in sys.argv else None
    try:
        for many in (number, number // 5):
            took, memory, counted = measure(many, server.create(f"bench{many}") if server else None)
            print(f"{many} tasks, {many * LINES} lines of history, {counted} counted", end=": ")
            print(f"{took:.2f} s, {memory:.0f} MB at the most")
    finally:
        if server:
            server.stop()


if __name__ == "__main__":
    main()
