"""Work on many rows at once that one bad row must not stop.

The others get the same letters as if it were not there: the guilty are looked for by halves, all of that is undone, and
the rest is done in one. The guilty are tried again later, for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from storage import put_off as waits
from storage.database import raise_failure

log = logging.getLogger(__name__)

LATER = timedelta(hours=1)  # whoever mends a row waits no longer than this, and a bad one costs little

Work = Callable[[Sequence[int]], object]  # on the rows with these ids
PutOff = Callable[[Connection, int, datetime], None]  # lets a row wait until then
Heard = Callable[[str], None]  # is told of every failure what kind of row it was


def unheard(_what: str) -> None:
    """Nobody counts."""


def spare(
    connection: Connection,
    what: str,
    ids: Sequence[int],
    work: Work,
    put_off: PutOff,
    now: datetime,
    heard: Heard = unheard,
) -> None:
    """Do `work` on these rows; those with which it fails are put off, and the others notice nothing of it.

    Nobody is put off because the database failed: that is raised.
    """
    found = _tried(connection, ids, work)
    if found is None:
        return
    guilty = _guilty(connection, ids, work, found)
    rest = [key for key in ids if key not in guilty]
    if rest:
        spare(connection, what, rest, work, put_off, now, heard)
    for key, error in guilty.items():
        log.error("%s %d could not be planned and waits for an hour", what, key, exc_info=error)
        put_off(connection, key, now + LATER)
        waits.note(connection, what, key, now, now + LATER)
        heard(what)


def _guilty(connection: Connection, ids: Sequence[int], work: Work, error: Exception) -> dict[int, Exception]:
    """With which of these the work fails, and how; the last one if it fails with all of them together only."""
    if len(ids) == 1:
        return {ids[0]: error}
    found: dict[int, Exception] = {}
    for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
        wrong = _tried(connection, half, work, keep=False)
        if wrong is not None:
            found |= _guilty(connection, half, work, wrong)
    return found or {ids[-1]: error}


def _tried(connection: Connection, ids: Sequence[int], work: Work, *, keep: bool = True) -> Exception | None:
    """Do the work in a savepoint; why it could not be done, and then nothing of it was."""
    try:
        with connection.begin_nested() as savepoint:
            work(ids)
            if not keep:
                savepoint.rollback()
    except Exception as error:
        raise_failure(error)
        return error
    return None
