"""Notices in words: what the bot says on its own initiative, in the reader's language of this moment."""

from __future__ import annotations

from dataclasses import replace

from markupsafe import Markup

from handlers.buttons import Row, button, keyboard
from handlers.views import cards, choices, dates, lists
from handlers.views.away import news_message
from handlers.views.message import NOTHING, Message, fit, lines, paragraphs
from handlers.views.picture import picture_message
from handlers.views.reader import Reader
from handlers.views.recurring import recurrence_news
from handlers.views.requests import request_message
from handlers.views.spreadsheet import spreadsheet_message
from handlers.views.summary import summary_message
from handlers.views.texts import short
from storage.figures import Figures
from storage.notices import (
    ASK_RECEIPT,
    ASK_UPDATE,
    HEAD_AGAIN,
    LEADERS_AGAIN,
    TELL_HEAD,
    TELL_LEADERS,
    UNRECEIVED,
    AbsenceNews,
    ChatBinding,
    ChatLost,
    Facts,
    Notice,
    Picture,
    RecurrenceNews,
    Reminders,
    RequestNews,
    Spreadsheet,
    Step,
    Summary,
    TaskNews,
    Unreachables,
)
from storage.records import (
    Action,
    Card,
    Person,
    RequestKind,
    TimeClass,
)

BUTTON_ROWS = 8  # tasks of one letter that get buttons of their own
GROUPS = (
    "leaders",
    "again",
    "escalated",
    "unreceived",
    "substitute",
    "pass_on",
    "overdue",
    "today",
    "receive",
    "update",
    "coming",
)
SPOKEN = {TELL_LEADERS: "leaders", TELL_HEAD: "escalated", UNRECEIVED: "unreceived"}


def letter(notice: Notice, facts: Facts, *, repeated: bool = False) -> Message:
    """The message for a notice. Raises TypeError for a notice nobody taught it to say."""
    reader = Reader(facts.language, facts.zone)
    message = _render(notice, facts, reader)
    if not repeated:
        return message
    text = paragraphs(reader.texts("letter.repeated"), message.text)
    return replace(message, text=text)


def _render(notice: Notice, facts: Facts, reader: Reader) -> Message:
    if facts.figures is not None and isinstance(notice, Summary | Picture | Spreadsheet):
        return _figures(notice, facts.figures, facts, reader)
    if facts.recurrence is not None and isinstance(notice, RecurrenceNews):
        return recurrence_news(notice, facts.recurrence, reader)
    match notice:
        case Reminders():
            return _reminders(notice, facts, reader)
        case AbsenceNews():
            return news_message(notice.event, facts.absences[notice.absence_id], reader)
        case RequestNews():
            return _request_news(notice, facts, reader)
        case TaskNews():
            return _news(notice, facts, reader)
        case Unreachables():
            return _unreachables(notice, facts, reader)
        case ChatBinding() | ChatLost():
            return _chat(notice, facts, reader)
    raise TypeError(f"no words for {type(notice).__name__}")


def _figures(notice: Summary | Picture | Spreadsheet, figures: Figures, facts: Facts, reader: Reader) -> Message:
    """The weekly summary, as text, as a picture or as a spreadsheet."""
    if isinstance(notice, Spreadsheet) and facts.listing is not None:
        return spreadsheet_message(figures, facts.listing, reader, names=facts.names)
    if isinstance(notice, Picture):
        return picture_message(figures, facts.weeks, reader)
    return summary_message(figures, reader, names=facts.names)


def _chat(notice: ChatBinding | ChatLost, facts: Facts, reader: Reader) -> Message:
    if isinstance(notice, ChatBinding):
        return _binding(notice, facts, reader)
    unit = _unit(notice.unit_id, facts, reader)
    return Message(reader.texts("letter.chat_lost", title=notice.title, unit=unit))


def _unit(unit_id: int | None, facts: Facts, reader: Reader) -> str:
    unit = facts.units.get(unit_id or 0)
    return unit.name if unit else reader.texts.plain("unit.whole")


def _reminders(notice: Reminders, facts: Facts, reader: Reader) -> Message:
    t = reader.texts
    steps = {step.task_id: step for step in notice.steps}  # two steps of one task: the later one speaks
    shown = [facts.cards[key] for key in steps if key in facts.cards]
    if len(shown) == 1 and shown[0].acts:
        kind = _group(shown[0], steps[shown[0].task.id], facts, reader)
        head = t("letter.reminders") + Markup(" · ") + _heading(kind, shown[0], reader)
        text = paragraphs(head, cards.card_text(shown[0], reader))
        return Message(text, keyboard(choices.card_rows(shown[0], reader)), (shown[0].task.id,))
    groups = {card.task.id: _group(card, steps[card.task.id], facts, reader) for card in shown}
    shown.sort(key=lambda card: (GROUPS.index(groups[card.task.id]), card.owner if card.away else ""))
    rows: list[Markup] = []
    before = NOTHING
    for card in shown:
        row = lists.line(card, reader, owner=not card.own)
        if (heading := _heading(groups[card.task.id], card, reader)) != before:
            # The heading belongs to its first task: it must not be counted among those that were left out.
            row = lines([Markup("\n") + heading, row])
            before = heading
        rows.append(row)
    foot = Markup()
    if any(card.acts for card in shown):
        typed = (choices.TYPED[Action.REPORT], choices.TYPED[Action.SUBMIT])
        foot = Markup("\n") + choices.typed_hint(typed, t.plain("usage.task"), reader, reply=True)
    text = fit(t("letter.reminders"), rows, lambda n: t("summary.more", n=n), foot)
    return Message(text, keyboard([_row(card, reader) for card in shown[:BUTTON_ROWS]]), tuple(steps))


