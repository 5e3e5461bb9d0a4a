"""Which of several processes on one database listens: a lock that ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from storage.database import PATIENCE, Unavailable

LISTENER = 7_301_901  # the advisory lock of whoever listens; an arbitrary number of our own
SILENCE = "6s"  # PostgreSQL ends the session, and with it the lock, of a process that has stood still that long


class FileLock:
    """The lock of a SQLite database: a file beside it. The system lets go of it when the process ends, however."""

    def __init__(self, database: str | None) -> None:
        self._path = Path(f"{database}.lock") if database and database != ":memory:" else None
        self._file: int | None = None

    def take(self) -> bool:
        """Try once; whether the lock is held now. Raises Unavailable when the file cannot be made."""
        if self._path is None or self._file is not None:
            return True
        try:
            opened = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable(f"unable to open the lock: {error.strerror}") from None
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(opened)
            return False
        self._file = opened
        return True

    def holds(self) -> bool:
        """Whether the lock is held still."""
        return self._path is None or self._file is not None

    def release(self) -> None:
        """Let go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class SessionLock:
    """The lock of a PostgreSQL database: an advisory lock of a session of its own.

    `holds` must be called every few seconds: a session that says nothing is ended, and another process takes over.
    """

    def __init__(self, engine: Engine) -> None:
        patience = {**PATIENCE, "tcp_user_timeout": 4000, "application_name": f"dondoc {os.getpid()}"}
        self._engine = create_engine(
            engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=patience
        )
        self._session: Connection | None = None
        self._turn = threading.Lock()  # whoever asks may have lost patience with an earlier call

    def take(self) -> bool:
        """Try once; whether the lock is held now. Raises SQLAlchemyError when the database cannot be reached."""
        with self._turn:
            return self._session is not None or self._try()

    def _try(self) -> bool:
        session = self._engine.connect()
        try:
            session.execute(text(f"SET idle_session_timeout = '{SILENCE}'"))
            if session.execute(text(f"SELECT pg_try_advisory_lock({LISTENER})")).scalar_one():
                self._session = session
        finally:
            if self._session is None:
                session.close()
        return self._session is not None

    def holds(self) -> bool:
        """Ask the session; False once it has ended."""
        with self._turn:
            if self._session is None:
                return False
            try:
                self._session.execute(text("SELECT 1"))
            except SQLAlchemyError:
                self._let_go()
            return self._session is not None

    def release(self) -> None:
        """Let go at once; a session that is broken has let go by itself."""
        with self._turn:
            self._let_go()

    def _let_go(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(SQLAlchemyError):
                session.execute(text(f"SELECT pg_advisory_unlock({LISTENER})"))
            with suppress(SQLAlchemyError):
                session.close()


def listener_lock(engine: Engine) -> FileLock | SessionLock:
    """The lock that fits the database."""
    return FileLock(engine.url.database) if engine.dialect.name == "sqlite" else SessionLock(engine)
