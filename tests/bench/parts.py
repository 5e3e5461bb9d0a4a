"""What a letter costs part by part, without Telegram: `python -m tests.bench.parts [LETTERS]`.

Microseconds of the processor for each letter of a round, the best of several rounds, on SQLite.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import process_time
from typing import TypeVar

from bot import doorstep, interpreter
from bot.actions import gathering
from bot.app import office_of
from bot.doorstep import Found, Ready
from handlers.views.letters import letter
from storage import outbox
from storage.database import open_engine, reading, transaction
from storage.records import Letter
from tests.bench import office

LETTERS = 250  # as many as the courier has under way with the limits lifted
TIMES = 7
LEASE = timedelta(minutes=2)

T = TypeVar("T")


def best(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of the processor of the fastest time, and what the work gave."""
    took, result = [], None
    for _ in range(TIMES):
        begun = process_time()
        result = work()
        took.append(process_time() - begun)
    assert result is not None
    return min(took), result


def measure(letters: int) -> dict[str, float]:
    """Seconds of the processor for all letters together, by part."""
    interpreter.settle()
    with tempfile.TemporaryDirectory() as folder:
        database = office.sqlite(Path(folder) / "parts.db")
        office.fill(database, letters)
        whole, engine = office_of(office.settings("http://127.0.0.1:9", database)), open_engine(database)

        def lease() -> tuple[Letter, ...]:
            with transaction(engine) as c:
                outbox.release_all(c)
                leased = outbox.lease(c, office.NOON, office.NOON + LEASE, letters)
                return gathering.gather(c, whole, leased, office.NOON, office.NOON + LEASE)

        def look() -> list[Found]:
            with reading(engine) as c:
                return doorstep.look(c, whole, leased, office.NOON)

        def words() -> int:
            return sum(len(letter(one.notice, one.facts).text) for one in found if isinstance(one, Ready))

        def body() -> int:
            made = [letter(one.notice, one.facts) for one in found if isinstance(one, Ready)]
            return sum(len(json.dumps({"text": m.text, "markup": m.keyboard and m.keyboard.raw()})) for m in made)

        took = {}
        took["lease"], leased = best(lease)
        took["look at the door"], found = best(look)
        took["words and buttons"], _ = best(words)
        took["the same as JSON"] = best(body)[0] - took["words and buttons"]
        engine.dispose()
    return took


def main() -> None:
    """Print them."""
    letters = int((*sys.argv[1:], str(LETTERS))[0])
    for part, seconds in measure(letters).items():
        print(f"{part:18} {seconds / letters * 1e6:6.0f} us")


if __name__ == "__main__":
    main()
