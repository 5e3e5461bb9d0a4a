"""Work that comes back: the list, the questions before it begins, and the news about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from handlers.buttons import Row, button, keyboard
from handlers.ports import Deadline, Routine
from handlers.views import dates
from handlers.views.message import NOTHING, Message, fit, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.rules import OFFERED, rule_words
from handlers.views.texts import Texts, short
from storage.notices import RecurrenceNews
from storage.records import Person, RecurrenceCard

MOST_BUTTONS = 40  # recurrences that can be ended by a button below one message
VERB = "rec"


def list_message(found: Sequence[RecurrenceCard], reader: Reader, head: Markup = NOTHING) -> Message:
    """What comes back, each with the button that ends it, below a head line."""
    t = reader.texts
    title = t("recurring.title", n=len(found)) if found else t("recurring.empty")
    rows = [_line(one, reader) for one in found]
    ends = [
        button(t.plain("button.recurring_end", number=one.recurrence.id), "recend", one.recurrence.id)
        for one in found[:MOST_BUTTONS]
    ]
    text = fit(
        paragraphs(head, title) + (Markup("\n") if rows else NOTHING),
        rows,
        lambda n: t("summary.more", n=n),
        Markup("\n") + t("recurring.how"),
    )
    grid = [ends[i : i + 4] for i in range(0, len(ends), 4)]
    return Message(text, keyboard([*grid, [button(t.plain("button.recurring_new"), "recnew")]]))


def _line(one: RecurrenceCard, reader: Reader) -> Markup:
    t, found = reader.texts, one.recurrence
    head = t("recurring.line", number=found.id, title=short(found.title, 80), rule=rule_words(found.rule, t))
    moment = dates.moment(one.deadlines[0], reader.zone, reader.language) if one.deadlines else "—"
    who = t("recurring.by", name=short(one.owner, 60), unit=short(one.unit, 60), moment=moment)
    return lines([head, Markup("     ") + who])


def ask_person(people: Sequence[Person], token: str, reader: Reader, text: str = "") -> Message:
    """Who is to do it? `text`: what was typed and fits several."""
    t = reader.texts
    head = t("assign.several", text=text) if text else t("recurring.who")
    rows = [
        [button(short(f"{person.member.name} · {person.unit}", 60), VERB, token, "p", person.member.id)]
        for person in people
    ]
    return Message(head, keyboard([*rows, _cancel(t)]), ask=True)


def ask_rule(name: str, token: str, reader: Reader) -> Message:
    """How often? The usual rules as buttons."""
    t = reader.texts
    rows = [[button(rule_words(rule, t), VERB, token, "w", index)] for index, rule in enumerate(OFFERED)]
    return Message(t("recurring.when", name=name), keyboard([*rows, _cancel(t)]), ask=True)


def ask_title(reader: Reader) -> Message:
    """What is to be done?"""
    return Message(reader.texts("assign.what"), keyboard([_cancel(reader.texts)]), ask=True)


def ask_product(usual: Sequence[str], token: str, reader: Reader) -> Message:
    """What is to come out of it? The usual products of the unit as buttons."""
    t = reader.texts
    rows = [[button(short(product, 40), VERB, token, "r", index)] for index, product in enumerate(usual)]
    return Message(t("assign.product"), keyboard([*rows, _cancel(t)]), ask=True)


def ask_confirmation(
    person: Person, wanted: Routine, coming: Sequence[Deadline], token: str, reader: Reader
) -> Message:
    """What was understood, with the dates that come next; stored only after ✔️."""
    t = reader.texts
    text = t(
        "recurring.confirm",
        name=person.member.name,
        unit=person.unit,
        title=short(wanted.title, 600),
        product=wanted.product,
        rule=rule_words(wanted.rule, t),
    )
    moments = [Markup("• ") + dates.full(one.at, one.zone, reader.language) for one in coming]
    warning = NOTHING if person.member.reachable else t("assign.unreachable", name=person.member.name)
    rows: list[Row] = [[button(t.plain("button.confirm"), VERB, token, "ok"), *_cancel(t)]]
    next_ones = lines([t("recurring.coming"), *moments])
    return Message(paragraphs(text, next_ones, t("recurring.before"), warning), keyboard(rows))


def stored_message(one: RecurrenceCard, reader: Reader) -> Message:
    """It comes back from now on."""
    t, found = reader.texts, one.recurrence
    text = t("recurring.stored", number=found.id, name=one.owner, rule=rule_words(found.rule, t), series=found.series)
    moments = [Markup("• ") + dates.full(at, one.zone, reader.language) for at in one.deadlines]
    ends = [button(t.plain("button.recurring_end", number=found.id), "recend", found.id)]
    return Message(paragraphs(text, lines([t("recurring.coming"), *moments])), keyboard([ends]))


def recurrence_news(notice: RecurrenceNews, one: RecurrenceCard, reader: Reader) -> Message:
    """It stopped by itself, or some of it was skipped."""
    t, found = reader.texts, one.recurrence
    values = {"number": found.id, "title": short(found.title, 300), "name": one.owner, "unit": one.unit}
    values |= {"rule": rule_words(found.rule, t), "days": _days(notice, reader)}
    return Message(t(f"letter.recurring.{notice.event}", **values, n=notice.number))


def _days(notice: RecurrenceNews, reader: Reader) -> str:
    """From which day to which; one day alone when they are the same."""
    ends = [day for day in dict.fromkeys((notice.first, notice.last)) if day]
    return " – ".join(dates.date_of(date.fromisoformat(day), reader.language) for day in ends)


def _cancel(t: Texts) -> Row:
    return [button(t.plain("button.cancel"), "cancel")]
