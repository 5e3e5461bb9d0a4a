"""The engine and the Store: no update is lost, no neighbour is harmed, nothing ordered is forgotten."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, StatementError

from storage import units
from storage.database import Store, Unavailable, open_engine, reading, transaction
from storage.records import fold
from storage.tables import UtcDateTime, inbox, members, pauses
from storage.tables import units as unit_table

AT = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)
counter = Table("counter", MetaData(), Column("id", Integer, primary_key=True), Column("n", Integer, nullable=False))


@pytest.fixture
def counting(engine: Engine) -> Engine:
    """The engine with a counter that stands at 0."""
    with transaction(engine) as connection:
        counter.create(connection)
        connection.execute(insert(counter).values(id=1, n=0))
    return engine


@pytest.fixture
async def store(counting: Engine) -> AsyncIterator[Store]:
    made = Store(counting)
    yield made
    await asyncio.to_thread(made.close)


def read_then_add_one(connection: Connection) -> int:
    """The pattern that loses updates wherever two transactions may read the same value."""
    n = connection.execute(select(counter.c.n)).scalar_one()
    connection.execute(update(counter).values(n=n + 1))
    return int(n) + 1


def count(connection: Connection) -> int:
    return int(connection.execute(select(counter.c.n)).scalar_one())


def unit_names(connection: Connection) -> set[str]:
    return {unit.name for unit in units.every(connection).values()}


def adds(name: str) -> Callable[[Connection], int]:
    return lambda connection: units.add(connection, name)


class Door:
    """Work that stands in the writer's way until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self, connection: Connection) -> int:
        self.entered.set()
        self.opened.wait()
        return units.add(connection, "Door")

    async def open(self) -> None:
        self.opened.set()


# Instants


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_an_instant_without_a_zone_is_refused_by_every_database(name: str) -> None:
    dialect = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}[name]
    with pytest.raises(ValueError, match="needs a time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 12, 7, 9, 0), dialect)  # noqa: DTZ001


def test_an_instant_without_a_zone_is_not_stored(engine: Engine) -> None:
    naive = datetime(2026, 12, 7, 9, 0)  # noqa: DTZ001
    with pytest.raises(StatementError, match="needs a time zone"), transaction(engine) as connection:
        connection.execute(insert(pauses).values(address=1, until=naive))
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(pauses)).scalar_one() == 0


@pytest.mark.parametrize(
    "instant",
    [
        AT,
        datetime(2026, 12, 7, 9, 0, 0, 123456, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")),
        datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Warsaw"), fold=1),
        datetime(2026, 1, 1, 5, 45, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
def test_an_instant_of_any_zone_comes_back_as_the_same_instant_in_utc(engine: Engine, instant: datetime) -> None:
    with transaction(engine) as connection:
        connection.execute(insert(pauses).values(address=1, until=instant))
    with reading(engine) as connection:
        back = connection.execute(select(pauses.c.until)).scalar_one()
    assert back == instant.astimezone(UTC)
    assert back.utcoffset() == timedelta(0)


COLUMN = UtcDateTime().dialect_impl(sqlite.dialect())


@settings(deadline=None)  # the first look at all time zones is slow
@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.timezones())  # noqa: DTZ001
)
def test_no_instant_changes_on_its_way_through_sqlite(instant: datetime) -> None:
    stored = _stored(instant)
    assert isinstance(stored, str)
    read = UtcDateTime().result_processor(sqlite.dialect(), None)(stored)
    assert (read, read.utcoffset()) == (instant.astimezone(UTC), timedelta())


def test_no_instant_at_all_stays_none() -> None:
    assert _stored(None) is None
    assert UtcDateTime().result_processor(sqlite.dialect(), None)(None) is None


def test_an_instant_of_postgresql_is_read_in_utc_whatever_the_zone_of_its_session() -> None:
    read = UtcDateTime().result_processor(postgresql.dialect(), None)
    found = read(AT.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")))
    assert (found, found.utcoffset(), read(None)) == (AT, timedelta(), None)


def _stored(instant: datetime | None) -> Any:
    bind = UtcDateTime().dialect_impl(sqlite.dialect()).bind_processor(sqlite.dialect())
    assert bind is not None
    return bind(instant)


def test_instants_of_different_zones_are_compared_as_instants(engine: Engine) -> None:
    early = datetime(2026, 12, 7, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))  # 02:00 UTC
    late = datetime(2026, 12, 7, 4, 0, tzinfo=ZoneInfo("Europe/Warsaw"))  # 03:00 UTC
    with transaction(engine) as connection:
        connection.execute(insert(pauses), [{"address": 1, "until": late}, {"address": 2, "until": early}])
        order = connection.execute(select(pauses.c.address).order_by(pauses.c.until)).scalars().all()
        before = connection.execute(select(pauses.c.address).where(pauses.c.until < late)).scalars().all()
    assert order == [2, 1]
    assert before == [2]


# The engine


@pytest.mark.parametrize(("pragma", "value"), [("foreign_keys", 1), ("synchronous", 2), ("journal_mode", "wal")])
@pytest.mark.only("sqlite", "pragmas")
def test_every_connection_keeps_what_was_promised(engine: Engine, pragma: str, value: object) -> None:
    with reading(engine) as first, reading(engine) as second, transaction(engine) as third:
        for connection in (first, second, third):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


@pytest.mark.only("postgres", "settings of that server")
def test_no_commit_is_promised_before_it_is_on_the_disk_however_the_server_is_set(engine: Engine) -> None:
    careless = engine.url.update_query_dict({"options": "-c synchronous_commit=off"})
    opened = open_engine(careless.render_as_string(hide_password=False))
    with transaction(opened) as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "7s"
    opened.dispose()


@pytest.mark.only("postgres", "SQLite has no connection to lose")
async def test_a_connection_that_breaks_undoes_the_work_and_says_unavailable(store: Store) -> None:
    def falls(connection: Connection) -> None:
        read_then_add_one(connection)
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Unavailable):
        await store.write(falls)
    assert await store.write(read_then_add_one) == 1


def test_a_row_cannot_refer_to_a_row_that_does_not_exist(engine: Engine) -> None:
    orphan = insert(members).values(name="Nobody", folded="nobody", unit_id=4711, language="en")
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), transaction(engine) as connection:
        connection.execute(orphan)


