"""All measurements of speed: `python -m tests.bench`, or `make bench`.

Prints them, writes them into docs/performance.md between its two marks, and ends with 1 when one of the promised
ratios is missed. Takes some minutes; other work on the machine shifts the numbers.
"""

from __future__ import annotations

import asyncio
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

from tests.bench import office, people, pipeline, planner, startup, summary
from tests.bench.people import Waits
from tests.support.postgres import Server

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
LETTERS, ROUNDS = 3_000, 3
TASKS = 1_000_000
LIMITED = 600  # letters at Telegram's free rate: twenty seconds
FREE = 30.0


@dataclass(frozen=True, slots=True)
class Promise:
    """A number that must be at least, or at most, another one."""

    said: str
    found: float
    least: float | None = None
    most: float | None = None

    @property
    def kept(self) -> bool:
        """Whether it is."""
        return (self.least is None or self.found >= self.least) and (self.most is None or self.found <= self.most)

    def row(self) -> str:
        """A line of the table."""
        bound = f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"
        return f"| {self.said} | {self.found:.2f} | {bound} | {'yes' if self.kept else '**no**'} |"


def delivery() -> tuple[list[Promise], list[str]]:
    """The pipeline beside bare calls, in one run."""
    with pipeline.on(pipeline.cores()[1:]):
        server = Server()
    try:
        speeds = pipeline.rounds(LETTERS, ROUNDS, server.create)
    finally:
        server.stop()
    rate = {name: median(one.rate for one in some) for name, some in speeds.items()}
    promises = [
        Promise("pipeline on SQLite / `send_message` over PTB's own transport", rate["sqlite"] / rate["default"], 1),
        Promise(
            "pipeline on SQLite / the same letters by `send_message`, our transport", rate["sqlite"] / rate["same"], 0.6
        ),
        Promise("pipeline on PostgreSQL / the same", rate["postgresql"] / rate["same"], 0.6),
        Promise("pipeline on SQLite / the 1,000 a second of a paid broadcast", rate["sqlite"] / 1000, 1),
        Promise("pipeline on PostgreSQL / the 1,000 a second of a paid broadcast", rate["postgresql"] / 1000, 1),
    ]
    table = ["| messages | a second | µs of processor each |", "| --- | --- | --- |"]
    for name, some in speeds.items():
        table.append(f"| {NAMES[name]} | {rate[name]:,.0f} | {median(one.cpu for one in some):,.0f} |")
    return promises, table


NAMES = {
    "default": "`send_message`, PTB's own transport, 8 at once, two lines",
    "own": "`send_message`, our transport, two lines",
    "same": "`send_message`, our transport, the letters of the pipeline with their buttons",
    "sqlite": "whole pipeline, SQLite",
    "agendas": "whole pipeline, SQLite, morning agendas of one task",
    "postgresql": "whole pipeline, PostgreSQL",
}


def limited() -> Promise:
    """How much of Telegram's free rate the letters use; the first second, in which the limit fills, is left out."""
    with pipeline.pinned() as url, tempfile.TemporaryDirectory() as name:
        database = office.sqlite(Path(name) / "free.db")
        office.fill(database, LIMITED)
        speed = asyncio.run(pipeline.pipeline(url, database, LIMITED, rate=FREE, chat_rate=1.0, group_rate=20.0))
    return Promise("letters a second at Telegram's free limit / that limit", speed.rate / FREE, 0.97)


def waiting() -> tuple[list[Promise], list[str]]:
    """What open tasks cost, beside one job per reminder."""
    found = planner.measure()
    ours, theirs = found["planner"], found["jobs"]
    few, many = min(ours), max(ours)
    small, large = min(theirs), max(theirs)
    promises = [
        Promise(f"a tick at {many:,} open tasks / at {few:,}", ours[many]["tick"] / ours[few]["tick"], most=2),
        Promise(f"start at {many:,} / at {few:,}", ours[many]["start"] / ours[few]["start"], most=2),
        Promise(f"memory at {many:,} / at {few:,}", ours[many]["memory"] / ours[few]["memory"], most=1.2),
    ]
    table = ["| design | pending | start, s | tick, ms | memory, MB |", "| --- | --- | --- | --- | --- |"]
    for name, sizes in (("indexed column, a tick", ours), ("one APScheduler job each", theirs)):
        for number, one in sizes.items():
            table.append(f"| {name} | {number:,} | {one['start']:.2f} | {one['tick']:.2f} | {one['memory']:.0f} |")
    grown = theirs[large]["start"] / theirs[small]["start"]
    table += ["", f"From {small:,} to {large:,} pending jobs APScheduler's start takes {grown:.0f} times as long."]
    return promises, table


