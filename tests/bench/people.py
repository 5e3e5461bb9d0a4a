"""What people wait while the bot has much to do: `python -m tests.bench.people`.

The whole bot at Telegram's free limits, with the sandbox's Bot API in the same process: what that costs counts as
waiting. Seconds of the wall clock, from the message of a person (or from the moment in which a reminder is due) to
the message of the bot.

- While 10,000 letters for one unit wait, somebody asks for their tasks every second; of another unit a two-hour
  reminder falls due now and then.
- While a stranger sends a hundred messages a second, members ask for their tasks.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import TypeVar

from sqlalchemy import delete, func, select, update

from bot import interpreter, logs
from bot.app import App, Wires
from bot.sandbox.server import LocalTelegram
from storage.database import open_engine, transaction
from storage.tables import members, outbox, tasks
from tests.bench import office
from tests.bench.stub import TOKEN

LETTERS = 10_000
ASKING = 20  # members who have no letter and ask, one a second in turn
REMINDED = 8  # members of another unit; their reminders fall due one after the other
SECONDS = 40
SETTLED = 5.0  # seconds after the start
PATIENCE = 60.0  # seconds until the last one must have come
FLOOD = 100  # messages of the stranger a second
FREE = {"rate": 30.0, "chat_rate": 1.0, "group_rate": 20.0}
STRANGER = office.ACCOUNTS - 1
TWO_HOURS = timedelta(hours=2)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds that people waited."""

    answers: tuple[float, ...]  # to questions while letters wait
    reminders: tuple[float, ...]  # of the other unit, from the moment in which they were due
    flooded: tuple[float, ...]  # to questions while a stranger floods
    rate: float  # messages a second, of all kinds, while letters waited

    @staticmethod
    def p95(waits: tuple[float, ...]) -> float:
        """The 95th percentile."""
        return quantiles(waits, n=20, method="inclusive")[-1]


class Street:
    """Everybody's Telegram, and when each account was last written to."""

    def __init__(self, clock: office.Running, people: int) -> None:
        self.clock = clock
        self.server = LocalTelegram(TOKEN, clock)
        for number in range(1, people + 1):
            self.server.add_person(office.ACCOUNTS + number, f"Person {number}").wrote = True
        self.server.add_person(STRANGER, "Stranger").wrote = True

    async def ask(self, account: int) -> float:
        """Ask for the own tasks; seconds until they are there."""
        begun, seen = self.clock(), len(self.server.ledger)
        self.server.say(account, "/tasks")
        return (await self.heard(account, seen) - begun).total_seconds()

    @property
    def sent(self) -> int:
        """How many messages the bot has sent."""
        return sum(call.method == "sendMessage" for call in self.server.ledger)

    async def heard(self, account: int, seen: int = 0) -> datetime:
        """The moment in which this account gets its next message, counted from that line of the ledger."""
        while True:
            for call in self.server.ledger[seen:]:
                if call.method == "sendMessage" and call.chat_id == account:
                    return call.at
            seen = len(self.server.ledger)
            await self.server.changed()


def fill(database: str, letters: int) -> tuple[list[int], dict[int, timedelta]]:
    """Letters for one unit, and others without; the accounts that ask, and when whose reminder falls due after NOON."""
    office.fill(database, letters + ASKING + REMINDED)
    engine = open_engine(database)
    first = office.ACCOUNTS + letters + 1
    asking = list(range(first, first + ASKING))
    due = {asking[-1] + number: timedelta(seconds=SETTLED + number * 4) for number in range(1, REMINDED + 1)}
    with transaction(engine) as c:
        ids = {row.account: row.id for row in c.execute(select(members.c.id, members.c.account))}
        crowd, few = c.execute(select(func.min(members.c.unit_id), func.max(members.c.unit_id))).one()
        c.execute(update(members).values(unit_id=crowd))
        c.execute(update(tasks).values(unit_id=crowd))
        c.execute(update(outbox).values(queue=crowd))
        c.execute(delete(outbox).where(outbox.c.member_id.in_([ids[account] for account in (*asking, *due)])))
        for account, after in due.items():
            falls = office.NOON + after
            deadline = {"due_at": falls + TWO_HOURS, "original_due_at": falls + TWO_HOURS}
            c.execute(update(members).where(members.c.id == ids[account]).values(unit_id=few))
            c.execute(
                update(tasks).where(tasks.c.owner_id == ids[account]).values(unit_id=few, check_at=falls, **deadline)
            )
    engine.dispose()
    return asking, due


async def served(database: str, people: int, during: Callable[[Street], Awaitable[T]]) -> T:
    """The bot as it runs, at Telegram's free limits."""
    clock = office.Running()
    street = Street(clock, people)
    url = await street.server.start()
    app = App(office.settings(url, database, listen="127.0.0.1:0", **FREE), TOKEN, Wires(clock=clock))
    stopped = asyncio.Event()
    running = asyncio.create_task(app.run(stopped))
    try:
        return await during(street)
    finally:
        stopped.set()
        with suppress(asyncio.CancelledError):
            await running
        await street.server.stop()


async def crowd(street: Street, asking: list[int], due: dict[int, timedelta]) -> tuple[list[float], list[float], float]:
    """Questions and reminders while the letters leave; the messages a second."""
    await asyncio.sleep(SETTLED)
    reminders = [asyncio.create_task(street.heard(account)) for account in due]
    answers, begun, sent = [], street.clock(), street.sent
    for number in range(SECONDS):
        answers.append(asyncio.create_task(street.ask(asking[number % len(asking)])))
        await asyncio.sleep(1)
    rate = (street.sent - sent) / (street.clock() - begun).total_seconds()
    async with asyncio.timeout(PATIENCE):
        heard = await asyncio.gather(*reminders)
        answered = await asyncio.gather(*answers)
    late = [(at - office.NOON - after).total_seconds() for at, after in zip(heard, due.values(), strict=True)]
    return answered, late, rate


async def flood(street: Street, asking: list[int]) -> list[float]:
    """Questions while a stranger writes without end."""
    await asyncio.sleep(SETTLED)
    answers = []
    for second in range(SECONDS):
        answers.append(asyncio.create_task(street.ask(asking[second % len(asking)])))
        for number in range(FLOOD):
            street.server.say(STRANGER, f"spam {number}")
            await asyncio.sleep(1 / FLOOD)
    async with asyncio.timeout(PATIENCE):
        return await asyncio.gather(*answers)


def measure(address: Callable[[str], str]) -> Waits:
    """All of it on one kind of database; `address` gives the address of a new one by its name."""
    interpreter.settle()
    logs.configure("text", "ERROR")
    people = LETTERS + ASKING + REMINDED
    database = address("crowd")
    asking, due = fill(database, LETTERS)
    answers, reminders, rate = asyncio.run(served(database, people, lambda street: crowd(street, asking, due)))
    database = address("flood")
    asking, _ = fill(database, 0)
    flooded = asyncio.run(served(database, ASKING + REMINDED, lambda street: flood(street, asking)))
    return Waits(tuple(answers), tuple(reminders), tuple(flooded), rate)


def main() -> None:
    """Print them."""
    with tempfile.TemporaryDirectory() as name:
        waits = measure(lambda database: office.sqlite(Path(name) / f"{database}.db"))
    for what in ("answers", "reminders", "flooded"):
        some = getattr(waits, what)
        print(f"{what:10} {len(some):3}  p95 {Waits.p95(some):6.3f} s  longest {max(some):6.3f} s")
    print(f"messages   {waits.rate:.1f}/s")


if __name__ == "__main__":
    main()
