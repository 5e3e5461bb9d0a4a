"""Own sheets in words and as a file: counted facts with their denominators, the tasks, and the person's own words.

Nothing is weighed and nothing is added up to a mark (R43): people carry the facts on, and decide.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from handlers.buttons import Keyboard, button, keyboard
from handlers.buttons import Row as Buttons
from handlers.views import dates
from handlers.views.message import NOTHING, Message, fit, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.sheet_file import absences, book, named, span_name
from handlers.views.summary import rate
from handlers.views.texts import Texts, short
from storage.records import Person, State
from storage.sheets import Facts, Held, OwnSheet, Row, Span, UnitSheet

PERSON, UNIT = "p", "u"
# What happened beside the tasks themselves: said only where it is not zero.
BESIDE = ("moved_overdue", "returned", "extensions", "claimed", "confirmed", "explained")


def sheet_message(found: OwnSheet | UnitSheet, reader: Reader) -> Message:
    """The sheet as a message with the ways to other periods and to the file."""
    t = reader.texts
    head = _head(found, reader)
    if isinstance(found, UnitSheet):
        rows = [_person(one, found.zone, reader) for one in found.people]
        text = fit(head, rows, lambda n: t("summary.more", n=n), Markup("\n") + t("own.foot"))
        return Message(text, _keyboard(found, reader))
    told = paragraphs(head, _facts(found.person.facts, t), _away(found, reader))
    rows = [_task(one, reader) for one in found.tasks]
    text = fit(told + Markup("\n"), rows, lambda n: t("summary.more", n=n), Markup("\n") + t("own.foot"))
    return Message(text, _keyboard(found, reader))


def file_message(found: OwnSheet | UnitSheet, reader: Reader) -> Message:
    """The sheet as a workbook, with the caption it is sent under."""
    return Message(_head(found, reader), book=book(found, reader))


def which_message(found: Sequence[Person], span: Span, reader: Reader) -> Message:
    """Several people of that name: which one?"""
    rows = [
        [button(f"{short(one.member.name, 30)} · {short(one.unit, 25)}", "sheet", *_stamp(span), PERSON, one.member.id)]
        for one in found
    ]
    return Message(reader.texts("own.which"), keyboard(rows))


def _head(found: OwnSheet | UnitSheet, reader: Reader) -> Markup:
    t = reader.texts
    until = dates.moment(found.until, found.zone, reader.language)
    if isinstance(found, UnitSheet):
        title = t("own.title_unit", unit=short(found.unit, 80))
    else:
        title = t("own.title", name=short(found.person.name, 80), unit=short(found.person.unit, 80))
    return lines([title, t("own.span", span=span_name(found.span, t), until=until)])


def _facts(facts: Facts, t: Texts) -> Markup:
    ended = facts.on_time + facts.late
    return lines(
        [
            t("own.held", **_some(facts, "held", "done", "open", "moved", "cancelled")),
            t("own.assigned", n=facts.assigned),
            t("own.done", **_some(facts, "done", "on_time", "late"), undated=facts.done_undated),
            t("summary.on_time_rate", rate=rate(facts.on_time, ended), part=facts.on_time, whole=ended),
            t("own.open", **_some(facts, "open", "within", "overdue"), undated=facts.open_undated),
            _beside(facts, t),
        ]
    )


def _some(facts: Facts, *names: str) -> dict[str, int]:
    return {name: getattr(facts, name) for name in names}


def _beside(facts: Facts, t: Texts) -> Markup:
    told = [f"{t.plain(f'own.figure.{name}')}: {number}" for name in BESIDE if (number := getattr(facts, name))]
    return lines(Markup.escape(one) for one in told)


def _away(found: OwnSheet, reader: Reader) -> Markup:
    if not found.person.away:
        return NOTHING
    return reader.texts("own.away", spans=short(absences(found.person, found.zone, reader), 300))


def _task(one: Held, reader: Reader) -> Markup:
    """A task, where it stands, what was asked about it, and the person's own words below its delay."""
    t = reader.texts
    title = short(one.titles.get(reader.language) or one.title, 60)
    due = dates.short_day(one.due_at, reader.zone, reader.language) if one.due_at else t.plain("list.line.none")
    marks = [f"{t.plain(f'own.figure.{name}')}: {getattr(one, name)}" for name in BESIDE[1:5] if getattr(one, name)]
    if one.days_late:
        marks.insert(0, t.plain("own.days_late", n=one.days_late))
    said = [t("own.explained", text=short(text, 120)) for text in one.explanations]
    below = Markup("     {}").format(" · ".join(marks)) if marks else NOTHING
    return lines([t("own.task", code=one.code, title=title, stands=_stands(one, t), due=due), below, *said])


def _stands(one: Held, t: Texts) -> str:
    """The time class; for what was given away that it was, for what was cancelled that it was."""
    if one.moved_at is not None:
        return t.plain("own.figure.moved")
    return t.plain(f"inspection.figure.{one.time_class or State.CANCELLED}")


def _person(one: Row, zone: str, reader: Reader) -> Markup:
    facts = one.facts
    ended = facts.on_time + facts.late
    values = _some(facts, "held", "assigned", "done", "on_time", "late", "overdue", "moved", "returned", "confirmed")
    share = rate(facts.on_time, ended)
    name = short(named(one, zone, reader), 90)
    return reader.texts("own.person", name=name, rate=share, ended=ended, **values)


def _keyboard(found: OwnSheet | UnitSheet, reader: Reader) -> Keyboard | None:
    t, span = reader.texts, found.span
    whom = (UNIT, found.unit_id) if isinstance(found, UnitSheet) else (PERSON, found.person.member_id)
    today = dates.wall(found.made_at, found.zone).date()

    def to(other: Span, label: str) -> Buttons:
        return [button(label, "sheet", *_stamp(other), *whom)] if other.first <= today else []

    earlier, later, other = span.moved(-1), span.moved(1), span.other()
    while other.first > today:
        other = other.moved(-1)
    around = to(earlier, f"◀️ {span_name(earlier, t)}") + to(later, f"{span_name(later, t)} ▶️")
    file = button(t.plain("own.file"), "sheetas", *_stamp(span), *whom)
    return keyboard([around, [*to(other, span_name(other, t)), file]])


def _stamp(span: Span) -> tuple[str, int, int]:
    return (span.kind, span.year, span.number)
