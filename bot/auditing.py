"""`dondoc audit verify`: the history read again, in words for an operator or inspector."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine

from handlers.views.texts import Texts
from storage import audit
from storage.database import reading
from storage.records import Breach, ChainHead


def verify(engine: Engine, heads: Iterable[ChainHead], t: Texts) -> tuple[bool, str]:
    """Whether the history stands as it was written, also against heads printed earlier, and the line that says so."""
    with reading(engine) as connection:
        report = audit.verify(connection, heads)
    if report.problem is not None:
        return False, t.plain("cli.audit.broken", n=report.rows, text=describe(report.problem, t))
    return True, t.plain("cli.audit.whole", n=report.rows, erased=report.erased, head=report.head.printed)


def describe(problem: Breach, t: Texts) -> str:
    """What was done to the history, and where."""
    return t.plain(f"cli.audit.{problem.harm}", position=problem.position, id=problem.row_id)
