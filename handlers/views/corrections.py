"""A correction before and after it is made."""

from __future__ import annotations

from markupsafe import Markup

from handlers.buttons import button, keyboard
from handlers.ports import Correcting
from handlers.views import dates
from handlers.views.message import Message, fit, paragraphs
from handlers.views.reader import Reader
from handlers.views.summary import named
from handlers.views.texts import short


def correcting_message(found: Correcting, reader: Reader) -> Message:
    """What would change, number by number, and the question why."""
    t = reader.texts
    until = dates.moment(found.until, found.zone, reader.language)
    head = t("correct.title", title=found.chat.title, unit=found.unit, until=until)
    if not found.changed:
        return Message(paragraphs(head, t("correct.same")))
    rows = [
        t("correct.line", unit=short(one.unit, 60), old=one.old, what=named(one.figure, one.new, t))
        for one in found.changes
    ] or [t("correct.words_only")]
    text = fit(head + Markup("\n"), rows, lambda n: t("summary.more", n=n), Markup("\n") + t("correct.why"))
    return Message(text, keyboard([[button(t.plain("button.cancel"), "cancel")]]), ask=True)


def corrected_message(done: Correcting, reader: Reader) -> Message:
    """It is on its way."""
    return Message(reader.texts("correct.done", title=done.chat.title))
