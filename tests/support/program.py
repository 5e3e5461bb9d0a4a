"""The program itself as a child process that is to end by itself, and a port for one that listens."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.world import TOKEN

ROOT = Path(__file__).parents[2]


def refused_start(database: Path, before: Callable[[], None]) -> str:
    """The one line with which `dondoc run` refuses to start on this SQLite file; the child calls `before` first."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DONDOC_")}
    environment |= {
        "DONDOC_TOKEN": TOKEN,
        "DONDOC_API_URL": "http://127.0.0.1:9",
        "DONDOC_DATABASE_URL": f"sqlite:///{database}",
        "DONDOC_LISTEN": "127.0.0.1:0",
        "LC_ALL": "C.UTF-8",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        env=environment,
        cwd=ROOT,
        preexec_fn=before,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    (line,) = [line for line in ended.stderr.splitlines() if line.startswith("dondoc:")]
    return line


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
