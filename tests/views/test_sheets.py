"""Own sheets, indices and spreadsheets with any text in any field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.spreadsheets.writing import write_workbook
from handlers.views.indices import index_message
from handlers.views.message import Message
from handlers.views.sheet import file_message, sheet_message, which_message
from handlers.views.spreadsheet import spreadsheet_message
from handlers.views.summary import summary_message
from handlers.views.texts import LANGUAGES, texts
from storage.figures import Delivered
from storage.listing import IndexEntry, Listing
from storage.records import State, TimeClass
from storage.sheets import MONTH, Facts, Held, OwnSheet, Row, Span, UnitSheet
from tests.storage.test_deliveries import line
from tests.support import workbooks
from tests.views.samples import BIG, DUE, HANOI, NOW, figures, payloads, person, reader, shown
from tests.views.test_rendering import HOSTILE, LONG

SPAN = Span(MONTH, 2026, 12)
FACTS = Facts(**dict.fromkeys(Facts.__dataclass_fields__, 88))


def held(text: str) -> Held:
    return Held(
        code="VP-001",
        title=text,
        titles={},
        source=text,
        since=NOW,
        original_due_at=DUE,
        due_at=DUE,
        state=State.IN_PROGRESS,
        time_class=TimeClass.OVERDUE,
        submitted_at=None,
        completed_at=None,
        moved_at=None,
        days_late=2,
        returned=1,
        extensions=1,
        claimed=1,
        confirmed=1,
        explanations=(text,) * 3,
    )


def row(text: str) -> Row:
    return Row(BIG, text, text, FACTS, ((NOW, NOW + timedelta(days=3)),) * 20)


def own(text: str, tasks: int = 60) -> OwnSheet:
    return OwnSheet(text, SPAN, NOW, HANOI, NOW, row(text), True, (held(text),) * tasks)


def unit(text: str) -> UnitSheet:
    return UnitSheet(text, BIG, text, SPAN, NOW, HANOI, NOW, (row(text),) * 60)


def entries(text: str) -> tuple[IndexEntry, ...]:
    before = IndexEntry(text, text, 2024, None, 22, 63, text)
    return (IndexEntry(text, text, 2025, Decimal("87.50"), 11, 22, text, before),) * 60


def listing(text: str) -> Listing:
    lines = tuple(replace(line(f"VP-{n}"), title=text, titles={}, owner=text, explanation=text) for n in range(3))
    return Listing(text, NOW, lines, entries(text))


MESSAGES: dict[str, Callable[[str, str], Message]] = {
    "own": lambda text, language: sheet_message(own(text), reader(language)),
    "unit": lambda text, language: sheet_message(unit(text), reader(language)),
    "own file": lambda text, language: file_message(own(text), reader(language)),
    "unit file": lambda text, language: file_message(unit(text), reader(language)),
    "whose": lambda text, language: which_message([person(text)] * 8, SPAN, reader(language)),
    "indices": lambda text, language: index_message(entries(text), reader(language)),
    "spreadsheet": lambda text, language: spreadsheet_message(
        figures(text, 40, 40), listing(text), reader(language), names=True
    ),
}


@pytest.mark.parametrize("text", [*HOSTILE.values(), *LONG.values()], ids=[*HOSTILE, *LONG])
@pytest.mark.parametrize("name", MESSAGES)
def test_every_text_fits_and_breaks_nothing(name: str, text: str) -> None:
    for language in LANGUAGES:
        message = MESSAGES[name](text, language)
        shown(message)
        assert all(len(payload.encode()) <= 64 for payload in payloads(message))
        if message.book is not None:
            assert len(shown(message)) <= 1024  # a caption


@pytest.mark.parametrize("name", [name for name in MESSAGES if "file" in name or name == "spreadsheet"])
def test_every_text_in_a_file_stays_a_text(name: str, tmp_path: Path) -> None:
    for language in LANGUAGES:
        for number, text in enumerate([*HOSTILE.values(), "=1+1", "5,000 " * 800, "@x"]):
            book = MESSAGES[name](text, language).book
            assert book is not None
            path = tmp_path / f"{language}-{number}.xlsx"
            write_workbook(path, book.sheets, language=language)
            workbooks.read_typed(path)


def test_the_delivery_arithmetic_stands_at_the_foot_only_when_something_was_planned() -> None:
    found = replace(figures(), delivered=Delivered(9, 5, 1, 2, 1, 1), chain="12-abc")
    foot = shown(summary_message(found, reader(), names=True)).splitlines()[-2:]
    assert foot == [
        "✉️ Messages: 9 planned = 5 delivered + 2 not delivered + 1 no longer needed + 1 waiting; perhaps repeated: 1",
        "🔗 12-abc",
    ]
    nothing = replace(found, delivered=Delivered(0, 0, 0, 0, 0, 0))
    assert "✉️" not in shown(summary_message(nothing, reader(), names=True))


def test_a_summary_of_an_older_version_becomes_a_file_with_dashes(tmp_path: Path) -> None:
    bare = replace(figures(), before=None, units_before=(), delivered=None, ranks=(), chain="")
    book = spreadsheet_message(bare, replace(listing("x"), indices=()), reader(), names=False).book
    assert book is not None
    write_workbook(tmp_path / "bare.xlsx", book.sheets)
    overview, units = workbooks.read_typed(tmp_path / "bare.xlsx").values()
    told = {one["Figure"]: one for one in overview}
    assert told[texts("en").plain("sheet.figure.total")]["Previous period"] == "—"
    assert units[0]["Change: Total tasks"] == "—"
