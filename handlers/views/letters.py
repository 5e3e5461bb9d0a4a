"""Notices in words: what the bot says on its own initiative, in the reader's language of this moment."""

from __future__ import annotations

from dataclasses import replace

from markupsafe import Markup

from handlers.buttons import keyboard
from handlers.views import cards, choices, lists, posts
from handlers.views import steps as views
from handlers.views.again import mark as again_mark
from handlers.views.agenda import agenda_message, overtaken_line, said
from handlers.views.away import news_message
from handlers.views.message import NOTHING, Message, fit, lines, paragraphs
from handlers.views.picture import corrected_picture, picture_message
from handlers.views.reader import Reader
from handlers.views.recurring import recurrence_news
from handlers.views.requests import request_message
from handlers.views.spreadsheet import spreadsheet_message
from handlers.views.summary import Links, correction_mark, summary_message
from handlers.views.texts import joined, short
from handlers.views.troubles import trouble_message
from handlers.views.unreachable import lost_line
from storage.figures import Figures
from storage.notices import (
    AbsenceNews,
    Agenda,
    ChatBinding,
    ChatLost,
    Correction,
    Facts,
    Notice,
    Picture,
    PostExpired,
    PostHeld,
    PressesLost,
    RecurrenceNews,
    Reminders,
    RequestNews,
    Spreadsheet,
    Summary,
    SumsWrong,
    TaskNews,
    Undelivered,
    Unreachables,
)
from storage.records import Action

BUTTON_ROWS = 8  # tasks of one letter that get buttons of their own


def letter(notice: Notice, facts: Facts, *, repeated: bool = False, bot: str = "") -> Message:
    """The message for a notice. Raises TypeError for a notice nobody taught it to say.

    `bot`: the name by which the bot can be linked to; empty where nothing is linked.
    """
    reader = Reader(facts.language, facts.zone)
    message = _render(notice, facts, reader, bot)
    some = isinstance(notice, Agenda) and notice.late  # what was late and went as one may hold what arrived before
    again = reader.texts("letter.repeated_in_part" if some else "letter.repeated") if repeated else NOTHING
    # An agenda and a summary say themselves that they are late.
    delayed = facts.late and facts.figures is None and not isinstance(notice, Agenda)
    late = reader.texts("agenda.late") if delayed else NOTHING
    missed = overtaken_line(notice.steps, 0, reader) if isinstance(notice, Reminders) else NOTHING
    before = paragraphs(again, lines([late, missed]))
    return replace(message, text=paragraphs(before, message.text)) if before else message


def _render(notice: Notice, facts: Facts, reader: Reader, bot: str) -> Message:
    if facts.figures is not None and isinstance(notice, Summary | Picture | Spreadsheet | Correction):
        return _figures(notice, facts.figures, facts, reader, bot)
    if facts.recurrence is not None and isinstance(notice, RecurrenceNews):
        return recurrence_news(notice, facts.recurrence, reader)
    match notice:
        case Agenda():
            return agenda_message(notice, facts, reader)
        case Reminders():
            return _reminders(notice, facts, reader)
        case AbsenceNews():
            return news_message(notice.event, facts.absences[notice.absence_id], reader)
        case RequestNews():
            return _request_news(notice, facts, reader)
        case TaskNews():
            return _news(notice, facts, reader)
        case ChatBinding() | ChatLost() | SumsWrong() | PostHeld() | PostExpired():
            return posts.about(notice, facts, reader)
        case Unreachables() | Undelivered() | PressesLost():
            return _trouble(notice, facts, reader)
    raise TypeError(f"no words for {type(notice).__name__}")


def _trouble(notice: Unreachables | Undelivered | PressesLost, facts: Facts, reader: Reader) -> Message:
    """Whom or what the bot could not reach."""
    if isinstance(notice, Unreachables):
        return _unreachables(notice, facts, reader)
    return trouble_message(notice, facts, reader)


