"""The spreadsheet of the weekly summary: the same frozen figures in full, numbers as numbers and dates as dates.

Where names may not be seen there are none: such a file holds the totals of units and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime
from fractions import Fraction

from handlers.views import dates
from handlers.views.book import MOMENT, NAME, SHORT, WORDS, Book, Cell, Sheet
from handlers.views.indices import place, value
from handlers.views.message import Message
from handlers.views.reader import Reader
from handlers.views.texts import Texts
from storage.figures import Delivered, Figures, LateTask, Obstacle, Rank, UnitFigures
from storage.listing import Listing, TaskLine

Row = tuple[Cell, ...]
DASH = "—"
COUNTS = tuple(one.name for one in fields(UnitFigures) if one.name not in ("unit_id", "unit"))
RATES = ("on_time_rate", "overdue_share", "update_rate")
LETTERS = tuple(one.name for one in fields(Delivered))
OVERVIEW = (("figure", WORDS), ("value", NAME), ("before", MOMENT), ("change", MOMENT), ("meaning", WORDS))
LATE = (
    *(("code", SHORT), ("title", WORDS), ("unit", NAME), ("owner", NAME), ("original_due", MOMENT), ("due", MOMENT)),
    *(("days_late", SHORT), ("extensions", SHORT), ("hands", SHORT), ("urgings", SHORT), ("snoozes", SHORT)),
    *(("cause", SHORT), ("explanation", WORDS)),
)
OBSTACLES = (
    *(("number", SHORT), ("code", SHORT), ("owner", NAME), ("days_waiting", SHORT), ("obstacle", WORDS)),
    ("to_decide", NAME),
)
TASKS = (
    *(("code", SHORT), ("title", WORDS), ("source", NAME), ("issued", SHORT), ("unit", NAME), ("owner", NAME)),
    *(("coordinators", NAME), ("assigner", NAME), ("leader", NAME), ("product", NAME), ("difficulty", MOMENT)),
    *(("assigned", MOMENT), ("original_due", MOMENT), ("due", MOMENT), ("state", NAME), ("class", NAME)),
    *(("progress", SHORT), ("submitted", MOMENT), ("completed", MOMENT), ("days_late", SHORT)),
    *(("extensions", SHORT), ("hands", SHORT), ("cause", SHORT), ("explanation", WORDS)),
)


def spreadsheet_message(figures: Figures, listing: Listing, reader: Reader, *, names: bool) -> Message:
    """The spreadsheet with the caption it is sent under."""
    since, until = (dates.moment(at, figures.zone, reader.language) for at in (figures.since, figures.until))
    text = reader.texts("sheet.caption", unit=figures.unit, since=since, until=until)
    return Message(text, book=spreadsheet(figures, listing, reader, names=names))


def spreadsheet(figures: Figures, listing: Listing, reader: Reader, *, names: bool) -> Book:
    """All sheets; without `names` those that hold only totals of units."""
    made = _Sheets(figures, listing, Reader(reader.language, figures.zone))
    sheets = [made.overview(), made.units()]
    if names:
        sheets += [made.late(), made.obstacles(), made.tasks()]
    numbered = tuple(replace(sheet, name=f"{number} {sheet.name}") for number, sheet in enumerate(sheets, 1))
    day = dates.wall(figures.until, figures.zone).date().isoformat()
    return Book(f"{reader.texts.plain('sheet.file')}-{day}.xlsx", reader.language, numbered)


def rates(unit: UnitFigures) -> tuple[Fraction | None, ...]:
    """The shares of RATES; None where there is nothing to divide by (R34)."""
    parts = (
        (unit.on_time, unit.on_time + unit.late),
        (unit.overdue, unit.total - unit.no_deadline),
        (unit.updated, unit.open),
    )
    return tuple(Fraction(part, whole) if whole else None for part, whole in parts)


def _change(now: Fraction | None, then: Fraction | None) -> Cell:
    """The change of a share in whole percentage points."""
    return DASH if now is None or then is None else round(100 * now - 100 * then)


class _Sheets:
    """The sheets of one summary, in the words and the zone of its reader."""

    def __init__(self, figures: Figures, listing: Listing, reader: Reader) -> None:
        self.figures = figures
        self.listing = listing
        self.reader = reader
        self.t: Texts = reader.texts

    def _columns(self, columns: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        return tuple((column_title(name, self.t), width) for name, width in columns)

    # what it is, and the totals

    def overview(self) -> Sheet:
        columns = tuple((self.t.plain(f"sheet.column.{name}"), width) for name, width in OVERVIEW)
        return Sheet(self.t.plain("sheet.overview"), columns, self._overview())

    def _overview(self) -> Iterator[Row]:
        figures, t = self.figures, self.t
        yield (t.plain("inspection.figure.organisation"), self.listing.organisation)
        yield (t.plain("inspection.figure.unit"), figures.unit)
        yield (t.plain("sheet.since"), self._when(figures.since), "", "", t.plain("sheet.since.meaning"))
        yield (t.plain("sheet.until"), self._when(figures.until), "", "", t.plain("sheet.until.meaning"))
        composed = self._when(self.listing.composed_at)
        yield (t.plain("sheet.composed"), composed, "", "", t.plain("sheet.composed.meaning"))
        yield (t.plain("inspection.figure.zone"), figures.zone)
        yield (t.plain("inspection.figure.chain_head"), figures.chain or DASH, "", "", t.plain("sheet.seal.meaning"))
        yield from self._totals()
        yield from self._letters()
        yield from self._indices()

    def _totals(self) -> Iterator[Row]:
        total, before, t = self.figures.total, self.figures.before, self.t
        for name in COUNTS:
            now = getattr(total, name)
            compared: Row = (DASH, DASH) if before is None else (getattr(before, name), now - getattr(before, name))
            yield (t.plain(f"sheet.figure.{name}"), now, *compared, t.plain(f"sheet.meaning.{name}"))
        then = rates(before) if before else (None,) * len(RATES)
        for name, share, was in zip(RATES, rates(total), then, strict=True):
            change = _change(share, was)
            cells = (DASH if share is None else share, DASH if was is None else was, change)
            yield (t.plain(f"sheet.figure.{name}"), *cells, t.plain(f"sheet.meaning.{name}"))
        yield (t.plain("sheet.unreachable"), self.figures.unreachable)

    def _letters(self) -> Iterator[Row]:
        found = self.figures.delivered
        for name in LETTERS if found else ():
            meaning = self.t.plain("sheet.letters.meaning") if name == "planned" else ""
            yield (self.t.plain(f"sheet.letters.{name}"), getattr(found, name), "", "", meaning)

    def _indices(self) -> Iterator[Row]:
        for one in self.listing.indices:
            name = f"{one.name} {one.year}" + (f" · {one.unit}" if one.unit else "")
            said = self.t.plain("sheet.index.meaning", value=value(one, self.t), source=one.source or DASH)
            yield (name, place(one, self.t), "", "", said)

    # the units

    def units(self) -> Sheet:
        t = self.t
        changes = [(t.plain("sheet.change", figure=t.plain(f"sheet.figure.{name}")), SHORT) for name in COUNTS]
        points = [(t.plain("sheet.points", figure=t.plain(f"sheet.figure.{name}")), SHORT) for name in RATES]
        columns = (
            (t.plain("inspection.column.unit"), NAME),
            *((t.plain(f"sheet.figure.{name}"), SHORT) for name in (*COUNTS, *RATES)),
            *((t.plain(f"sheet.column.{name}"), SHORT) for name in ("place", "ranked", "moved")),
            *changes,
            *points,
        )
        return Sheet(t.plain("sheet.units"), columns, map(self._unit, self.figures.units))

    def _unit(self, unit: UnitFigures) -> Row:
        before = next((one for one in self.figures.units_before if one.unit_id == unit.unit_id), None)
        shares, then = rates(unit), rates(before) if before else (None,) * len(RATES)
        ranks = {one.unit_id: one for one in self.figures.ranks}
        return (
            unit.unit,
            *(getattr(unit, name) for name in COUNTS),
            *(DASH if share is None else share for share in shares),
            *_rank(ranks.get(unit.unit_id)),
            *(getattr(unit, name) - getattr(before, name) if before else DASH for name in COUNTS),
            *(_change(share, was) for share, was in zip(shares, then, strict=True)),
        )

    # the tasks

    def late(self) -> Sheet:
        by_code = {one.code: one for one in self.listing.tasks}
        rows = (self._late(one, by_code.get(one.code)) for one in self.figures.late_tasks)
        return Sheet(self.t.plain("sheet.late"), self._columns(LATE), rows)

    def _late(self, one: LateTask, line: TaskLine | None) -> Row:
        due = (self._when(line.original_due_at), self._when(line.due_at)) if line else ("", "")
        done = (one.extensions, one.hands, one.urgings, one.snoozes)
        told = one.explanation or (self.t.plain("sheet.not_explained") if one.to_explain else "")
        title = one.titles.get(self.reader.language) or one.title
        return (one.code, title, one.unit, one.owner, *due, one.days_late, *done, self._yes(one.cause), told)

    def obstacles(self) -> Sheet:
        return Sheet(self.t.plain("sheet.obstacles"), self._columns(OBSTACLES), map(_obstacle, self.figures.obstacles))

    def tasks(self) -> Sheet:
        return Sheet(self.t.plain("sheet.tasks"), self._columns(TASKS), map(self._task, self.listing.tasks))

    def _task(self, one: TaskLine) -> Row:
        t = self.t
        return (
            one.code,
            one.titles.get(self.reader.language) or one.title,
            one.source,
            one.issued_on or "",
            *(one.unit, one.owner, "; ".join(one.coordinators), one.assigner, one.leader, one.product),
            t.plain(f"difficulty.{one.difficulty}"),
            self._when(one.assigned_at),
            self._when(one.original_due_at) or t.plain("list.line.none"),
            self._when(one.due_at) or t.plain("list.line.none"),
            t.plain(f"state.{one.state}"),
            t.plain(f"inspection.figure.{one.time_class}"),
            Fraction(one.percent, 100),
            self._when(one.submitted_at),
            self._when(one.completed_at),
            *(one.days_late, one.extensions, one.hands, self._yes(one.cause), one.explanation),
        )

    def _when(self, at: datetime | None) -> Cell:
        return "" if at is None else dates.wall(at, self.reader.zone)

    def _yes(self, so: bool) -> str:
        return self.t.plain("inspection.yes" if so else "inspection.no")


def column_title(name: str, t: Texts) -> str:
    """The heading of a column of tasks: the same words as in the inspection pack, where it has the column."""
    key = f"inspection.column.{name}"
    return t.plain(key) if t.has(key) else t.plain(f"sheet.column.{name}")


def _rank(one: Rank | None) -> Row:
    if one is None or one.place is None:
        return (DASH, DASH, DASH)
    return (one.place, one.ranked, DASH if one.moved is None else one.moved)


def _obstacle(one: Obstacle) -> Row:
    return (one.number, one.code, one.owner, one.days, one.reason, "; ".join(one.answers))