def _heading(group: str, card: Card, reader: Reader) -> Markup:
    return _in_place_of(card, reader) if group == "substitute" else reader.texts(f"letter.{group}")


def _in_place_of(card: Card, reader: Reader) -> Markup:
    """Whose task it is that somebody else hears of while its owner is away."""
    if card.away is None:
        return NOTHING
    day = dates.day(card.away.last_day, reader.zone, reader.language)
    return reader.texts("letter.substitute", name=card.owner, day=day)


def _group(card: Card, step: Step, facts: Facts, reader: Reader) -> str:
    if step.name.startswith((HEAD_AGAIN, LEADERS_AGAIN)):
        return "again"
    if step.name in SPOKEN:
        return SPOKEN[step.name]
    if not card.own:
        return "substitute" if card.away is not None else "pass_on"
    if step.name == ASK_RECEIPT:
        return "receive"
    if step.name == ASK_UPDATE:
        return "update"
    if card.task.due_at is None:
        return "coming"
    if card.time_class is TimeClass.OVERDUE:
        return "overdue"
    same_day = dates.day(card.task.due_at, reader.zone, "en") == dates.day(facts.now, reader.zone, "en")
    return "today" if same_day else "coming"


def _row(card: Card, reader: Reader) -> Row:
    """One task of a longer letter: done with one tap, or open its card."""
    t, task = reader.texts, card.task
    row = [button(t.plain("button.open", code=task.code), "show", task.id)]
    for action in (Action.REPORT, Action.SUBMIT, Action.ACKNOWLEDGE):
        if action in card.actions:
            label = t.plain("button.act", icon=choices.ICONS[action], code=task.code)
            verb = ("askpct", task.id) if action is Action.REPORT else ("act", action.value, task.id, "l")
            row.append(button(label, *verb))
    return row


def _news(notice: TaskNews, facts: Facts, reader: Reader) -> Message:
    t, card = reader.texts, facts.cards[notice.task_id]
    actor = facts.people.get(notice.actor_id or 0)
    name = actor.member.name if actor else card.assigner
    urged = card.tallies.get(Action.URGE)
    if notice.event == "assigned" and not name:
        head = t("letter.assigned_nobody")
    else:
        head = t(f"letter.{notice.event}", name=name, code=card.task.code, n=urged.number if urged else 0)
    note = t("letter.note", text=short(notice.note, 1000)) if notice.note else Markup()
    whose = _in_place_of(card, reader) if card.stands_in else NOTHING
    text = paragraphs(lines([whose, head, note]), cards.card_text(card, reader, notes=not notice.note))
    return Message(text, keyboard(choices.card_rows(card, reader)), (card.task.id,))


def _request_news(notice: RequestNews, facts: Facts, reader: Reader) -> Message:
    one = facts.requests[notice.request_id]
    instructed = notice.event == "refused" and one.request.kind is RequestKind.BLOCKED
    event = "answered" if instructed else notice.event
    return request_message(one, reader, reader.texts(f"letter.request.{event}", name=one.asker))


def _unreachables(notice: Unreachables, facts: Facts, reader: Reader) -> Message:
    t = reader.texts
    people = [facts.people[key] for key in notice.member_ids if key in facts.people]
    rows = [
        t(
            "letter.unreachable_line",
            name=short(person.member.name, 80),
            unit=short(person.unit, 60),
            reason=_reason(person, reader),
            open=person.open,
            overdue=person.overdue,
        )
        for person in people
    ]
    head = t("letter.unreachables", n=len(people)) + Markup("\n")
    return Message(fit(head, rows, lambda n: t("team.more", n=n), Markup("\n") + t("letter.unreachable_hint")))


def _reason(person: Person, reader: Reader) -> str:
    if person.member.account is None:
        return reader.texts.plain("letter.never_joined")
    known = person.member.unreachable_reason == "blocked"
    return reader.texts.plain("letter.blocked" if known else "letter.unreachable_other")


def _binding(notice: ChatBinding, facts: Facts, reader: Reader) -> Message:
    t = reader.texts
    unit = _unit(notice.unit_id, facts, reader)
    rows = [
        [
            button(t.plain("button.bind"), "bind", notice.invite_id),
            button(t.plain("button.not_bind"), "nobind", notice.invite_id),
        ]
    ]
    return Message(t("letter.chat_binding", title=notice.title, unit=unit), keyboard(rows))
