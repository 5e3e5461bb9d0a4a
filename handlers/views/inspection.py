"""The inspection pack in words: plain rows of text under headings, for whoever writes them into a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from handlers.views.book import HASH, MOMENT, NAME, SHORT, WORDS, Sheet
from handlers.views.inspection_rows import Row, Rows
from handlers.views.reader import Reader
from storage.inspection import HistoryLine, Inspection
from storage.records import Request, RequestKind, RequestState

# The columns of each sheet, each with its width.
COLUMNS: dict[str, tuple[tuple[str, int], ...]] = {
    "overview": (("figure", WORDS), ("value", WORDS), ("altogether", NAME)),
    "tasks": (
        *(("code", SHORT), ("title", WORDS), ("source", NAME), ("issued", MOMENT), ("unit", NAME), ("owner", NAME)),
        *(("coordinators", NAME), ("assigner", NAME), ("leader", NAME), ("authority", NAME), ("product", NAME)),
        *(("difficulty", MOMENT), ("assigned", MOMENT), ("original_due", MOMENT), ("due", MOMENT), ("state", NAME)),
        *(("class", NAME), ("received", MOMENT), ("submitted", MOMENT), ("completed", MOMENT), ("days_late", SHORT)),
        *(("extensions", SHORT), ("hands", SHORT), ("urgings", SHORT), ("snoozes", SHORT), ("returns", SHORT)),
        *(("pieces", SHORT), ("explanation", WORDS)),
    ),
    "extensions": (
        *(("code", SHORT), ("number", SHORT), ("asked_at", MOMENT), ("asked_by", NAME), ("reason", WORDS)),
        *(("old_due", MOMENT), ("new_due", MOMENT), ("late_request", SHORT), ("decided_at", MOMENT)),
        *(("decided_by", NAME), ("decision", NAME), ("answer", WORDS), ("delay", SHORT)),
    ),
    "hands": (
        *(("code", SHORT), ("number", SHORT), ("decided_at", MOMENT), ("old_owner", NAME), ("new_owner", NAME)),
        *(("asked_by", NAME), ("asked_at", MOMENT), ("reason", WORDS), ("decided_by", NAME)),
    ),
    "requests": (
        *(("code", SHORT), ("number", SHORT), ("kind", NAME), ("asked_at", MOMENT), ("asked_by", NAME)),
        *(("reason", WORDS), ("proposal", WORDS), ("old_due", MOMENT), ("new_due", MOMENT), ("late_request", SHORT)),
        *(("old_owner", NAME), ("new_owner", NAME), ("decided_at", MOMENT), ("decided_by", NAME)),
        *(("decision", NAME), ("answer", WORDS), ("delay", SHORT)),
    ),
    "evidence": (
        *(("code", SHORT), ("at", MOMENT), ("by", NAME), ("kind", MOMENT), ("file", NAME), ("size", SHORT)),
        *(("sha256", HASH), ("link", WORDS), ("note", WORDS)),
    ),
    "explanations": (
        *(("code", SHORT), ("owner", NAME), ("missed_due", MOMENT), ("requested_at", MOMENT), ("answer_by", MOMENT)),
        *(("given_at", MOMENT), ("late_answer", SHORT), ("text", WORDS)),
    ),
    "history": (
        *(("code", SHORT), ("position", SHORT), ("at", MOMENT), ("by", NAME), ("what", WORDS), ("old", NAME)),
        *(("new", NAME), ("why", WORDS), ("hash", MOMENT)),
    ),
}


def sheets(found: Inspection, history: Iterable[HistoryLine], reader: Reader) -> Iterator[Sheet]:
    """All sheets in their order. The rows are made while they are read."""
    words = Rows(found, reader)
    rows: dict[str, Iterable[Row]] = {
        "overview": words.overview(),
        "tasks": map(words.task, found.tasks),
        "extensions": (words.extension(one) for one in found.requests if one.kind is RequestKind.EXTENSION),
        "hands": (words.hand(one) for one in found.requests if _changed_hands(one)),
        "requests": map(words.request, found.requests),
        "evidence": map(words.evidence, found.evidence),
        "explanations": map(words.explanation, found.explanations),
        "history": map(words.line, history),
    }
    t = reader.texts
    for number, (name, columns) in enumerate(COLUMNS.items(), 1):
        headings = tuple((t.plain(f"inspection.column.{column}"), width) for column, width in columns)
        yield Sheet(f"{number} {t.plain(f'inspection.sheet.{name}')}", headings, rows[name])


def _changed_hands(request: Request) -> bool:
    return request.kind is RequestKind.HANDOVER and request.state is RequestState.APPROVED
