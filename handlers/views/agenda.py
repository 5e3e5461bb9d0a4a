"""The morning agenda in words: what today asks in the first line, then a line for each task, then the buttons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from markupsafe import Markup

from handlers.buttons import Row, button, keyboard
from handlers.views import cards, choices, dates, lists, steps
from handlers.views.away import news_message
from handlers.views.message import NOTHING, Message, fit, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.recurring import recurrence_news
from handlers.views.requests import ICONS, request_message
from handlers.views.texts import Fitted, short
from handlers.views.troubles import silence_line
from handlers.views.unreachable import lost_lines
from storage.notices import (
    ASK_RECEIPT,
    AbsenceNews,
    Agenda,
    ChatLost,
    Facts,
    PressesLost,
    RecurrenceNews,
    RequestNews,
    Step,
    TaskNews,
)
from storage.records import Action, Card, RequestCard, RequestKind, TimeClass

BUTTON_ROWS = 8  # tasks and requests of one agenda that get buttons of their own
AT_ONCE = ("assigned", "returned", "urged", "urgent", "suspended", "resumed", "cancelled")  # told with the whole line
OWN = ("overdue", "today", "coming")
NOTE = 200  # UTF-16 units of what somebody wrote


def agenda_message(notice: Agenda, facts: Facts, reader: Reader) -> Message:
    """The whole morning in one message; a single task or request with all its buttons."""
    groups = _groups(notice, facts, reader)
    alone = _alone(notice, groups, facts, reader)
    if alone is not None:
        return alone
    t = reader.texts
    head = lines([_late(notice, reader), _head(notice, groups, reader)])
    rows = [*_tasks(groups, reader), *_decisions(notice, facts, reader), *_news(notice, facts, reader)]
    if notice.lost:
        rows += lost_lines(notice.lost, facts, reader)
    text = fit(head, rows, lambda n: t("agenda.more", n=n), _foot(notice, groups, reader))
    told = [card.task.id for some in groups.values() for card in some]
    told += [card.task.id for card in _work_told(notice, facts)]
    return Message(text, keyboard(_buttons(notice, groups, facts, reader)), tuple(dict.fromkeys(told)))


def _foot(notice: Agenda, groups: dict[str, list[Card]], reader: Reader) -> Markup:
    """What is typed instead of pressed, and why that may be needed: never left out, however long the message is."""
    lost = [silence_line(one, reader) for one in notice.news if isinstance(one, PressesLost)]
    acting = any(card.acts for some in groups.values() for card in some)
    if not (acting or lost):
        return NOTHING
    typed = (choices.TYPED[Action.REPORT], choices.TYPED[Action.SUBMIT])
    hint = choices.typed_hint(typed, reader.texts.plain("usage.task"), reader, reply=acting)
    return Markup("\n") + lines([*lost, hint])


def _groups(notice: Agenda, facts: Facts, reader: Reader) -> dict[str, list[Card]]:
    """The tasks of the agenda by section, in the order of the sections; the latest step of a task speaks."""
    said = {step.task_id: step for step in notice.steps}
    asked = {step.task_id for step in notice.steps if step.name == ASK_RECEIPT}
    found: dict[str, list[Card]] = {}
    for key in dict.fromkeys([*notice.own, *said]):
        card = facts.cards.get(key)
        if card is not None:
            step = said.get(key)
            group = steps.group(card, step.name if step else "", facts.now, reader)
            if group == "coming" and key in asked:  # what asks for an answer says more than a date that is far
                group = "receive"
            found.setdefault(group, []).append(card)
    found.get("substitute", []).sort(key=lambda card: card.owner)
    return {name: found[name] for name in steps.GROUPS if name in found}


def _head(notice: Agenda, groups: dict[str, list[Card]], reader: Reader) -> Markup:
    """What today asks: so much overdue, so much due today, so much to decide; nothing in a message of no day."""
    t = reader.texts
    if not notice.day:
        return NOTHING
    own = [card for some in groups.values() for card in some if card.own]
    late = sum(card.time_class is TimeClass.OVERDUE for card in own)
    counted = {
        "overdue": late,
        "today": len(groups.get("today", [])),
        "told": sum(len(groups.get(name, [])) for name in steps.REPORTED),
        "decide": len(notice.submitted) + len(notice.requests),
        "coming": len(groups.get("coming", [])),
    }
    parts = [t.plain(f"agenda.count.{name}", n=n) for name, n in counted.items() if n]
    day = dates.day(date.fromisoformat(notice.day), reader.zone, reader.language)
    return t("agenda.head", day=day, counts=Fitted(", ".join(parts or [t.plain("agenda.count.none")])))


def _late(notice: Agenda, reader: Reader) -> Markup:
    if not notice.late:
        return NOTHING
    head = reader.texts("agenda.late") if notice.day else reader.texts("agenda.gathered")
    return lines([head, overtaken_line(notice.steps, notice.overtaken, reader)])


def overtaken_line(steps: Iterable[Step], besides: int, reader: Reader) -> Markup:
    """How many reminders these steps, and others `besides`, stand for; nothing when there are none."""
    number = besides + sum(step.overtaken for step in steps)
    return reader.texts("agenda.overtaken", n=number) if number else NOTHING


def _work_told(notice: Agenda, facts: Facts) -> list[Card]:
    """The tasks that came or changed for the reader, who may act on them."""
    told = [one for one in notice.news if isinstance(one, TaskNews) and one.event in AT_ONCE]
    found = {one.task_id: facts.cards[one.task_id] for one in told if one.task_id in facts.cards}
    return [card for card in found.values() if card.acts]


def _tasks(groups: dict[str, list[Card]], reader: Reader) -> list[Markup]:
    rows: list[Markup] = []
    for name, some in groups.items():
        before = NOTHING
        for card in some:
            row = lists.line(card, reader, owner=not card.own)
            if (heading := steps.heading(name, card, reader)) != before:
                # The heading belongs to its first task: it must not be counted among those that were left out.
                row, before = lines([Markup("\n") + heading, row]), heading
            rows.append(row)
    return rows


def _decisions(notice: Agenda, facts: Facts, reader: Reader) -> list[Markup]:
    """What waits for the reader: submissions with what was written about them, then requests."""
    t = reader.texts
    notes = {one.task_id: one.note for one in notice.news if isinstance(one, TaskNews) and one.event == "submitted"}
    rows = []
    for key in notice.submitted:
        if (card := facts.cards.get(key)) is not None:
            note = notes.get(key, "")
            said = t("letter.note", text=short(note, NOTE)) if note else NOTHING
            rows.append(lines([lists.line(card, reader, owner=True), said]))
    for key in notice.requests:
        if (one := facts.requests.get(key)) is not None:
            kind = t.plain(f"request.kind.{one.request.kind}")
            values = {"icon": ICONS[one.request.kind], "number": key, "kind": kind}
            rows.append(t("agenda.request", **values, code=one.card.task.code, asker=one.asker))
    if rows:
        rows[0] = lines([Markup("\n") + t("agenda.decide"), rows[0]])
    return rows


def _news(notice: Agenda, facts: Facts, reader: Reader) -> list[Markup]:
    rows = []
    for one in notice.news:
        if isinstance(one, AbsenceNews):
            rows.append(news_message(one.event, facts.absences[one.absence_id], reader).text)
        elif isinstance(one, RequestNews):
            rows.append(_answered(one, facts.requests[one.request_id], reader))
        elif isinstance(one, RecurrenceNews):
            text = recurrence_news(one, facts.recurrences[one.recurrence_id], reader).text
            rows.append(text.split("\n\n")[0])
        elif isinstance(one, ChatLost):
            rows.append(_lost(one, facts, reader))
        elif isinstance(one, TaskNews) and one.event != "submitted" and one.task_id in facts.cards:
            rows.append(_told(one, facts.cards[one.task_id], facts, reader))
    if rows:
        rows[0] = lines([Markup("\n") + reader.texts("agenda.news"), rows[0]])
    return rows


def _told(news: TaskNews, card: Card, facts: Facts, reader: Reader, *, named: bool = True) -> Markup:
    t = reader.texts
    note = t("letter.note", text=short(news.note, NOTE)) if news.note else NOTHING
    line = lists.line(card, reader, owner=not card.own) if named and news.event in AT_ONCE else NOTHING
    return lines([steps.news_head(news, card, facts, reader), line, note])


def _answered(news: RequestNews, one: RequestCard, reader: Reader) -> Markup:
    """What became of a request: the answer, which request, its task, what was written."""
    t, task = reader.texts, one.card.task
    kind = t.plain(f"request.kind.{one.request.kind}")
    values = {"icon": ICONS[one.request.kind], "number": one.request.id, "kind": kind}
    which = t("agenda.answered", **values, code=task.code, title=cards.title(task, reader.language, NOTE))
    note = t("letter.note", text=short(one.request.answer, NOTE)) if one.request.answer else NOTHING
    return lines([said(news, one, reader), which, note])


def said(news: RequestNews, one: RequestCard, reader: Reader) -> Markup:
    """What happened to a request; an obstacle that is "refused" has got an instruction."""
    instructed = news.event == "refused" and one.request.kind is RequestKind.BLOCKED
    return reader.texts(f"letter.request.{'answered' if instructed else news.event}", name=one.asker)


def _lost(news: ChatLost, facts: Facts, reader: Reader) -> Markup:
    unit = facts.units.get(news.unit_id or 0)
    name = unit.name if unit else reader.texts.plain("unit.whole")
    return reader.texts("letter.chat_lost", title=news.title, unit=name)


def _buttons(notice: Agenda, groups: dict[str, list[Card]], facts: Facts, reader: Reader) -> list[Row]:
    """Own work and decisions each get their share of the rows."""
    t = reader.texts
    decide = [_judge(facts.cards[key], reader) for key in notice.submitted if key in facts.cards]
    for key in notice.requests:
        if key in facts.requests:
            label = t.plain("button.request", icon=ICONS[facts.requests[key].request.kind], number=key)
            decide.append([button(label, "req", key)])
    cards_of = [*(card for some in groups.values() for card in some), *_work_told(notice, facts)]
    work = [steps.row(card, reader) for card in {card.task.id: card for card in cards_of}.values()]
    share = max(BUTTON_ROWS - len(work), BUTTON_ROWS // 2)
    shown = decide[:share]
    return [*work[: BUTTON_ROWS - len(shown)], *shown]


def _judge(card: Card, reader: Reader) -> Row:
    """A submission: open its card, accept it or send it back."""
    t, task = reader.texts, card.task
    row = [button(t.plain("button.open", code=task.code), "show", task.id)]
    for action in (Action.ACCEPT, Action.RETURN):
        if action in card.actions:
            label = t.plain("button.act", icon=choices.ICONS[action], code=task.code)
            row.append(button(label, "act", action.value, task.id, "l"))
    return row


def _alone(notice: Agenda, groups: dict[str, list[Card]], facts: Facts, reader: Reader) -> Message | None:
    """One single thing: its card with all its buttons."""
    t = reader.texts
    work = [(name, card) for name, some in groups.items() for card in some]
    news = [one for one in notice.news if not (isinstance(one, TaskNews) and one.task_id in notice.submitted)]
    if len(work) + len(notice.submitted) + len(notice.requests) + len(news) + len(notice.lost) != 1:
        return None
    head = lines([_late(notice, reader), _head(notice, groups, reader)])
    if notice.requests and notice.requests[0] in facts.requests:
        one = facts.requests[notice.requests[0]]
        return request_message(one, reader, paragraphs(head, t("letter.request.asked", name=one.asker)))
    if notice.submitted and notice.submitted[0] in facts.cards:
        told = [one for one in notice.news if isinstance(one, TaskNews)]
        card = facts.cards[notice.submitted[0]]
        heading = _told(told[-1], card, facts, reader) if told else t("agenda.decide")
        return _card(head, heading, card, reader, notes=not (told and told[-1].note))
    if work and work[0][1].acts:
        name, card = work[0]
        return _card(head, steps.heading(name, card, reader), card, reader)
    if news and isinstance(news[0], TaskNews) and news[0].task_id in facts.cards:
        card = facts.cards[news[0].task_id]
        heading = _told(news[0], card, facts, reader, named=False)
        return _card(head, heading, card, reader, notes=not news[0].note)
    if news and isinstance(news[0], RequestNews):
        one = facts.requests[news[0].request_id]
        return request_message(one, reader, paragraphs(head, said(news[0], one, reader)))
    return None


def _card(head: Markup, heading: Markup, card: Card, reader: Reader, *, notes: bool = True) -> Message:
    text = paragraphs(head, heading, cards.card_text(card, reader, notes=notes))
    return Message(text, keyboard(choices.card_rows(card, reader)), (card.task.id,))
