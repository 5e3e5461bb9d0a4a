"""A task as its reader sees it: one card, or a line in a list."""

from __future__ import annotations

from markupsafe import Markup

from handlers.buttons import button, keyboard
from handlers.views import dates, pieces
from handlers.views.choices import card_rows, typed
from handlers.views.message import NOTHING, Message, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.rules import rule_words
from handlers.views.texts import Texts, html, short
from storage.records import Action, Card, Difficulty, Request, RequestKind, RequestState, State, Task, TimeClass

SIX = 6  # clears
DONE = 100  # per cent
PERCENTS = (10, 25, 50, 75, 90, 100)
TITLE_ON_CARD = 600
NOTE_ON_CARD = 240


def title(task: Task, language: str, limit: int) -> str:
    """The title in the reader's language if the task has one, cut to `limit` characters."""
    return short(task.titles.get(language) or task.title, limit)


def icon(card: Card) -> str:
    """The colour of a task, the same everywhere."""
    if card.task.state is State.SUBMITTED:
        return "🟡"
    if card.task.state in (State.SUSPENDED, State.CANCELLED):
        return "⏸️" if card.task.state is State.SUSPENDED else "🚫"
    if card.task.state is State.COMPLETED:
        return "🟠" if card.time_class is TimeClass.LATE else "🟢"
    if card.time_class is TimeClass.OVERDUE:
        return "🔴"
    if card.time_class is TimeClass.NO_DEADLINE or card.task.state is State.ASSIGNED:
        return "⚪"
    return "🔵"


def card_text(card: Card, reader: Reader, *, notes: bool = True, whole: bool = False) -> Markup:
    """The whole card; without `notes` where the newest report is said already.

    `whole`: with the commands that are seldom needed.
    """
    t, task = reader.texts, card.task
    head = html("{} <b>{}</b> · {}", icon(card), task.code, title(task, reader.language, TITLE_ON_CARD))
    facts = lines(
        [
            t("card.owner", owner=card.owner, unit=card.unit),
            t("card.assigner", name=card.assigner) if card.assigner and not card.own else NOTHING,
            t("card.leader", name=card.leader) if card.leader else NOTHING,
            t("card.coordinators", units=short(", ".join(card.coordinators), 300)) if card.coordinators else NOTHING,
            _deadline(card, reader),
            t("card.urgent") if task.urgent else NOTHING,
            t("card.ladder", text=task.ladder) if task.ladder else NOTHING,
            t("card.state", state=t.plain(f"state.{task.state}"), percent=task.percent),
            _clears(card, reader),
            _asked(card, reader),
            _difficulty(card, t),
            t("card.repeats", rule=rule_words(card.repeats, t)) if card.repeats else NOTHING,
            t("card.product", product=short(task.product, 200)) if task.product else NOTHING,
            pieces.card_lines(card, t),
            t("card.source", source=short(task.source, 200)) if task.source else NOTHING,
            _presence(card, reader),
        ]
    )
    return paragraphs(
        head,
        facts,
        _notes(card, reader) if notes else NOTHING,
        _explained(card, reader),
        typed(card, reader, whole=whole),
    )


def _presence(card: Card, reader: Reader) -> Markup:
    """Whether the owner hears anything: away with a substitute, or out of reach."""
    t = reader.texts
    if card.away is not None:
        day = dates.day(card.away.last_day, reader.zone, reader.language)
        return t("card.away", name=card.owner, day=day, substitute=card.away.substitute)
    return t("card.unreachable", name=card.owner) if not card.own and not card.owner_reachable else NOTHING


def _deadline(card: Card, reader: Reader) -> Markup:
    t, task = reader.texts, card.task
    if task.due_at is None:
        return t("card.no_deadline")
    due = t("card.due", moment=dates.moment(task.due_at, reader.zone, reader.language))
    if card.time_class is TimeClass.OVERDUE:
        return lines([due, t("card.late", n=card.days_late)])
    if card.time_class is TimeClass.LATE:
        return lines([due, t("card.was_late", n=card.days_late)])
    return lines([due, t("card.was_on_time")]) if card.time_class is TimeClass.ON_TIME else due


def _clears(card: Card, reader: Reader) -> Markup:
    """How many of the six are clear, and which are not; nothing to say when all are."""
    if not card.unclear:
        return NOTHING
    t = reader.texts
    own = [card.labels.get(f"clear.{name}.{reader.language}") for name in card.unclear]
    usual = [t.plain(f"clear.{name}") for name in card.unclear]
    names = ", ".join(mine or other for mine, other in zip(own, usual, strict=True))
    return t("card.clears", part=SIX - len(card.unclear), whole=SIX, missing=names)


