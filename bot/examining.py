"""Is the file of the database whole? A small one is read before the bot starts, a large one while it runs."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Damaged, examine
from storage.migrate import is_current

log = logging.getLogger(__name__)

SMALL = 64 * 1024 * 1024  # bytes that are read in a fraction of a second: nobody waits for the whole history at a start


class Examination:
    """Reads the whole file once. What it finds while the bot runs ends the bot (`App.broken`)."""

    def __init__(self, engine: Engine, small: int = SMALL) -> None:
        """Up to `small` bytes, and before the schema changes, at once: raises Damaged, and nothing was written."""
        self._engine = engine
        self._rest: threading.Thread | None = None
        self.problem: str | None = None
        if _size(engine) <= small or not is_current(engine):
            examine(engine)
        else:  # a daemon: the end of the bot does not wait for it
            self._rest = threading.Thread(target=self._examine, name="examine", daemon=True)

    def begin(self) -> None:
        """Read what has not been read yet, beside everything else."""
        if self._rest is not None:
            self._rest.start()

    def wait(self) -> None:
        """Until all is read."""
        if self._rest is not None:
            self._rest.join()

    def _examine(self) -> None:
        try:
            examine(self._engine)
        except Damaged as error:
            log.critical("the database file is damaged (%s): put a backup in its place", error)
            self.problem = str(error)
        except SQLAlchemyError as error:  # locked, or gone: the rounds that need it say so
            log.warning("the database file could not be examined: %s", error)


def _size(engine: Engine) -> int:
    """Bytes of a SQLite file; 0 where there is none."""
    file = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else Path()
    return file.stat().st_size if file.is_file() else 0
