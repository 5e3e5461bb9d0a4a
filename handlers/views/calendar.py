"""The working calendar in words: what is special in the days ahead, and what a change has touched."""

from __future__ import annotations

from markupsafe import Markup

from handlers.views import dates
from handlers.views.message import NOTHING, Message, fit, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.texts import Texts, short
from storage.records import Days, SpecialDay, Touched

MOST_CODES = 60  # codes of touched tasks in one message; the others are counted
WORDS_SHOWN = 200  # of the name of a day, a note, a source


def calendar_message(found: Days, reader: Reader) -> Message:
    """The days off and the make-up days of a calendar."""
    t = reader.texts
    first, last = (dates.date_of(day, reader.language) for day in (found.first, found.last))
    head = lines(
        [
            t("calendar.title", country=found.country or "–"),
            t("calendar.hours", zone=found.zone, hours=dates.hours(found.hours)),
            t("calendar.period", first=first, last=last),
            t("calendar.working", number=found.working) + Markup("\n"),
        ]
    )
    rows = [_line(day, reader) for day in found.special] or [t("calendar.none")]
    foot = Markup("\n") + paragraphs(t("calendar.legend"), t("calendar.how") if found.may_change else NOTHING)
    return Message(fit(head, rows, lambda n: t("summary.more", n=n), foot))


def _line(special: SpecialDay, reader: Reader) -> Markup:
    t, decision = reader.texts, special.decision
    words = [
        short(decision.note, WORDS_SHOWN) if decision and decision.note else short(special.name, WORDS_SHOWN),
        short(t.plain("calendar.source", text=decision.source), WORDS_SHOWN) if decision and decision.source else "",
    ]
    icons = ("💼" if special.working else "🏠") + "🔸" * special.provisional + "✍️" * (decision is not None)
    parts = [f"{icons} {dates.date_of(special.day, reader.language)}", *(word for word in words if word)]
    return Markup(" · ").join(parts)


def touched_message(touched: Touched, reader: Reader) -> Message:
    """What a decision about a day changed."""
    t = reader.texts
    day = dates.date_of(touched.day, reader.language) if touched.day else ""
    key = "calendar.now.working" if touched.working else "calendar.now.off"
    return Message(paragraphs(t(key, day=day, country=touched.country or "–"), touched_tasks(touched, t)))


def touched_tasks(touched: Touched, t: Texts) -> Markup:
    """The codes of the tasks that a change touched; nothing that is not for everybody's eyes."""
    if not touched.tasks:
        return t("calendar.untouched")
    shown, hidden = touched.tasks[:MOST_CODES], len(touched.tasks) - MOST_CODES
    return lines(
        [
            t("calendar.touched", n=len(touched.tasks)),
            Markup(" · ").join(Markup("<code>{}</code>").format(code) for code in shown),
            t("summary.more", n=hidden) if hidden > 0 else NOTHING,
            t("calendar.stay"),
        ]
    )
