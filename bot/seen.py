"""A note beside the database file: how far the history had come. A database that lacks it is an older copy.

Only for SQLite, where a backup is put back by copying a file: the note stays where it is. It holds the end of the
history as summaries print it, no personal data.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine

from storage import history
from storage.chain import BadHead, read_head

ENDING = ".seen"


def note_of(engine: Engine) -> Path | None:
    """Where the note of this database lies; None for one without a file of its own."""
    name = engine.url.database if engine.dialect.name == "sqlite" else None
    return Path(f"{name}{ENDING}") if name and name != ":memory:" else None


def is_older_copy(connection: Connection, note: Path) -> bool:
    """Whether the database lacks what the note says it once had. A note that is missing or spoilt says nothing."""
    try:
        known = read_head(note.read_text(encoding="ascii"))
    except (OSError, ValueError, BadHead):
        return False
    return not history.holds(connection, known)


def write(connection: Connection, note: Path) -> None:
    """Note how far the history has come; in one step, so that a crash leaves the old note or the new one."""
    text = history.head(connection).printed
    if note.exists() and note.read_text(encoding="ascii", errors="replace") == text:
        return
    fresh = note.with_name(f"{note.name}.new")
    fresh.write_text(text, encoding="ascii")
    fresh.replace(note)
