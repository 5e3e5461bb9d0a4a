"""How often Python looks for garbage: by its own rules a fifth of the time in which letters leave goes there."""

from __future__ import annotations

import gc

YOUNG = 50_000  # new objects before a look at them; the letters on their way are more than Python's 700


def settle() -> None:
    """Leave what is there, the program itself, out of every later look. Once for the process, when all is imported."""
    gc.freeze()
    gc.set_threshold(YOUNG)
