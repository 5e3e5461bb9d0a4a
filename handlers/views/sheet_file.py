"""Own sheets as a file, for carrying into a system of others: every fact with what it counts, and every task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from fractions import Fraction

from handlers.views import dates
from handlers.views.book import MOMENT, NAME, SHORT, WORDS, Book, Cell, Sheet
from handlers.views.reader import Reader
from handlers.views.spreadsheet import DASH, column_title
from handlers.views.texts import Texts
from storage.records import State
from storage.sheets import MONTH, Facts, Held, OwnSheet, Row, Span, UnitSheet

COUNTS = tuple(one.name for one in fields(Facts))
TASKS = (
    *(("code", SHORT), ("title", WORDS), ("source", NAME), ("since", MOMENT), ("original_due", MOMENT)),
    *(("due", MOMENT), ("submitted", MOMENT), ("completed", MOMENT), ("moved_at", MOMENT), ("state", NAME)),
    *(("class", NAME), ("days_late", SHORT), ("returns", SHORT), ("extensions", SHORT), ("claimed", SHORT)),
    *(("confirmed", SHORT), ("explanation", WORDS)),
)


def span_name(span: Span, t: Texts) -> str:
    """The month or quarter in words."""
    key = "own.month" if span.kind == MONTH else "own.quarter"
    return t.plain(key, number=span.number, year=span.year)


def book(found: OwnSheet | UnitSheet, reader: Reader) -> Book:
    """One sheet of facts with the tasks they were counted from, or one row for each person of a unit."""
    t = reader.texts
    name = f"{t.plain('own.file_name')}-{found.span.year}-{found.span.kind}{found.span.number}.xlsx"
    if isinstance(found, UnitSheet):
        return Book(name, reader.language, (main_table(found, reader), _about_sheet(found, None, reader)))
    return Book(name, reader.language, (_about_sheet(found, found.person, reader), main_table(found, reader)))


def main_table(found: OwnSheet | UnitSheet, reader: Reader) -> Sheet:
    """One row for each task of a person, or for each person of a unit: the table that stands alone as CSV."""
    t = reader.texts
    if isinstance(found, UnitSheet):
        return _people_sheet(found, reader)
    return Sheet(t.plain("own.tasks"), _titles(TASKS, t), (_cells(one, found.zone, reader) for one in found.tasks))


def _titles(columns: Iterable[tuple[str, int]], t: Texts) -> tuple[tuple[str, int], ...]:
    return tuple((_title(name, t), width) for name, width in columns)


def _title(name: str, t: Texts) -> str:
    return t.plain(f"own.column.{name}") if t.has(f"own.column.{name}") else column_title(name, t)


def _about_sheet(found: OwnSheet | UnitSheet, person: Row | None, reader: Reader) -> Sheet:
    t = reader.texts
    columns = tuple((t.plain(f"sheet.column.{name}"), width) for name, width in (("figure", WORDS), ("value", NAME)))
    columns = (*columns, (t.plain("sheet.column.meaning"), WORDS))
    return Sheet(t.plain("sheet.overview"), columns, _about(found, person, reader))


def _about(found: OwnSheet | UnitSheet, person: Row | None, reader: Reader) -> Iterator[tuple[Cell, ...]]:
    t = reader.texts
    yield (t.plain("inspection.figure.organisation"), found.organisation)
    yield (t.plain("inspection.figure.unit"), found.unit if isinstance(found, UnitSheet) else found.person.unit)
    if person is not None:
        yield (t.plain("inspection.column.owner"), person.name)
    yield (t.plain("own.period"), span_name(found.span, t))
    yield (t.plain("inspection.figure.cut_off"), dates.wall(found.until, found.zone), t.plain("own.cut_off.meaning"))
    yield (t.plain("inspection.figure.made"), dates.wall(found.made_at, found.zone))
    yield (t.plain("inspection.figure.zone"), found.zone)
    for name in COUNTS:
        value: Cell = getattr(person.facts, name) if person else ""
        yield (t.plain(f"own.figure.{name}"), value, t.plain(f"own.meaning.{name}"))
    share = _share(person.facts) if person else ""
    yield (t.plain("sheet.figure.on_time_rate"), share, t.plain("sheet.meaning.on_time_rate"))
    if person is not None:
        yield (t.plain("own.column.away"), absences(person, found.zone, reader), t.plain("own.away.meaning"))
    yield (t.plain("own.rules"), "", t.plain("own.rules.meaning"))


def _people_sheet(found: UnitSheet, reader: Reader) -> Sheet:
    t = reader.texts
    columns = (
        *((t.plain(f"inspection.column.{name}"), NAME) for name in ("owner", "unit")),
        *((t.plain(f"own.figure.{name}"), SHORT) for name in COUNTS),
        (t.plain("sheet.figure.on_time_rate"), SHORT),
        (t.plain("own.column.away"), NAME),
    )
    return Sheet(t.plain("own.people"), columns, (_person_cells(one, found.zone, reader) for one in found.people))


def _person_cells(one: Row, zone: str, reader: Reader) -> tuple[Cell, ...]:
    counts = (getattr(one.facts, name) for name in COUNTS)
    return (named(one, zone, reader), one.unit, *counts, _share(one.facts), absences(one, zone, reader))


def _share(facts: Facts) -> Cell:
    ended = facts.on_time + facts.late
    return Fraction(facts.on_time, ended) if ended else DASH


def _cells(one: Held, zone: str, reader: Reader) -> tuple[Cell, ...]:
    t = reader.texts

    def when(at: datetime | None, none: str = "") -> Cell:
        return none if at is None else dates.wall(at, zone)

    undated = t.plain("list.line.none")
    return (
        *(one.code, one.titles.get(reader.language) or one.title, one.source, when(one.since)),
        *(when(one.original_due_at, undated), when(one.due_at, undated), when(one.submitted_at)),
        *(when(one.completed_at), when(one.moved_at), t.plain(f"state.{one.state}")),
        t.plain(f"inspection.figure.{one.time_class or State.CANCELLED}"),
        *(one.days_late, one.returned, one.extensions, one.claimed, one.confirmed),
        "\n".join(one.explanations),
    )


def named(person: Row, zone: str, reader: Reader) -> str:
    """The name, with the day on which the person left."""
    if person.left_at is None:
        return person.name
    return reader.texts.plain("own.left", name=person.name, day=dates.day(person.left_at, zone, reader.language))


def absences(person: Row, zone: str, reader: Reader) -> str:
    """The days on which the person was away; an absence ends just before its `until`."""
    moment = timedelta(seconds=1)
    spans = [(since, max(since, until - moment)) for since, until in person.away]
    return "; ".join(
        f"{dates.day(since, zone, reader.language)} – {dates.day(until, zone, reader.language)}"
        for since, until in spans
    )
