"""Fixtures for all tests. What touches the database runs twice: on SQLite and on PostgreSQL.

Of the stories only the busiest do, and of some long tables of faults only a few cases that differ in what they ask of
the database (`few`), so that the run stays short; `DONDOC_LONG=1` lets all of them run on both.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from bot import logs
from storage.database import open_engine, transaction
from storage.migrate import migrate
from tests.support.databases import POSTGRES, SQLITE, databases
from tests.support.world import World, running

os.environ.setdefault("PTB_TIMEDELTA", "true")

ON_BOTH = ("storage", "stories", "faults")  # folders of tests
LONG = bool(os.environ.get("DONDOC_LONG"))
BUSY = {"test_delivery", "test_posts", "test_requests", "test_webhook", "test_week"}  # what a database can change
STORES = {"tmp_path", "world", "connection", "engine", "database"}  # who asks for one of these may touch a database


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only(kind, why): runs on this kind of database only")
    config.addinivalue_line("markers", "few(*cases): on PostgreSQL only these cases run, all with DONDOC_LONG=1")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Two runs of each test that may touch a database, unless it says that only one makes sense."""
    folder = Path(metafunc.module.__file__).parent.name
    if folder not in ON_BOTH or not STORES & (set(metafunc.fixturenames) - {"database"}):
        return
    single = folder == "stories" and not LONG and Path(metafunc.module.__file__).stem not in BUSY
    only = [mark.args[0] for mark in metafunc.definition.iter_markers("only")]
    kinds = only[:1] or ([SQLITE] if single else [SQLITE, POSTGRES])
    metafunc.parametrize("database", kinds, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the short run does without."""
    left = [item for item in items if not LONG and _is_spared(item)]
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)


def _is_spared(item: pytest.Item) -> bool:
    few = item.get_closest_marker("few")
    cases = item.callspec.params.values() if few and hasattr(item, "callspec") else ()
    return few is not None and POSTGRES in cases and not set(few.args) & set(cases)


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The kind of database that this run of the test uses."""
    databases.begin(getattr(request, "param", SQLITE))
    yield databases.kind
    databases.end()


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Give back the loggers that `logs.configure` sets up: their stream is the one of this test only."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*logs.LOUD, "apscheduler")}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def pytest_sessionfinish() -> None:
    databases.close()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A running bot on a Monday morning in Hanoi, without people."""
    async with running(tmp_path) as made:
        yield made


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty, migrated database."""
    opened = open_engine(databases.url(tmp_path, "store"))
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A writing transaction on an empty, migrated database."""
    with transaction(engine) as opened:
        yield opened
