"""The disk is full, the database locked, damaged or an older copy, the clock jumps."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot import keeping, seen, shell
from bot.command_line import main
from bot.examining import Examination
from handlers.views.texts import texts
from storage import history, tasks
from storage.database import Damaged, examine, open_engine
from storage.migrate import migrate
from tests.support.rig import Rig, VirtualTime, build, rigged
from tests.support.world import MONDAY, Person

pytestmark = pytest.mark.only("sqlite", "the rig works on a file and on virtual time")

TUESDAY = MONDAY.replace(day=8, hour=8, minute=0)
DUE = TUESDAY.replace(hour=17)
EN = texts("en")


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, TUESDAY) as made:
        made.ask_again_at_once()
        yield made


@contextmanager
def pragma(rig: Rig, statement: str) -> Iterator[None]:
    """Every connection of the bot says this first, for a while."""
    engine = rig.app.store.engine

    def say(connection: Any, _record: Any) -> None:
        connection.execute(statement)

    event.listen(engine, "connect", say)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", say)
        engine.dispose()


def pages(rig: Rig) -> int:
    with closing(sqlite3.connect(rig.folder / "test.db")) as connection:
        return int(connection.execute("PRAGMA page_count").fetchone()[0])


async def reports(rig: Rig) -> list[str]:
    found = await rig.app.store.read(lambda c: history.of_task(c, 1, ("report",), 99))
    return [entry.details["note"] for entry in reversed(found)]


async def tried_in_vain(rig: Rig, caplog: pytest.LogCaptureFixture, text: str) -> None:
    """Return when the bot could not store an update."""
    async with asyncio.timeout(30):
        while text not in caplog.text:
            await asyncio.sleep(0.01)


async def test_on_a_full_disk_nothing_is_confirmed_and_all_is_done_once_there_is_room(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    with pragma(rig, f"PRAGMA max_page_count = {pages(rig)}"):
        for number in range(40):
            rig.server.say(mai.account, f"/progress UA-001 {number} note {number} {'x' * 900}")
        await tried_in_vain(rig, caplog, "full")
        assert rig.server.unconfirmed, "what could not be stored stays with Telegram"
    await rig.settle()
    assert [note.split(" x")[0] for note in await reports(rig)] == [f"note {number}" for number in range(40)]


async def test_a_database_that_somebody_else_locks_delays_and_loses_nothing(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    with pragma(rig, "PRAGMA busy_timeout = 1"), closing(sqlite3.connect(rig.folder / "test.db")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        rig.server.say(mai.account, "/progress UA-001 40 while it was locked")
        await tried_in_vain(rig, caplog, "locked")
        assert rig.server.unconfirmed
        other.execute("ROLLBACK")
    await rig.settle()
    assert await reports(rig) == ["while it was locked"]


def reminded(person: Person) -> int:
    return sum("🔔" in text and "UA-001" in text for text in person.news())


@pytest.mark.parametrize("jump", [timedelta(hours=3), timedelta(days=-1), timedelta(minutes=-40)])
async def test_a_clock_that_jumps_and_comes_back_makes_no_reminder_twice_and_loses_none(
    rig: Rig, jump: timedelta
) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    right = rig.clock.now
    rig.clock.now = right + jump
    await rig.settle()
    early = reminded(mai)
    rig.clock.now = right
    await rig.go(TUESDAY.replace(hour=12))
    assert early + reminded(mai) == 1
    await rig.go(TUESDAY.replace(hour=16))
    assert reminded(mai) == 1  # two hours before


def damage(file: Path, page: int | None = None) -> bytes:
    """Spoil a page of a database, the one in the middle or the last."""
    data = bytearray(file.read_bytes())
    pages = len(data) // 4096
    begin = (pages // 2 if page is None else page % pages) * 4096
    data[begin : begin + 4096] = b"\xff" * 4096
    file.write_bytes(data)
    return bytes(data)


def test_a_damaged_database_is_named_and_nothing_is_written_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "dondoc.db"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    before = damage(file)
    monkeypatch.setenv("DONDOC_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("DONDOC_TOKEN", "1000000001:tests-tests-tests-tests-tests")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert main(["run"]) == 1
    said = capsys.readouterr().err
    assert "the database file is damaged" in said
    assert len([line for line in said.splitlines() if line.startswith("dondoc:")]) == 1
    assert file.read_bytes() == before


def spoiled(tmp_path: Path) -> Path:
    """A database with a spoiled page that nobody reads in passing."""
    file = tmp_path / "test.db"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE unread (word TEXT)")
        connection.exec_driver_sql("INSERT INTO unread VALUES (hex(randomblob(1000)))")
    engine.dispose()
    damage(file, page=-1)
    return file


async def test_a_large_database_is_examined_while_the_bot_runs_and_damage_ends_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoiled(tmp_path)
    clock = VirtualTime(TUESDAY)
    app = build(tmp_path, "http://127.0.0.1:9", clock, small=0)
    app.examination.begin()
    app.examination.wait()
    assert "database" in app.broken()
    assert "the database file is damaged" in caplog.text
    app.store.close()


async def test_a_page_that_is_damaged_under_a_running_bot_ends_it_and_nothing_wrong_is_said(tmp_path: Path) -> None:
    manager = rigged(tmp_path, TUESDAY)
    rig = await manager.__aenter__()
    try:
        _, mai = await rig.seed("Mai Member", due=DUE)
        await mai.say("/task UA-001")
        mai.news()
        file = rig.folder / "test.db"
        rig.app.store.engine.dispose()  # what a connection remembers of the file would only hide it for a while
        with closing(sqlite3.connect(file)) as other:
            (page,) = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'tasks'").fetchone()
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        damage(file, page - 1)
        assert rig.app.broken() == frozenset()
        for _ in range(2):
            rig.clock.now += timedelta(minutes=30)
            await asyncio.gather(rig.app.ticks.plan(), return_exceptions=True)
            await asyncio.gather(rig.app.ticks.deliver(), return_exceptions=True)
        assert "database" in rig.app.broken(), "the bot says so and ends with status 1"
        assert mai.news() == []
    finally:
        await rig.app.stop()
        await rig.server.stop()


async def test_a_large_database_that_is_whole_ends_nothing(tmp_path: Path) -> None:
    migrate(open_engine(f"sqlite:///{tmp_path / 'test.db'}"))
    app = build(tmp_path, "http://127.0.0.1:9", VirtualTime(TUESDAY), small=0)
    app.examination.begin()
    app.examination.wait()
    assert "database" not in app.broken()
    app.store.close()


def test_before_its_schema_changes_a_large_database_is_examined_first(tmp_path: Path) -> None:
    file = spoiled(tmp_path)
    engine = open_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0018'")
    with pytest.raises(Damaged):
        Examination(engine, small=0)
    engine.dispose()


# ----- copies


def copy(rig: Rig, folder: Path) -> Path:
    said = keeping.backup(rig.app.store.engine, folder, rig.clock(), EN)
    return Path(said.rsplit(" ", 1)[1])


async def put_back(rig: Rig, file: Path) -> None:
    """The operator stops the bot, copies the backup over the database and starts the bot."""
    await rig.app.stop()
    for ending in ("-wal", "-shm"):
        (rig.folder / f"test.db{ending}").unlink(missing_ok=True)
    shutil.copy(file, rig.folder / "test.db")
    await rig.restart_only()
    await rig.app.start()


async def test_a_copy_of_a_database_in_use_is_whole_and_alone(rig: Rig, tmp_path: Path) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    await mai.say("/progress UA-001 40 before the copy")
    file = copy(rig, tmp_path / "copies")
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    engine = open_engine(f"sqlite:///{file}")
    examine(engine)
    with engine.connect() as connection:
        assert tasks.get(connection, 1).percent == 40
    engine.dispose()


def test_a_copy_that_cannot_be_made_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    migrate(engine)
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(shell.Failed, match="no copy could be made") as caught:
        keeping.backup(engine, tmp_path / "taken", MONDAY, EN)
    assert "nothing was left behind" in caught.value.lines[0]
    engine.dispose()


@pytest.mark.parametrize(("drop", "told"), [(False, 1), (True, 0)])
async def test_an_older_copy_is_silent_until_an_administrator_decides(
    rig: Rig, tmp_path: Path, drop: bool, told: int
) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    old = copy(rig, tmp_path / "copies")
    rig.app.watch.beat()
    await mai.say("/progress UA-001 40 after the copy")
    await rig.app.remember()
    await rig.restart()
    assert not await rig.app.ticks.held(), "an ordinary start is no older copy"
    await put_back(rig, old)
    assert await rig.app.ticks.held()
    mai.news()
    await rig.go(TUESDAY.replace(hour=12))
    assert mai.news() == [], "held"
    assert "UA-001" in await mai.say("/tasks"), "people are answered all the same"
    mai.news()
    assert ("held", False) in [
        ("held", well) for well, text in shell.check(rig.app.store.engine, rig.clock(), EN) if "older" in text
    ]
    keeping.resume(rig.app.store.engine, rig.app.office, rig.clock(), EN, drop=drop)
    await rig.restart()
    await rig.app.ticks.settle()
    assert reminded(mai) == told
    await rig.go(TUESDAY.replace(hour=16))
    assert reminded(mai) == 1, "what becomes due afterwards comes as always"


def test_a_note_that_is_spoilt_or_missing_holds_nothing(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    migrate(engine)
    note = seen.note_of(engine)
    with engine.connect() as connection:
        assert not seen.is_older_copy(connection, note)
        note.write_bytes(b"\xff\x00 nonsense")
        assert not seen.is_older_copy(connection, note)
        note.write_text("7-0123456789abcdef")
        assert seen.is_older_copy(connection, note)
    engine.dispose()


def test_only_a_file_of_its_own_has_a_note() -> None:
    assert seen.note_of(open_engine("sqlite://")) is None
