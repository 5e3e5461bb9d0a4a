"""The engine, its transactions, and the bridge from the event loop to them.

Measured: SQLAlchemy's defaults on SQLite lost 159 of 200 concurrent updates without an error; explicit
BEGIN IMMEDIATE on one writer thread lost none and, with waiting transactions committed as a group, was
the fastest. PostgreSQL's READ COMMITTED lost 179 of 600. So both work alike: one transaction writes at a time,
over all processes; on PostgreSQL it holds an advisory lock until it ends. What reads and then writes is safe as it
stands. Readers wait for nobody. Work is a plain function that takes a connection and returns frozen records.
"""

from __future__ import annotations

import asyncio
import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, InterfaceError, InternalError, OperationalError, PendingRollbackError

log = logging.getLogger(__name__)

T = TypeVar("T")


class Unavailable(Exception):
    """The database cannot be reached, has gone away, or is full just now: try again later."""


Work = Callable[[Connection], T]

GROUP = 16  # waiting transactions that share one commit; more would only make the first ones wait longer
READERS = 4
READ_ONLY = ("readonly database", "unable to open")  # what SQLite says where it may not write
DAMAGED = ("malformed", "not a database")  # what it says of a file that is not whole
PASSING = ("locked", "full", "disk I/O", *READ_ONLY)  # and all that may be better later
WRITERS = 7_301_902  # the advisory lock of whoever writes; an arbitrary number of our own
# Milliseconds without a word from the process inside its transaction. Whoever takes over from one that stands still
# there waits so long before it listens, and 10 s are promised.
LONGEST_TURN = 7_000
# Seconds to connect; a server that has vanished is noticed after 20 s, not after the quarter of an hour of TCP.
PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}


def open_engine(url: str) -> Engine:
    """An engine for a `sqlite:///file` or `postgresql://…` URL, set up so that no update is lost."""
    parsed = make_url(url)
    # Errors are logged, and what people write is among the parameters.
    speech: dict[str, Any] = {"json_deserializer": _from_json, "hide_parameters": True}
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        address = parsed.set(drivername="postgresql+psycopg")
        pool = {"pool_pre_ping": True, "pool_size": READERS + 1}
        engine = create_engine(address, **pool, connect_args=PATIENCE, **speech)
        event.listen(engine, "begin", _begin_postgresql)
        return engine
    patience = {"check_same_thread": False, "timeout": 10}
    engine = create_engine(parsed, connect_args=patience, **speech)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _give_up_what_cannot_write)
    return engine


def _from_json(text: str | bytes) -> Any:
    """Most titles in other languages are none: a summary reads tens of thousands of them. PostgreSQL gives bytes.

    Damaged text is taken for an empty object: what needs its content fails alone, not everything that reads the table.
    """
    if text in ("{}", b"{}"):
        return {}
    with suppress(ValueError):
        return json.loads(text)
    log.error("a value in the database is no JSON")
    return {}


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _give_up_what_cannot_write(context: ExceptionContext) -> None:
    """A connection that was opened while the file was read-only stays so: another one may write."""
    if "readonly database" in str(context.original_exception):
        context.is_disconnect = True


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    """Wait for the turn to write. Who stands still in that turn loses it, and what was written."""
    if connection.get_execution_options().get("writes", False):
        patience = f"set_config('idle_in_transaction_session_timeout', '{LONGEST_TURN}', true)"
        # What is promised is on the disk, also where the server is set to be careless: a crash takes back no commit.
        off = "current_setting('synchronous_commit') = 'off'"
        kept = f"CASE WHEN {off} THEN set_config('synchronous_commit', 'on', true) END"
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS}), {patience}, {kept}")


class Damaged(Exception):
    """The file of the database is not whole; the text is what SQLite found first."""