def _figures(
    notice: Summary | Picture | Spreadsheet | Correction, figures: Figures, facts: Facts, reader: Reader, bot: str
) -> Message:
    """The weekly summary, as text, as a picture or as a spreadsheet."""
    again = again_mark(facts.again, figures.zone, reader)
    if isinstance(notice, Spreadsheet) and facts.listing is not None:
        made = spreadsheet_message(figures, facts.listing, reader, names=facts.names)
        return replace(made, text=lines([again, correction_mark(figures, facts.corrected, reader), made.text]))
    if isinstance(notice, Picture) and facts.again is None:
        return picture_message(figures, facts.weeks, reader)
    if isinstance(notice, Picture) or (isinstance(notice, Correction) and notice.picture):
        made = corrected_picture(figures, facts.weeks, facts.corrected, reader)
        # What is sent again has no old picture to speak of when it cannot be drawn.
        otherwise = lines([again, made.otherwise]) if made.otherwise and isinstance(notice, Correction) else NOTHING
        return replace(made, text=lines([again, made.text]), otherwise=otherwise)
    return summary_message(
        figures,
        reader,
        names=facts.names,
        brief=facts.brief,
        late=facts.late,
        links=Links(bot, facts.digest_id) if bot else None,
        corrected=facts.corrected,
        again=facts.again,
    )


def _reminders(notice: Reminders, facts: Facts, reader: Reader) -> Message:
    t = reader.texts
    steps = {step.task_id: step for step in notice.steps}  # two steps of one task: the later one speaks
    shown = [facts.cards[key] for key in steps if key in facts.cards]
    if len(shown) == 1 and shown[0].acts:
        kind = views.group(shown[0], steps[shown[0].task.id].name, facts.now, reader)
        head = joined(" · ", (t("letter.reminders"), views.heading(kind, shown[0], reader)))
        text = paragraphs(head, cards.card_text(shown[0], reader))
        return Message(text, keyboard(choices.card_rows(shown[0], reader)), (shown[0].task.id,))
    groups = {card.task.id: views.group(card, steps[card.task.id].name, facts.now, reader) for card in shown}
    shown.sort(key=lambda card: (views.GROUPS.index(groups[card.task.id]), card.owner if card.away else ""))
    rows: list[Markup] = []
    before = NOTHING
    for card in shown:
        row = lists.line(card, reader, owner=not card.own)
        if (heading := views.heading(groups[card.task.id], card, reader)) != before:
            # The heading belongs to its first task: it must not be counted among those that were left out.
            row = lines([Markup("\n") + heading, row])
            before = heading
        rows.append(row)
    foot = Markup()
    if any(card.acts for card in shown):
        typed = (choices.TYPED[Action.REPORT], choices.TYPED[Action.SUBMIT])
        foot = Markup("\n") + choices.typed_hint(typed, t.plain("usage.task"), reader, reply=True)
    text = fit(t("letter.reminders"), rows, lambda n: t("summary.more", n=n), foot)
    return Message(text, keyboard([views.row(card, reader) for card in shown[:BUTTON_ROWS]]), tuple(steps))


def _news(notice: TaskNews, facts: Facts, reader: Reader) -> Message:
    t, card = reader.texts, facts.cards[notice.task_id]
    head = views.news_head(notice, card, facts, reader)
    note = t("letter.note", text=short(notice.note, 1000)) if notice.note else Markup()
    whose = views.in_place_of(card, reader) if card.stands_in else NOTHING
    text = paragraphs(lines([whose, head, note]), cards.card_text(card, reader, notes=not notice.note))
    return Message(text, keyboard(choices.card_rows(card, reader)), (card.task.id,))


def _request_news(notice: RequestNews, facts: Facts, reader: Reader) -> Message:
    one = facts.requests[notice.request_id]
    return request_message(one, reader, said(notice, one, reader))


def _unreachables(notice: Unreachables, facts: Facts, reader: Reader) -> Message:
    t = reader.texts
    people = [facts.people[key] for key in notice.member_ids if key in facts.people]
    rows = [lost_line(person, reader) for person in people]
    head = t("letter.unreachables", n=len(people)) + Markup("\n")
    return Message(fit(head, rows, lambda n: t("team.more", n=n), Markup("\n") + t("letter.unreachable_hint")))
