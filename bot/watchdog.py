"""A thread that ends the program when the event loop no longer turns: whoever hangs cannot say so any more."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress

log = logging.getLogger(__name__)

STATUS = 70  # exit status: "internal software error" in sysexits.h
EVERY = 5.0  # seconds between two questions
PATIENCE = 12  # unanswered questions; counted, not timed: a suspended machine must not look like a hanging program


class Watchdog:
    """Asks the loop again and again whether it still turns; calls `end` with the exit status when it does not."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        end: Callable[[int], object] = os._exit,
        every: float = EVERY,
        patience: int = PATIENCE,
    ) -> None:
        self._loop = loop
        self._end = end
        self._every = every
        self._patience = patience
        self._answered = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Watch from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Do not watch any more."""
        self._stopped.set()

    def _watch(self) -> None:
        missed = 0
        while not self._stopped.is_set():
            self._answered.clear()
            with suppress(RuntimeError):  # the loop is closed: an answer will not come
                self._loop.call_soon_threadsafe(self._answered.set)
            self._stopped.wait(self._every)
            missed = 0 if self._answered.is_set() else missed + 1
            if missed >= self._patience and not self._stopped.is_set():
                log.critical("the event loop hangs: ending, so that a supervisor starts the bot anew")
                with suppress(OSError, ValueError):  # stderr is gone or has no number
                    faulthandler.dump_traceback()
                self._end(STATUS)
                return


def end_at_the_latest(end: Callable[[int], object] = os._exit, seconds: float = 60.0) -> None:
    """The program is about to end; if something keeps it from doing so, end it all the same."""
    last = threading.Timer(seconds, end, (STATUS,))
    last.daemon = True
    last.start()
