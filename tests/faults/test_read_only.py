"""A database that may not be written: said in one line at the start, waited out while running."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from storage import history, outbox
from storage.database import Unavailable, open_engine
from storage.migrate import migrate
from storage.notices import TaskNews
from tests.support.program import refused_start
from tests.support.rig import Rig, rigged
from tests.support.world import MONDAY

pytestmark = pytest.mark.only("sqlite", "about a file")

TUESDAY = MONDAY.replace(day=8, hour=8, minute=15)
DUE = TUESDAY.replace(hour=17, minute=0)
ROOT = Path(__file__).parents[2]
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1


def obey_permissions() -> None:
    """Called in a child before it becomes the bot: from then on also the superuser may not write what is read-only."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


def no_file(folder: Path) -> None:
    folder.chmod(0o555)


def a_whole_file(folder: Path) -> None:
    engine = open_engine(f"sqlite:///{folder / 'dondoc.db'}")
    migrate(engine)
    engine.dispose()


def folder_only(folder: Path) -> None:
    a_whole_file(folder)
    folder.chmod(0o555)


def file_only(folder: Path) -> None:
    a_whole_file(folder)
    (folder / "dondoc.db").chmod(0o444)


def after_a_crash(folder: Path) -> None:
    """The files that SQLite keeps beside it are there, the last of them no longer writable."""
    a_whole_file(folder)
    with closing(sqlite3.connect(folder / "dondoc.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA user_version = 1")
        kept = {file: file.read_bytes() for file in folder.iterdir()}
    for file, data in kept.items():
        file.write_bytes(data)
        file.chmod(0o444)


READ_ONLY = {one.__name__: one for one in (no_file, folder_only, file_only, after_a_crash)}


@pytest.mark.parametrize("how", READ_ONLY)
def test_a_bot_that_may_not_write_says_in_one_line_what_to_do_and_ends(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    READ_ONLY[how](folder)
    line = refused_start(folder / "dondoc.db", obey_permissions)
    folder.chmod(0o755)
    assert f"the database {folder / 'dondoc.db'} cannot be written" in line
    assert "give the user that runs the bot the right to write" in line


# ----- while it runs


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, TUESDAY) as made:
        made.ask_again_at_once()
        yield made


@contextmanager
def read_only(rig: Rig) -> Iterator[None]:
    """Every connection opened in this time is read-only, and stays so, as SQLite's are when the file is."""
    engine = rig.app.store.engine

    def say(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA query_only = 1")

    event.listen(engine, "connect", say)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", say)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def test_while_nothing_can_be_written_nothing_is_confirmed_or_sent_and_all_is_done_afterwards(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    await rig.app.ticks.plan()
    with read_only(rig):
        rig.server.say(mai.account, "/progress UA-001 40 while it was read-only")
        await until(lambda: "readonly" in caplog.text)
        assert rig.server.unconfirmed, "what could not be stored stays with Telegram"
        rig.clock.now += timedelta(minutes=30)
        with pytest.raises(Unavailable):
            await rig.app.ticks.plan()
        await rig.app.ticks.deliver()  # nothing is due: nothing could be planned
        assert mai.news() == []
        assert await rig.app.store.read(outbox.waiting) == 0, "reading goes on"
    await rig.settle()
    assert [text for text in mai.news() if "🔔" in text]
    found = await rig.app.store.read(lambda c: history.of_task(c, 1, ("report",), 9))
    assert [entry.details["note"] for entry in found] == ["while it was read-only"]


async def test_a_letter_that_is_due_does_not_leave_while_its_attempt_cannot_be_written(rig: Rig) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    notice, now = TaskNews(1, "explained", note="what she said"), rig.clock()
    member = (await rig.member("Mai Member")).id
    await rig.app.store.write(lambda c: outbox.post(c, "waits", notice, now, now, member_id=member))
    with read_only(rig):
        with pytest.raises(Unavailable):
            await rig.app.ticks.deliver()
        assert mai.news() == []
    await rig.settle()
    assert len([text for text in mai.news() if "what she said" in text]) == 1