def test_a_transaction_that_fails_stores_nothing(engine: Engine) -> None:
    def fails(connection: Connection) -> None:
        units.add(connection, "Unit A")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction(engine) as connection:
        fails(connection)
    with reading(engine) as connection:
        assert unit_names(connection) == set()


def test_a_reader_sees_one_moment_however_much_is_written_meanwhile(counting: Engine) -> None:
    with reading(counting) as reader:
        assert count(reader) == 0
        with transaction(counting) as writer:
            read_then_add_one(writer)
        assert count(reader) == 0
    with reading(counting) as later:
        assert count(later) == 1


def test_a_second_writer_waits_before_it_reads(counting: Engine) -> None:
    seen: list[int] = []

    def second() -> None:
        with transaction(counting) as connection:
            seen.append(read_then_add_one(connection))

    thread = threading.Thread(target=second)
    with transaction(counting) as first:
        read_then_add_one(first)
        thread.start()
    thread.join()
    assert seen == [2]


def test_two_hundred_updates_from_eight_threads_lose_nothing(counting: Engine) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(25):
                with transaction(counting) as connection:
                    read_then_add_one(connection)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with reading(counting) as connection:
        assert count(connection) == 200


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgresql://bot:secret@db/dondoc", "postgresql+psycopg"),
        ("postgres://bot:secret@db/dondoc", "postgresql+psycopg"),
    ],
)
def test_a_postgresql_address_gets_the_driver_that_is_installed(url: str, driver: str) -> None:
    engine = open_engine(url)
    try:
        assert engine.url.drivername == driver
        assert "secret" not in str(engine.url)
    finally:
        engine.dispose()


# The Store


async def test_two_hundred_concurrent_updates_lose_nothing(store: Store) -> None:
    answers = await asyncio.gather(*(store.write(read_then_add_one) for _ in range(200)))
    assert sorted(answers) == list(range(1, 201))
    assert await store.read(count) == 200


async def test_two_stores_on_one_file_lose_nothing_either(store: Store) -> None:
    other = Store(open_engine(str(store.engine.url)))
    await asyncio.gather(*(one.write(read_then_add_one) for _ in range(100) for one in (store, other)))
    await asyncio.to_thread(other.close)
    assert await store.read(count) == 200


async def test_what_was_written_is_committed_when_the_answer_comes(store: Store) -> None:
    await store.write(adds("Unit A"))
    other = open_engine(str(store.engine.url))
    with reading(other) as connection:
        assert unit_names(connection) == {"Unit A"}
    other.dispose()


async def test_work_that_fails_does_not_undo_its_neighbours(store: Store) -> None:
    door, shared = Door(), set()

    def fails(connection: Connection) -> None:
        shared.add(connection)
        units.add(connection, "Never")
        raise ZeroDivisionError

    def works(name: str) -> Callable[[Connection], int]:
        def work(connection: Connection) -> int:
            shared.add(connection)
            return units.add(connection, name)

        return work

    held = asyncio.create_task(store.write(door))
    await asyncio.to_thread(door.entered.wait)
    orders = (store.write(works("Before")), store.write(fails), store.write(works("After")), door.open())
    before, failed, after, _ = await asyncio.gather(*orders, return_exceptions=True)
    await held
    assert len(shared) == 1, "the three were not one group: this test has shown nothing"
    assert isinstance(failed, ZeroDivisionError)
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert await store.read(unit_names) == {"Door", "Before", "After"}