def _asked(card: Card, reader: Reader) -> Markup:
    """What was asked about the task: extensions with the original deadline, hands, what still waits."""
    t, task = reader.texts, card.task
    granted = [one for one in card.requests if one.state is RequestState.APPROVED]
    longer = [one for one in granted if one.kind is RequestKind.EXTENSION]
    hands = [one for one in granted if one.kind is RequestKind.HANDOVER]
    delay = max((one.delay_days for one in longer), default=0)
    told = []
    if longer and task.original_due_at is not None:
        moment = dates.moment(task.original_due_at, reader.zone, reader.language)
        told.append(t("card.extended", n=len(longer), moment=moment))
    if delay:
        told.append(t("card.delay_kept", n=delay))
    told += [
        t("card.cause_confirmed", name=card.names.get(one.decided_by or 0, ""))
        for one in granted
        if one.kind is RequestKind.CAUSE
    ]
    if hands:
        told.append(t("card.hands", n=len(hands)))
    told += _counted(card, reader)
    return lines([*told, *(_open_request(one, reader) for one in card.requests if one.state.waits)])


def _counted(card: Card, reader: Reader) -> list[Markup]:
    """What was done about the task again and again, both sides see it."""
    t = reader.texts
    told = []
    for action, key in ((Action.URGE, "card.urged"), (Action.SNOOZE, "card.snoozed")):
        if (tally := card.tallies.get(action)) is not None:
            told.append(t(key, n=tally.number, day=dates.day(tally.at, reader.zone, reader.language)))
    cared_for = card.tallies.get(Action.ACKNOWLEDGE)
    if cared_for is not None and card.time_class is TimeClass.OVERDUE:
        name = card.names.get(cared_for.actor_id or 0, "")
        told.append(t("card.acknowledged", name=name, day=dates.day(cared_for.at, reader.zone, reader.language)))
    return told


def _open_request(one: Request, reader: Reader) -> Markup:
    t = reader.texts
    if one.kind is RequestKind.BLOCKED:
        return t("card.blocked", day=dates.day(one.at, reader.zone, reader.language), reason=short(one.reason, 200))
    return t("card.waiting_request", kind=t.plain(f"request.kind.{one.kind}"), number=one.id)


def _difficulty(card: Card, t: Texts) -> Markup:
    """Said only when it is not the usual."""
    if card.task.difficulty is Difficulty.NORMAL:
        return NOTHING
    return t("card.difficulty", difficulty=t.plain(f"difficulty.{card.task.difficulty}"))


def _explained(card: Card, reader: Reader) -> Markup:
    """The reason of a delay stands beside the delay; one that is missing is said as well."""
    t = reader.texts
    told = []
    for one in card.explanations:
        if one.text and one.at is not None:
            day, late = dates.day(one.at, reader.zone, reader.language), one.answer_by and one.at > one.answer_by
            key = "card.explained_late" if late else "card.explained"
            told.append(t(key, day=day, text=short(one.text, NOTE_ON_CARD)))
        elif one.answer_by is not None:
            told.append(t("card.to_explain", moment=dates.moment(one.answer_by, reader.zone, reader.language)))
    return lines(told)


def _notes(card: Card, reader: Reader) -> Markup:
    t = reader.texts
    if not card.notes:
        return NOTHING
    told = []
    for note in card.notes:
        values = {"day": dates.day(note.at, reader.zone, reader.language), "author": note.author}
        text = short(note.text, NOTE_ON_CARD)
        if note.percent is None or f"{note.percent}%" in text.replace(" ", ""):  # the words say it themselves
            told.append(t("card.note", **values, text=text))
        else:
            told.append(t("card.note_percent", **values, text=text, percent=note.percent))
    return lines([t("card.notes"), *told])


def card_message(card: Card, reader: Reader, *, whole: bool = False, head: Markup = NOTHING) -> Message:
    """The card with its buttons, below a head line; `whole` with those that are seldom needed."""
    text = paragraphs(head, card_text(card, reader, whole=whole))
    return Message(text, keyboard(card_rows(card, reader, whole=whole)), (card.task.id,))


def done_message(card: Card, action: Action, reader: Reader, percent: int | None = None) -> Message:
    """The card below the line that says what words or a command have just done to it."""
    return card_message(card, reader, head=reader.texts(done_key(action, percent), **done_values(card)))


def done_key(action: Action, percent: int | None) -> str:
    """The message that says what was done; a report with `percent` is progress, one without is a note."""
    if action is not Action.REPORT:
        return f"done.{action}"
    if percent is None:
        return "progress.noted"
    return "progress.full" if percent == DONE else "progress.saved"


def done_values(card: Card) -> dict[str, str | int]:
    """What such a message is about."""
    return {"code": card.task.code, "percent": card.task.percent}


def percent_message(card: Card, reader: Reader) -> Message:
    """The card while its progress is asked for."""
    t = reader.texts
    picks = [button(f"{percent} %", "pct", card.task.id, percent) for percent in PERCENTS]
    rows = [picks[:3], picks[3:], [button(t.plain("button.back"), "card", card.task.id)]]
    ask = t("progress.ask", code=card.task.code)
    return Message(paragraphs(card_text(card, reader), ask), keyboard(rows), (card.task.id,))