def examine(engine: Engine) -> None:
    """Raise Damaged when SQLite finds its file broken. Nothing is written."""
    if engine.dialect.name != "sqlite":
        return
    with reading(engine) as connection:
        found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    if found != "ok":
        raise Damaged(" ".join(found.split()))


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One writing transaction: committed at the end of the block, rolled back on any exception."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One reading transaction: a consistent picture of one moment."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@dataclass(frozen=True, slots=True)
class _Order:
    work: Work[Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop

    def answer(self, result: Any = None, error: BaseException | None = None) -> None:
        def tell() -> None:
            if self.future.done():  # whoever asked has gone; the work is done all the same
                return
            if error is None:
                self.future.set_result(result)
            else:
                self.future.set_exception(error)

        with suppress(RuntimeError):  # the loop has closed meanwhile: nobody is left to be told
            self.loop.call_soon_threadsafe(tell)


class Store:
    """Runs work on the database without blocking the event loop."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self._closed = False
        self.damage: str | None = None  # what SQLite said when it met a part of its file that is not whole
        event.listen(engine, "handle_error", self._note_damage)
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._in_hand: list[_Order] = []
        self._ended = False
        self._writer = threading.Thread(target=self._serve, name="store-write", daemon=True)
        self._writer.start()

    @property
    def writes(self) -> bool:
        """Whether there is a writer; once it has ended it never comes back, and a new process is needed."""
        return not self._ended

    def _note_damage(self, context: ExceptionContext) -> None:
        said = str(context.original_exception)
        if self.damage is None and any(words in said for words in DAMAGED):
            log.critical("the database file is damaged (%s): put a backup in its place", said)
            self.damage = said

    async def read(self, work: Work[T]) -> T:
        """Run `work` in a reading transaction and return what it returns."""

        def job() -> T:
            try:
                with reading(self.engine) as connection:
                    return work(connection)
            except Exception as error:
                raise _told(error) from error

        return await asyncio.get_running_loop().run_in_executor(self._readers, job)

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a writing transaction; returns after the commit, or raises what `work` raised.

        Raises `Unavailable` when the connection broke or the writer has ended. Nothing was committed then, unless it
        broke during the commit itself: repeat only what does nothing the second time.
        """
        if self._closed:
            raise RuntimeError("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._orders.put(_Order(work, future, loop))
        if self._ended:
            self._refuse_all()
        return await future

    def close(self) -> None:
        """Finish what was ordered, then let go of the database."""
        self._closed = True
        self._orders.put(None)
        self._writer.join(timeout=30)
        self._readers.shutdown(wait=True)
        self.engine.dispose()

    def _serve(self) -> None:
        """The life of the writer. Whoever still waits at its end is told so, instead of waiting for ever."""
        try:
            self._write_all()
        except BaseException:
            log.critical("the writer of the database has ended", exc_info=True)
        finally:
            self._ended = True
            self._refuse_all()

    def _refuse_all(self) -> None:
        waiting: list[_Order | None] = [*self._in_hand]
        with suppress(queue.Empty):
            while True:
                waiting.append(self._orders.get_nowait())
        for order in waiting:
            if order is not None:
                order.answer(error=Unavailable("the writer has ended"))

    def _write_all(self) -> None:
        while True:
            group = _take(self._orders)
            self._in_hand = [order for order in group if order is not None]
            self._write_group(self._in_hand)
            if None in group:
                return

    def _write_group(self, group: list[_Order]) -> None:
        if not group:
            return
        results: list[tuple[_Order, Any, BaseException | None]] = []
        try:
            with transaction(self.engine) as connection:
                if len(group) == 1:  # nobody to protect: two statements less
                    results = [(group[0], group[0].work(connection), None)]
                else:
                    results = [(order, *_attempt(connection, order.work)) for order in group]
        except BaseException as error:
            for order in group:
                order.answer(error=_told(error))
            return
        for order, result, failure in results:
            order.answer(result, failure)


def raise_failure(error: BaseException) -> None:
    """Raise what of the database itself lies behind an error, if anything does: then no row is to blame for it.

    Nothing more can be done in that transaction. It may lie behind another error: when SQLite has given up the
    transaction, going back to a savepoint fails too.
    """
    found: BaseException | None = error
    while found is not None:
        gone = isinstance(found, MemoryError | Unavailable | InternalError) or type(found) is DatabaseError
        if gone or isinstance(_told(found), Unavailable):
            raise found
        found = found.__cause__ or found.__context__


def _told(error: BaseException) -> BaseException:
    """Unavailable for what will pass; everything else as it is."""
    if not isinstance(error, OperationalError | InterfaceError | PendingRollbackError):
        return error
    said = str(error.orig if isinstance(error, OperationalError | InterfaceError) else error)
    # SQLite calls a missing table operational too; what PostgreSQL calls so is the connection or its resources.
    if "sqlite3" not in f"{type(getattr(error, 'orig', None))}" or any(word in said for word in PASSING):
        return Unavailable(said)
    return error


def _take(orders: queue.SimpleQueue[_Order | None]) -> list[_Order | None]:
    group = [orders.get()]
    while len(group) < GROUP and group[-1] is not None:
        try:
            group.append(orders.get_nowait())
        except queue.Empty:
            break
    return group


def _attempt(connection: Connection, work: Work[Any]) -> tuple[Any, BaseException | None]:
    """One member of the group inside its own savepoint: its failure must not undo its neighbours."""
    try:
        with connection.begin_nested():
            return work(connection), None
    except Exception as error:
        return None, error
