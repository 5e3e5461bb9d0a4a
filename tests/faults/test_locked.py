"""Somebody else holds the lock without which nothing can be written: a backup, a migration, a forgotten session."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from storage import history, outbox
from storage.database import WRITERS
from storage.notices import TaskNews
from tests.support.rig import Rig, rigged
from tests.support.world import MONDAY

TUESDAY = MONDAY.replace(day=8, hour=8, minute=0)
DUE = TUESDAY.replace(hour=17)
LOCKED = 8.0 if os.environ.get("DONDOC_LONG") else 0.8  # seconds; the product waits for 10, on PostgreSQL for ever
LOCKS = {"sqlite": "BEGIN IMMEDIATE", "postgresql": f"SELECT pg_advisory_lock({WRITERS})"}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, TUESDAY) as made:
        made.ask_again_at_once()
        yield made


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """A session that is not one of the bot's holds the lock."""
    others = create_engine(engine.url, poolclass=NullPool)  # which ends the session, and with it the lock
    with others.connect() as other:
        other.exec_driver_sql(LOCKS[engine.dialect.name])
        yield


async def test_a_lock_shorter_than_the_patience_of_the_product_is_waited_out_without_a_word(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    notice, now, member = TaskNews(1, "explained", note="what she said"), rig.clock(), await rig.member("Mai Member")
    await rig.app.store.write(lambda c: outbox.post(c, "waits", notice, now, now, member_id=member.id))
    with locked(rig.app.store.engine):
        rig.server.say(mai.account, "/progress UA-001 40 while it was locked")
        carrying = asyncio.create_task(rig.app.ticks.deliver())
        await asyncio.sleep(LOCKED)  # the product's own wait is in real time
        assert not carrying.done()
        assert mai.news() == [], "what cannot be recorded does not leave"
        assert rig.server.unconfirmed
    await carrying
    await rig.settle()
    reports = await rig.app.store.read(lambda c: history.of_task(c, 1, ("report",), 99))
    assert [entry.details["note"] for entry in reports] == ["while it was locked"]
    assert sum("what she said" in text for text in mai.news()) == 1
    assert rig.app.broken() == frozenset()
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR", "CRITICAL")]
