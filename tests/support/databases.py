"""Where a test keeps its data: SQLite in a file of its own, or PostgreSQL in a database of its own."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import psycopg
from sqlalchemy import Connection, text

from storage.database import open_engine
from storage.migrate import migrate
from storage.tables import metadata
from tests.support.postgres import Server

SQLITE, POSTGRES = "sqlite", "postgres"
TEMPLATE, BARE = "migrated", "template0"


# Making a database copies a thousand files; emptying one takes 5 ms. So a worker has a few and empties them. One
# whose schema was touched (a guard taken away, a table made or renamed) is not used again.
SCHEMA = """
    SELECT (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O' AND NOT tgisinternal),
           (SELECT md5(string_agg(relname || '.' || attname, ' ' ORDER BY relname, attname))
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped),
           (SELECT max(version_num) FROM alembic_version)
"""
ALONE = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"


class Databases:
    """The databases of the test that runs now. One for each worker, because a worker runs one test at a time."""

    def __init__(self) -> None:
        self.kind = SQLITE
        self._file = b""
        self._server: Server | None = None
        self._schema: object = None
        self._made: dict[tuple[Path, str], str] = {}
        self._free: list[str] = []
        self._numbers = itertools.count(1)

    def url(self, folder: Path, name: str, *, migrated: bool = True) -> str:
        """The database of that name that belongs to the folder; the same one whenever it is asked for."""
        if self.kind == SQLITE:
            path = folder / f"{name}.db"
            if migrated and folder.is_dir() and not path.exists():
                path.write_bytes(self.file)
            return f"sqlite:///{path}"
        if (folder, name) not in self._made:
            self._made[folder, name] = self._take() if migrated else self._make(BARE)
        return self.server.url(self._made[folder, name])

    @property
    def file(self) -> bytes:
        """A migrated file of SQLite without a row; twenty migrations take longer than most tests."""
        if not self._file:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"{TEMPLATE}.db"
                engine = open_engine(f"sqlite:///{path}")
                migrate(engine)
                engine.dispose()
                self._file = path.read_bytes()
        return self._file

    @property
    def server(self) -> Server:
        """The PostgreSQL of this worker, started when it is first needed."""
        if self._server is None:
            self._server = Server()
            engine = open_engine(self._server.create(TEMPLATE))
            migrate(engine)
            engine.dispose()
            with psycopg.connect(self._server.url(TEMPLATE)) as connection:
                self._schema = connection.execute(SCHEMA).fetchone()
        return self._server

    def begin(self, kind: str) -> None:
        """A test begins that wants this kind."""
        self.kind = kind

    def end(self) -> None:
        """The test has ended: forget what its databases hold."""
        for name in self._made.values():
            if name.startswith(TEMPLATE) and self._empty(name):
                self._free.append(name)
            else:
                self.server.drop(name)
        self._made.clear()

    def close(self) -> None:
        """No more tests."""
        if self._server is not None:
            self._server.stop()

    def _take(self) -> str:
        return self._free.pop() if self._free else self._make(TEMPLATE)

    def _make(self, template: str) -> str:
        server, name = self.server, f"{template}{next(self._numbers)}"
        server.create(name, template)
        return name

    def _empty(self, name: str) -> bool:
        """Remove every row and begin to count anew; False for a database that is not like the template."""
        with psycopg.connect(self.server.url(name), autocommit=True) as connection:
            connection.execute(ALONE, [connection.info.backend_pid])
            if connection.execute(SCHEMA).fetchone() != self._schema:
                return False
            tables = [table.name for table in metadata.sorted_tables]
            numbers = connection.execute("SELECT sequencename FROM pg_sequences").fetchall()
            statements = [
                "SET session_replication_role = replica",  # neither guards nor references
                *(f"DELETE FROM {table}" for table in tables),
                "INSERT INTO history_head (id, hash, length) VALUES (1, '', 0)",
                *(f"SELECT setval('{number}', 1, false)" for (number,) in numbers),
            ]
            connection.execute("; ".join(statements))  # type: ignore[arg-type]
        return True


databases = Databases()


def unguard(connection: Connection) -> None:
    """Take the guards of the history away, as somebody with the database in hand can."""
    if connection.dialect.name == "postgresql":
        for table in ("history", "history_head"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
    for name in names:
        connection.execute(text(f"DROP TRIGGER {name}"))