async def test_a_row_the_database_refuses_does_not_undo_its_neighbours(store: Store) -> None:
    door = Door()
    held = asyncio.create_task(store.write(door))
    await asyncio.to_thread(door.entered.wait)
    orders = (store.write(adds("Unit A")), store.write(adds("Unit A")), store.write(adds("Unit B")), door.open())
    first, second, third, _ = await asyncio.gather(*orders, return_exceptions=True)
    await held
    assert isinstance(first, int)
    assert isinstance(second, IntegrityError)
    assert isinstance(third, int)
    assert await store.read(unit_names) == {"Door", "Unit A", "Unit B"}


async def test_more_waiting_work_than_fits_a_group_is_all_done_in_order(store: Store) -> None:
    door, done = Door(), []

    def numbered(number: int) -> Callable[[Connection], None]:
        return lambda connection: done.append(number)

    held = asyncio.create_task(store.write(door))
    await asyncio.to_thread(door.entered.wait)
    await asyncio.gather(*(store.write(numbered(number)) for number in range(50)), door.open())
    await held
    assert done == list(range(50))


@pytest.mark.parametrize("way", ["read", "write"])
async def test_an_exception_reaches_whoever_asked_and_nobody_else(store: Store, way: str) -> None:
    def fails(connection: Connection) -> None:
        raise LookupError(way)

    with pytest.raises(LookupError, match=way):
        await getattr(store, way)(fails)
    assert await getattr(store, way)(count) == 0


async def test_work_whose_asker_has_gone_is_still_done(store: Store) -> None:
    door = Door()
    asker = asyncio.create_task(store.write(door))
    await asyncio.to_thread(door.entered.wait)
    asker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asker
    door.opened.set()
    await store.write(adds("Next"))
    assert await store.read(unit_names) == {"Door", "Next"}


async def test_waiting_work_whose_asker_has_gone_is_still_done(store: Store) -> None:
    door = Door()
    held = asyncio.create_task(store.write(door))
    await asyncio.to_thread(door.entered.wait)
    asker = asyncio.create_task(store.write(adds("Waiting")))

    async def go_away() -> None:
        asker.cancel()
        door.opened.set()

    await asyncio.gather(asker, go_away(), return_exceptions=True)
    assert asker.cancelled()
    await held
    await store.write(adds("Next"))
    assert await store.read(unit_names) == {"Door", "Waiting", "Next"}


async def test_closing_finishes_what_was_ordered(counting: Engine) -> None:
    store, door = Store(counting), Door()
    held = asyncio.create_task(store.write(door))
    await asyncio.to_thread(door.entered.wait)
    orders = [asyncio.create_task(store.write(adds(f"Unit {number}"))) for number in range(40)]

    def close_and_look() -> set[str]:
        store.close()
        with reading(counting) as connection:
            return unit_names(connection)

    _, stored = await asyncio.gather(door.open(), asyncio.to_thread(close_and_look))
    assert stored == {"Door", *(f"Unit {number}" for number in range(40))}
    await asyncio.gather(held, *orders)


async def test_readers_see_whole_transactions_only(store: Store) -> None:
    """Each writer adds a unit and its twin; a reader that looks twice never sees one without the other."""

    def pair(number: int) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            units.add(connection, f"Left {number}")
            units.add(connection, f"Right {number}")

        return work

    def look(connection: Connection) -> tuple[int, int]:
        query = select(func.count()).select_from(unit_table)
        left, right = (
            connection.execute(query.where(unit_table.c.folded.startswith(fold(side)))).scalar_one()
            for side in ("Left", "Right")
        )
        return left, right

    work = [order for number in range(60) for order in (store.write(pair(number)), store.read(look))]
    seen = [answer for answer in await asyncio.gather(*work) if answer is not None]
    assert len(seen) == 60
    assert [pair for pair in seen if pair[0] != pair[1]] == []


async def test_reading_goes_on_while_a_writer_is_busy(store: Store) -> None:
    door = Door()
    held = asyncio.create_task(store.write(door))
    await asyncio.to_thread(door.entered.wait)
    assert await store.read(unit_names) == set()
    door.opened.set()
    await held
    assert await store.read(unit_names) == {"Door"}


def test_an_error_does_not_repeat_what_somebody_wrote(engine: Engine) -> None:
    twice = {"id": 7, "payload": {"text": "in confidence"}, "received_at": AT}
    with pytest.raises(IntegrityError) as said, transaction(engine) as connection:
        connection.execute(insert(inbox).values([twice, twice]))
    assert "in confidence" not in str(said.value)
