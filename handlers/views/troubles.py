"""What the bot says when letters or presses were lost."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from handlers.views import choices, dates
from handlers.views.message import Message, fit, paragraphs
from handlers.views.reader import Reader
from handlers.views.texts import short
from storage.notices import Facts, Missed, PressesLost, Undelivered
from storage.records import Action


def trouble_message(notice: Undelivered | PressesLost, facts: Facts, reader: Reader) -> Message:
    """What was lost, as far as is known."""
    return _presses_lost(notice, reader) if isinstance(notice, PressesLost) else _undelivered(notice, facts, reader)


def _undelivered(notice: Undelivered, facts: Facts, reader: Reader) -> Message:
    """What did not arrive, at whom, and why. Only codes: a title may be what could not be sent."""
    t = reader.texts
    shown = [entry for entry in notice.missed if entry.member_id in facts.people]
    key = "letter.undelivered_news" if any(entry.about for entry in shown) else "letter.undelivered"
    head = t(key, n=len(shown)) + Markup("\n")
    rows = [_line(entry, facts, reader) for entry in shown]
    return Message(fit(head, rows, lambda n: t("summary.more", n=n), Markup("\n") + t("letter.undelivered_hint")))


def _line(entry: Missed, facts: Facts, reader: Reader) -> Markup:
    t = reader.texts
    card = facts.cards.get(entry.task_id)
    name = short(facts.people[entry.member_id].member.name, 80)
    reason = t.plain(f"letter.missed.{entry.reason}")
    if card is None:
        return t("letter.undelivered_unread", name=name, reason=reason)
    if entry.about:
        about = t.plain(f"letter.missed_about.{entry.about}")
        return t("letter.undelivered_line_about", code=card.task.code, name=name, about=about, reason=reason)
    return t("letter.undelivered_line", code=card.task.code, name=name, reason=reason)


def _presses_lost(notice: PressesLost, reader: Reader) -> Message:
    """Between when and when presses may have been lost, and what to write instead."""
    typed = (choices.TYPED[Action.REPORT], choices.TYPED[Action.SUBMIT])
    hint = choices.typed_hint(typed, reader.texts.plain("usage.task"), reader, reply=False)
    return Message(paragraphs(silence_line(notice, reader), hint))


def silence_line(notice: PressesLost, reader: Reader) -> Markup:
    """Between when and when presses may have been lost."""
    t = reader.texts
    since, until = (datetime.fromisoformat(text) for text in (notice.since, notice.until))
    first, last = (dates.day(at, reader.zone, reader.language) for at in (since, until))
    clocks = {"since": dates.clock(since, reader.zone), "until": dates.clock(until, reader.zone)}
    key = "letter.presses_lost" if first == last else "letter.presses_lost_days"
    return t(key, first=first, last=last, **clocks)
