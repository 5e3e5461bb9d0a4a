"""The power fails while commands come in: the whole process is killed at moments drawn by chance.

Every command must be carried out exactly once. A few kills; DONDOC_LONG=1 kills 200 times during 10,000 commands.
Letters: `test_kill_letters`.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from bot.app import store_on, wall_clock
from bot.sandbox.server import LocalTelegram
from storage import history, inbox, members, tasks, units
from storage.database import Store, open_engine, transaction
from tests.support.accounts import check_books, unfinished
from tests.support.databases import SQLITE, databases
from tests.support.lives import LONG, PATIENCE, Reaper, bot, lives, until
from tests.support.world import TOKEN, settings

ACCOUNTS = range(7_100_000_001, 7_100_000_006)
COMMANDS = 10_000 if LONG else 60
KILLS = 200 if LONG else 4
BACKLOG = 600 if LONG else PATIENCE  # seconds; on PostgreSQL most of the work is left to the last life
SEED = 20261125


def prepare(folder: Path, url: str) -> None:
    """Five people with one task each, linked; a command is answered at any hour."""
    store = store_on(open_engine(settings(folder, url).database_url))
    now = wall_clock()
    with transaction(store.engine) as c:
        unit = units.add(c, "Unit A", country="")
        for number, account in enumerate(ACCOUNTS):
            person = members.add(c, f"Person {number}", unit, language="en")
            assert members.link(c, person, account, now, 1)
            tasks.add(
                c,
                code=f"UA-{number + 1:03d}",
                title="Work",
                titles={},
                unit_id=unit,
                owner_id=person,
                assigner_id=None,
                leader_id=None,
                difficulty="normal",
                assigned_at=now,
                created_at=now,
                planned_from=now,
                due_at=now + timedelta(days=30),
                original_due_at=now + timedelta(days=30),
                state="assigned",
                percent=0,
            )
    store.close()


def listed(server: LocalTelegram, account: int) -> bool:
    """Whether the list of tasks was answered."""
    return any("open task" in message["text"] for message in server.messages(account))


def nothing_waits(store: Store) -> bool:
    """Whether everything that was received is marked as done."""
    with store.engine.connect() as c:
        return inbox.oldest_waiting(c) is None


def reports(connection: Connection) -> Counter[tuple[int, str]]:
    """What was done: the reports of each task."""
    return Counter(
        (number, entry.details["note"])
        for number in range(1, len(ACCOUNTS) + 1)
        for entry in history.of_task(connection, number, ("report",), COMMANDS)
    )


class Talkers:
    """Whoever writes to the bot, and what it was asked to do."""

    def __init__(self, server: LocalTelegram, dice: random.Random) -> None:
        self._server = server
        self._dice = dice
        self.expected: Counter[tuple[int, str]] = Counter()
        for number, account in enumerate(ACCOUNTS):
            server.add_person(account, f"Person {number}", language_code="en")

    def ask(self, commands: int) -> None:
        """So many reports, by people chosen by chance."""
        for _ in range(commands):
            number = self._dice.randint(1, len(ACCOUNTS))
            note = f"note {self.expected.total()}"
            self._server.say(ACCOUNTS[number - 1], f"/progress UA-{number:03d} {self._dice.randrange(90)} {note}")
            self.expected[number, note] += 1


async def test_kill_minus_nine_loses_no_command_and_does_none_twice(tmp_path: Path) -> None:
    server = LocalTelegram(TOKEN, wall_clock)
    url = await server.start()
    store = store_on(open_engine(settings(tmp_path, url).database_url))
    try:
        prepare(tmp_path, url)
        talkers = Talkers(server, random.Random(SEED))
        # On PostgreSQL what a dead process had claimed is nobody's for 20 seconds: few lives would see a message.
        reaper = Reaper(server, random.Random(SEED), early=0.1 if databases.kind == SQLITE else 1.0)
        async with lives(tmp_path, url) as begin:
            for _ in range(KILLS):
                talkers.ask(COMMANDS // KILLS)
                async with begin() as process:
                    # In the middle: each of these is answered if it lives long enough.
                    await reaper.live(process, COMMANDS // KILLS)
        async with bot(tmp_path, url):
            # Everybody's updates are handled in order: when this is answered, all before it was dealt with.
            for account in ACCOUNTS:
                server.say(account, "/tasks")
            assert await server.until(lambda: all(listed(server, account) for account in ACCOUNTS), BACKLOG)
            assert await until(lambda: nothing_waits(store))
        assert await store.read(reports) == talkers.expected
        assert talkers.expected.total() == COMMANDS
        await store.read(lambda c: check_books(c, server.ledger, unfinished))
        print(f"\n{COMMANDS} commands, {reaper.kills} kills: each carried out once")
    finally:
        store.close()
        await server.stop()
