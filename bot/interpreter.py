"""Where Python's own rules do not suit a bot: how often it looks for garbage, and how long a thread keeps its turn."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 50_000  # new objects before a look at them; the letters on their way are more than Python's 700
# Seconds: a thread of the database waits so long for a busy loop after each of its answers; by default 0.005.
TURN = 0.001


@contextmanager
def loading() -> Iterator[None]:
    """Modules are loaded meanwhile: nothing of them is garbage, and to look for it takes an eighth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """Leave what is there, the program itself, out of every later look. Once for the process, when all is imported."""
    gc.freeze()
    gc.set_threshold(YOUNG)
    sys.setswitchinterval(TURN)
