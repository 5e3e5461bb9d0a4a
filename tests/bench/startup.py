"""From nothing to the first poll, and the memory after that: `python -m tests.bench.startup`.

With the packages of `requirements.lock` only: httpx also loads click, rich and pygments where it finds them, and
here the tools of the tests have brought them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

from tests.bench.stub import TOKEN, stub

TIMES = 3
REST = 3.0  # seconds before the memory is read: a few ticks


def once(folder: Path) -> tuple[float, float]:
    """Seconds to the first poll and megabytes when idle."""
    (folder / "click.py").write_text("raise ImportError")
    with stub() as url:
        environment = {
            **os.environ,
            "PYTHONPATH": str(folder),
            "DONDOC_TOKEN": TOKEN,
            "DONDOC_API_URL": url,
            "DONDOC_DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
            "DONDOC_LISTEN": "127.0.0.1:0",
            "DONDOC_LOG_LEVEL": "ERROR",
        }
        begun = time.time()
        with subprocess.Popen([sys.executable, "-m", "bot", "run"], env=environment) as process:
            try:
                while not (polled := counted(url)["polled_at"]):
                    time.sleep(0.02)
                time.sleep(REST)
                pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
            finally:
                process.kill()
    return polled - begun, pages * 4096 / 1e6


def counted(url: str) -> dict[str, float]:
    """What the stub has seen."""
    with urllib.request.urlopen(f"{url}/bot/count") as answer:
        found: dict[str, float] = json.load(answer)["result"]
    return found


def measure() -> tuple[float, float]:
    """Medians of several starts on a database that is there already."""
    with tempfile.TemporaryDirectory() as name:
        once(Path(name))
        found = [once(Path(name)) for _ in range(TIMES)]
    return median(one[0] for one in found), median(one[1] for one in found)


def main() -> None:
    """Print both."""
    seconds, megabytes = measure()
    print(f"first poll after {seconds:.2f} s, {megabytes:.0f} MB when idle")


if __name__ == "__main__":
    main()
