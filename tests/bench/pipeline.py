"""How fast letters leave: `python -m tests.bench.pipeline [LETTERS [ROUNDS]]`.

Interleaved rounds on one core, against a stub, and a database server, on the others: PTB's `send_message` over its
default transport, the same over ours (two lines of text, and the letter with its buttons that the pipeline sends), and
the whole pipeline (lease, check, render, send, record) on SQLite and PostgreSQL. Garbage is collected as the bot does
it, for all of them alike.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot import interpreter
from handlers.transport import AiohttpRequest
from storage import outbox
from tests.bench import office
from tests.bench.stub import TOKEN, stub
from tests.support.postgres import Server

TEXT = "<b>Write the report</b> on a matter for the district\nDue today at 12:00, in 2 hours"
LETTER = """🔔 <b>Reminder</b> · <b>🟠 Due today</b>

🔵 <b>T-0000029</b> · Write the report on matter number 29 for the district

👤 Person Number 30 · Unit 0
🕒 Deadline: <b>Mon 7 Dec 2026 12:00</b>
🔷 in progress · 40 %
🔎 4/6 clear; missing: leader in charge, authority
📦 Expected product: A signed report

⌨️ <code>/progress T-0000029 60</code> · <code>/done T-0000029</code>
Reply to this message to add a note; <code>60%</code> in it sets the progress."""
BUTTONS = (
    (("📈 Progress", "report"), ("✅ Done", "submit")),
    (("⛔ Blocked", "block"), ("🕒 More time", "extend"), ("🔁 Hand over", "hand_over")),
    (("📎 Evidence", "attach"), ("⋯ More", "more")),
)
AT_ONCE = 8  # PTB's default transport becomes slower above that
MANY = 100


@dataclass(frozen=True, slots=True)
class Speed:
    """Messages a second of the clock, and microseconds of the processor for each."""

    rate: float
    cpu: float


async def timed(work: Awaitable[int]) -> Speed:
    """The speed of something that sends and says how many messages it sent."""
    begin, before = perf_counter(), process_time()
    number = await work
    return Speed(number / (perf_counter() - begin), (process_time() - before) / number * 1e6)


def buttons(number: int) -> InlineKeyboardMarkup:
    """Those of a reminder of task `number`, as PTB makes them."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=f"1:act:{act}:{number}") for label, act in row] for row in BUTTONS]
    )


async def bare(bot: Bot, number: int, at_once: int, *, whole: bool = False) -> int:
    """Plain `send_message`, so many at once: two lines of text, or the `whole` letter that the pipeline sends."""
    numbers = iter(range(number))

    async def worker() -> None:
        for one in numbers:
            text, keys = (LETTER, buttons(one)) if whole else (TEXT, None)
            await bot.send_message(7_000_000_001 + one, text, parse_mode="HTML", reply_markup=keys)

    await asyncio.gather(*(worker() for _ in range(at_once)))
    return number


async def default(url: str, number: int) -> Speed:
    """Over the transport that PTB brings along."""
    async with Bot(TOKEN, base_url=f"{url}/bot") as bot:
        await bare(bot, 50, AT_ONCE)
        return await timed(bare(bot, number, AT_ONCE))


async def own(url: str, number: int, *, whole: bool = False) -> Speed:
    """Over our transport; `whole` as for `bare`."""
    requests = (AiohttpRequest(connections=MANY), AiohttpRequest())
    async with Bot(TOKEN, base_url=f"{url}/bot", request=requests[0], get_updates_request=requests[1]) as bot:
        await bare(bot, 50, AT_ONCE)
        return await timed(bare(bot, number, MANY, whole=whole))


async def pipeline(url: str, database: str, number: int, **changes: Any) -> Speed:
    """The whole way of waiting letters."""
    app = office.app(url, database, **changes)
    await app.application.initialize()
    try:
        await app.ticks.plan()  # agendas that are due; letters wait already
        begin, before = perf_counter(), process_time()
        await app.ticks.deliver()
        speed = Speed(number / (perf_counter() - begin), (process_time() - before) / number * 1e6)
        sent = await app.store.read(lambda c: len(outbox.every(c, ["sent"])))
        assert sent == number, f"{sent} of {number} letters were sent"
        return speed
    finally:
        await app.application.shutdown()
        app.store.close()


def cores() -> list[int]:
    """Those that this process may use, if it can be told which to use; else none."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []


@contextmanager
def on(some: list[int]) -> Iterator[None]:
    """Run on these cores meanwhile; what is started now stays there. With none of them everything stays as it is."""
    before = cores()
    if not some:
        yield
        return
    os.sched_setaffinity(0, some)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def pinned() -> Iterator[str]:
    """Keep this process on one core meanwhile; yields the address of a stub on the others."""
    first, others = cores()[:1], cores()[1:]
    with ExitStack() as stack:
        with on(others):
            url = stack.enter_context(stub())
        stack.enter_context(on(first if others else []))
        yield url


def rounds(letters: int, times: int, postgres: Callable[[str, str], str] | None) -> dict[str, list[Speed]]:
    """Speeds by name. `postgres` makes a database like another one and gives its address."""
    found: dict[str, list[Speed]] = {}
    interpreter.settle()
    with pinned() as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        office.fill(office.sqlite(folder / "template.db"), letters)
        office.fill(office.sqlite(folder / "morning.db"), letters, letters=False, agenda_at=office.NOON)
        if postgres is not None:
            office.fill(postgres("template", "template0"), letters)
        for number in range(times):
            shutil.copy(folder / "template.db", folder / f"{number}.db")
            found.setdefault("default", []).append(asyncio.run(default(url, max(letters // 4, 1))))
            found.setdefault("own", []).append(asyncio.run(own(url, letters)))
            found.setdefault("same", []).append(asyncio.run(own(url, letters, whole=True)))
            whole = pipeline(url, office.sqlite(folder / f"{number}.db"), letters)
            found.setdefault("sqlite", []).append(asyncio.run(whole))
            shutil.copy(folder / "morning.db", folder / f"morning{number}.db")
            whole = pipeline(url, office.sqlite(folder / f"morning{number}.db"), letters)
            found.setdefault("agendas", []).append(asyncio.run(whole))
            if postgres is not None:
                whole = pipeline(url, postgres(f"round{number}", "template"), letters)
                found.setdefault("postgresql", []).append(asyncio.run(whole))
    return found


def main() -> None:
    """Print the medians."""
    letters, times = (int(word) for word in (*sys.argv[1:], "3000", "3")[:2])
    with on(cores()[1:]):
        server = Server()
    try:
        for name, speeds in rounds(letters, times, server.create).items():
            print(f"{name:12} {median(s.rate for s in speeds):8.0f}/s  {median(s.cpu for s in speeds):6.0f} us")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
