"""How long an inspection pack takes and how much memory: `python -m tests.bench.inspection [TASKS] [LINES]`."""

from __future__ import annotations

import resource
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from sqlalchemy import Engine, insert

from bot.actions import inspections
from bot.office import Office
from bot.policy import inspection as policy
from bot.spreadsheets.writing import write_workbook
from handlers.views.inspection import sheets
from handlers.views.reader import Reader
from storage import history, members, tables, units
from storage.database import open_engine, reading, transaction
from storage.migrate import migrate

START = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
NOW = datetime(2026, 12, 15, 2, 0, tzinfo=UTC)
TITLE = "Rà soát, đánh giá tiến độ thực hiện nhiệm vụ được giao trong quý IV"
FIELDS = {"titles": {}, "difficulty": "normal", "state": "in_progress", "percent": 0, "version": 1, "source": "12/UBND"}


def fill(engine: Engine, number: int, lines: int) -> None:
    """So many tasks of ten units, each with so many lines of history and a request."""
    with transaction(engine) as connection:
        for name in range(1, 11):
            units.add(connection, f"Unit {name}")
            members.add(connection, name=f"Nguyễn Mẫu {name}", unit_id=name, language="vi")
        whose = [1 + n % 10 for n in range(number)]
        times = {"assigned_at": START, "created_at": START, "due_at": NOW - timedelta(days=9), "original_due_at": NOW}
        rows = [
            {"code": f"T-{n:06}", "title": TITLE, "unit_id": key, "owner_id": key, **FIELDS, **times}
            for n, key in enumerate(whose)
        ]
        connection.execute(insert(tables.tasks), rows)
        for n, key in enumerate(whose, 1):
            asked = {"task_id": n, "kind": "extension", "member_id": key, "at": START, "reason": TITLE, "state": "open"}
            connection.execute(insert(tables.requests).values(**asked, level=1, late=0, old_due_at=NOW, new_due_at=NOW))
            for line in range(lines):
                details = {"from": "in_progress", "to": "in_progress", "note": TITLE, "percent": line}
                at = START + timedelta(hours=line)
                history.append(connection, at, "report", actor_id=key, task_id=n, details=details)


def main() -> None:
    """Make one pack and say what it cost."""
    number, lines = (int(text) for text in [*sys.argv[1:], "2000", "20"][:2])
    office = Office()
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/bench.db")
        migrate(engine)
        fill(engine, number, lines)
        before, path = peak(), Path(folder) / "pack.xlsx"
        with reading(engine) as connection:
            begun = process_time()
            calendar = office.calendar(units.every(connection), None)
            during = policy.period(date(2026, 10, 1), date(2026, 12, 31), NOW, calendar)
            found = inspections.load(connection, office, None, during, NOW, "dondoc")
            loaded = process_time()
            write_workbook(path, sheets(found, inspections.lines(connection, found), Reader("vi", office.zone)))
            done = process_time()
        print(f"{number} tasks with {lines} lines each: loaded in {loaded - begun:.1f} s of the processor", end=", ")
        print(f"written in {done - loaded:.1f} s")
        print(f"{path.stat().st_size / 1e6:.1f} MB; memory {before:.0f} MB before, {peak():.0f} MB at the most")
        engine.dispose()


def peak() -> float:
    """The most memory this process has used, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
