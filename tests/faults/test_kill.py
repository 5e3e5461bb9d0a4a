"""The power fails: the whole process is killed while commands come in and letters go out.

A short run; every command must be carried out exactly once, every letter arrive at least once.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bot.app import open_store, wall_clock
from bot.sandbox.server import LocalTelegram
from storage import audit, history, members, tasks, units
from storage.database import transaction
from tests.support.databases import databases
from tests.support.world import TOKEN, settings

ACCOUNTS = range(7_100_000_001, 7_100_000_006)
COMMANDS_EACH = 8
KILLS = 4


def prepare(folder: Path, url: str) -> None:
    """Five people with one task each, linked, in a zone where it is noon at any moment the test runs."""
    store = open_store(settings(folder, url))
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


@asynccontextmanager
async def bot(folder: Path, url: str):
    """A bot in a process of its own; killed at the end, not stopped."""
    environment = {
        **os.environ,
        "DONDOC_TOKEN": TOKEN,
        "DONDOC_API_URL": url,
        "DONDOC_DATABASE_URL": databases.url(folder, "test"),
        "DONDOC_LISTEN": "127.0.0.1:0",
        "DONDOC_CHAT_RATE": "1000",
        "DONDOC_RATE": "1000",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        env=environment,
        cwd=Path(__file__).parents[2],
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


def listed(server: LocalTelegram, account: int) -> bool:
    """Whether the list of tasks was answered."""
    return any("open task" in message["text"] for message in server.messages(account))


async def test_kill_minus_nine_loses_no_command_and_does_none_twice(tmp_path: Path) -> None:
    server = LocalTelegram(TOKEN, wall_clock)
    url = await server.start()
    try:
        prepare(tmp_path, url)
        for number, account in enumerate(ACCOUNTS):
            server.add_person(account, f"Person {number}", language_code="en")
        expected = Counter()
        for round_number in range(KILLS):
            for number, account in enumerate(ACCOUNTS):
                for turn in range(COMMANDS_EACH // KILLS):
                    note = f"note {round_number}-{turn}"
                    server.say(account, f"/progress UA-{number + 1:03d} {10 * round_number + turn} {note}")
                    expected[number + 1, note] += 1
            async with bot(tmp_path, url):
                # Killed in the middle: as soon as something was received, not when everything was answered.
                assert await server.until(lambda: server.unconfirmed == 0, 30)
        async with bot(tmp_path, url):
            store = open_store(settings(tmp_path, url))

            def done(connection) -> Counter:
                found = Counter()
                for number in range(1, len(ACCOUNTS) + 1):
                    for entry in history.of_task(connection, number, ("report",), 999):
                        found[number, entry.details["note"]] += 1
                return found

            # Everybody's updates are handled in order: when this is answered, all before it was dealt with.
            for account in ACCOUNTS:
                server.say(account, "/tasks")
            assert await server.until(lambda: all(listed(server, account) for account in ACCOUNTS), 60)
            present = await store.read(done)
            assert present == expected
            assert (await store.read(audit.verify)).problem is None
            store.close()
    finally:
        await server.stop()
