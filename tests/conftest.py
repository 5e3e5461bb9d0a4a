"""Fixtures for all tests."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from storage.database import open_engine, transaction
from storage.migrate import migrate
from tests.support.world import World, running

os.environ.setdefault("PTB_TIMEDELTA", "true")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A running bot on a Monday morning in Hanoi, without people."""
    async with running(tmp_path) as made:
        yield made


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A writing transaction on an empty, migrated database."""
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(engine)
    with transaction(engine) as opened:
        yield opened
    engine.dispose()