def figures() -> tuple[list[Promise], list[str]]:
    """The weekly summary of 500 units over a million tasks."""
    server = Server()
    try:
        found = {"SQLite": summary.measure(TASKS), "PostgreSQL": summary.measure(TASKS, server.create("summary"))}
    finally:
        server.stop()
    promises = [
        Promise("summary of 500 units on SQLite, s", found["SQLite"][0], most=5),
        Promise("summary of 500 units on PostgreSQL, s", found["PostgreSQL"][0], most=2),
        Promise("memory of that, MB", max(memory for _, memory, _ in found.values()), most=300),
    ]
    table = [f"| summary over {TASKS:,} tasks | s | memory, MB | tasks counted |", "| --- | --- | --- | --- |"]
    for name, (took, memory, counted) in found.items():
        table.append(f"| {name} | {took:.2f} | {memory:.0f} | {counted:,} |")
    return promises, table


def patience() -> tuple[list[Promise], list[str]]:
    """What people wait while letters wait and strangers write."""
    server = Server()
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = {
                "SQLite": people.measure(lambda name: office.sqlite(Path(folder) / f"{name}.db")),
                "PostgreSQL": people.measure(server.create),
            }
    finally:
        server.stop()
    promises = []
    table = ["| who waits for what, s | median | 95th percentile | longest |", "| --- | --- | --- | --- |"]
    for name, waits in found.items():
        for said, some, most in (
            (f"a command, {people.LETTERS:,} letters waiting", waits.answers, 1),
            (f"a command, {people.FLOOD} messages a second from a stranger", waits.flooded, 2),
            (f"a reminder of another unit, {people.LETTERS:,} letters waiting", waits.reminders, 5),
        ):
            promises.append(Promise(f"{said}, 95 %, s ({name})", Waits.p95(some), most=most))
            table.append(f"| {said} ({name}) | {median(some):.2f} | {Waits.p95(some):.2f} | {max(some):.2f} |")
        table.append(f"| messages a second meanwhile ({name}) | {waits.rate:.1f} | | |")
    return promises, table


def start() -> list[Promise]:
    """From nothing to the first poll."""
    seconds, megabytes = startup.measure()
    return [
        Promise("cold start to the first poll, s", seconds, most=2),
        Promise("idle memory, MB", megabytes, most=120),
    ]


PARTS = {"delivery": delivery, "people": patience, "planner": waiting, "summary": figures}


def report(promises: list[Promise], tables: list[list[str]]) -> Iterator[str]:
    """The generated part of the page."""
    machine = f"Python {platform.python_version()}, {platform.system()}, {platform.machine()}"
    yield f"Written by `make bench` on {date.today().isoformat()} ({machine})."  # noqa: DTZ011
    yield ""
    yield "| ratio | measured | promised | kept |"
    yield "| --- | --- | --- | --- |"
    yield from (one.row() for one in promises)
    for table in tables:
        yield ""
        yield from table


def write(lines: list[str]) -> None:
    """Replace what stands between the marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text("\n".join([before + BEGIN, *lines, END]) + after, encoding="utf-8")


def main() -> int:
    """Measure, print, write; 1 when a promise is not kept."""
    if len(pipeline.cores()) < 2:
        print("with one core both sides share it, and the ratios say less", file=sys.stderr)
    promises, tables = [], []
    for name, work in PARTS.items():
        print(f"measuring: {name} …", file=sys.stderr, flush=True)
        found, table = work()
        promises += found
        tables.append(table)
    print("measuring: free limit, start …", file=sys.stderr, flush=True)
    promises += [limited(), *start()]
    lines = list(report(promises, tables))
    print("\n".join(lines))
    write(lines)
    missed = [one for one in promises if not one.kept]
    for one in missed:
        print(f"missed: {one.said} is {one.found:.2f}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
