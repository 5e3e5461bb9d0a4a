"""`dondoc backup` and `dondoc resume`: a copy that is whole, and what happens after one was put back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from bot import planning, seen, shell
from bot.actions import agendas
from bot.office import Office
from handlers.views.texts import Texts
from storage import marks, outbox
from storage.database import transaction

RESTORED = "restored"  # the reason with which letters of an older copy are closed


def backup(engine: Engine, folder: Path, now: datetime, t: Texts) -> str:
    """Copy a SQLite database while it is in use; the line that says where. Raises Failed, and leaves nothing half."""
    if engine.dialect.name != "sqlite":
        raise shell.Failed(t.plain("cli.backup.postgres"))
    target = folder / f"dondoc-{now:%Y%m%d-%H%M%S}Z.db"
    half = target.with_suffix(".half")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _copy(str(engine.url.database), half)
        half.replace(target)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise shell.Failed(t.plain("cli.backup.failed", folder=folder, reason=reason)) from None
    return t.plain("cli.backup.done", file=target)


def _copy(source: str, half: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(half)) as there:
        here.backup(there)
        there.execute("PRAGMA journal_mode=DELETE")  # one file that can be copied on as it is
        found = [row[0] for row in there.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        raise sqlite3.DatabaseError(found[0])
    descriptor = os.open(half, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def resume(engine: Engine, office: Office, now: datetime, t: Texts, *, drop: bool) -> str:
    """Let a bot on an older copy speak again; with `drop`, without what became due before now."""
    with transaction(engine) as connection:
        if not marks.drop(connection, marks.HELD):
            return t.plain("cli.resume.nothing")
        if (note := seen.note_of(engine)) is not None:
            seen.write(connection, note)  # this copy counts from now on
        if not drop:
            return t.plain("cli.resume.released", n=outbox.waiting(connection))
        planning.summarise(connection, office, now)
        closed = outbox.drop_waiting(connection, now, RESTORED)
        agendas.pass_over(connection, office, now)
        passed = 0
        while looked_at := planning.pass_over(connection, office, now):
            passed += looked_at
        return t.plain("cli.resume.dropped", n=closed, tasks=passed)
