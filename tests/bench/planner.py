"""What waiting costs: `python -m tests.bench.planner [LARGEST]`.

A tick with nothing due, the start and the memory, with few and with many open tasks, and the same for the usual
design of one APScheduler job per reminder. Each measurement is a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.app import wall_clock
from tests.bench import office

TICKS = 60
JOBS = (1_000, 10_000)


def resident() -> float:
    """Megabytes of memory that this process holds."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * 4096 / 1e6


async def planner(database: str) -> dict[str, float]:
    """Of the bot: seconds to open it, milliseconds a tick, megabytes."""
    begin = perf_counter()
    app = office.app("http://127.0.0.1:9", database)
    opened = perf_counter() - begin
    taken = []
    for _ in range(TICKS):
        before = perf_counter()
        await app.ticks.plan()
        await app.ticks.deliver()
        taken.append(perf_counter() - before)
    app.store.close()
    return {"start": opened, "tick": median(taken) * 1000, "memory": resident()}


async def jobs(number: int) -> dict[str, float]:
    """Of one job per reminder: seconds to add them all as a restart must, milliseconds to wake up once, megabytes."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.start()
    begin, first = perf_counter(), wall_clock() + timedelta(days=30)
    for one in range(number):
        scheduler.add_job(print, "date", run_date=first + timedelta(seconds=one), args=(one,))
    opened = perf_counter() - begin
    taken = []
    for _ in range(TICKS):
        before = perf_counter()
        scheduler.wakeup()
        await asyncio.sleep(0)
        taken.append(perf_counter() - before)
    scheduler.shutdown(wait=False)
    return {"start": opened, "tick": median(taken) * 1000, "memory": resident()}


def alone(what: str, argument: str) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.planner", what, argument]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def measure(largest: int = 1_000_000) -> dict[str, dict[int, dict[str, float]]]:
    """By design and number of what is pending."""
    found: dict[str, dict[int, dict[str, float]]] = {"planner": {}, "jobs": {}}
    with tempfile.TemporaryDirectory() as name:
        for number in (1_000, largest):
            database = office.sqlite(Path(name) / f"{number}.db")
            office.fill(database, 500, letters=False, open_tasks=number)
            found["planner"][number] = alone("open", database)
    for number in JOBS:
        found["jobs"][number] = alone("jobs", str(number))
    return found


def main() -> None:
    """Print the table, or one measurement as JSON."""
    if sys.argv[1:2] == ["open"]:
        print(json.dumps(asyncio.run(planner(sys.argv[2]))))
    elif sys.argv[1:2] == ["jobs"]:
        print(json.dumps(asyncio.run(jobs(int(sys.argv[2])))))
    else:
        for design, sizes in measure(int((*sys.argv[1:], "1000000")[0])).items():
            for number, one in sizes.items():
                print(f"{design:8} {number:8,}", *(f"{name} {value:.3f}" for name, value in one.items()))


if __name__ == "__main__":
    main()
