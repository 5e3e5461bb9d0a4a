"""Requests in words: what is asked, by whom, how long it waits, and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from handlers.buttons import Row, button, keyboard, stamp
from handlers.commands import local_name
from handlers.ports import Deadline
from handlers.views import dates
from handlers.views.cards import title
from handlers.views.choices import TYPED, typed_hint
from handlers.views.message import NOTHING, Message, fit, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.screens import around, provisional_note
from handlers.views.texts import Texts, short
from storage.records import Action, Person, RequestCard, RequestKind, RequestState

ICONS = {
    RequestKind.EXTENSION: "🕒",
    RequestKind.BLOCKED: "⛔",
    RequestKind.HANDOVER: "🔁",
    RequestKind.DECLINE: "🙅",
    RequestKind.CAUSE: "🌩️",
}
# What the two buttons of whoever decides say.
ANSWERS = {
    RequestKind.BLOCKED: ("button.agree_proposal", "button.instruct"),
    RequestKind.DECLINE: ("button.release", "button.refuse"),
}
DECISION = ("button.approve", "button.refuse")
WORDS_SHOWN = 600  # of a reason, a proposal, an answer
CODES_SHOWN = 1200  # of the tasks that are decided together


def request_text(one: RequestCard, reader: Reader) -> Markup:
    """The whole request."""
    t, request = reader.texts, one.request
    head = lines(
        [
            t(
                "request.title",
                icon=ICONS[request.kind],
                kind=t.plain(f"request.kind.{request.kind}"),
                number=request.id,
                asker=one.asker,
            ),
            _about(one, reader),
        ]
    )
    reason = "request.obstacle" if request.kind is RequestKind.BLOCKED else "request.reason"
    words = lines(
        [
            t(reason, text=short(request.reason, WORDS_SHOWN)),
            t("request.proposal", text=short(request.proposal, WORDS_SHOWN)) if request.proposal else NOTHING,
        ]
    )
    return paragraphs(head, _facts(one, reader), words, _state(one, t), _typed(one, reader))


def _about(one: RequestCard, reader: Reader) -> Markup:
    """The task, or all tasks that are decided together."""
    t = reader.texts
    if not one.codes:
        return t("request.task", code=one.card.task.code, title=title(one.card.task, reader.language, 300))
    codes = t("request.batch", n=len(one.codes), codes=short(", ".join(one.codes), CODES_SHOWN))
    waits = one.request.state.waits  # afterwards the owner on the card is the new one
    return lines([t("request.batch_owner", name=one.card.owner) if waits else NOTHING, codes])


def _facts(one: RequestCard, reader: Reader) -> Markup:
    t, request = reader.texts, one.request
    if request.kind is RequestKind.EXTENSION and request.old_due_at and request.new_due_at:
        old = dates.moment(request.old_due_at, reader.zone, reader.language)
        new = dates.zoned(request.new_due_at, reader.zone, reader.language)
        return lines(
            [
                t("request.extension", old=old, new=new),
                t("request.late", n=max(1, one.notice)) if request.late else NOTHING,
                t("request.second") if request.level > 1 else NOTHING,
            ]
        )
    if request.kind is RequestKind.HANDOVER:
        return lines(
            [
                t("request.handover", name=one.new_owner),
                t("request.hands", n=one.hands) if one.hands else NOTHING,
                t("request.returns") if one.returns else NOTHING,
            ]
        )
    return NOTHING


def _state(one: RequestCard, t: Texts) -> Markup:
    request = one.request
    name = short(", ".join(one.answers), 200) if request.state.waits else one.decider
    return lines(
        [
            t("request.state.instructed" if _instructed(one) else f"request.state.{request.state}", name=name),
            t("request.age", n=one.days_waiting) if request.state.waits and one.days_waiting else NOTHING,
            t("request.answer", text=short(request.answer, WORDS_SHOWN)) if request.answer else NOTHING,
        ]
    )


def _instructed(one: RequestCard) -> bool:
    """A proposal that was not followed is no refusal: another instruction was given."""
    return one.request.kind is RequestKind.BLOCKED and one.request.state is RequestState.REFUSED


def _typed(one: RequestCard, reader: Reader) -> Markup:
    if not (one.may_consent or one.may_decide):
        return NOTHING
    names = {name: local_name(name, reader.language) for name in ("approve", "refuse")}
    hint = reader.texts("request.typed.yes", number=one.request.id, **names)
    if one.request.kind is not RequestKind.DECLINE:
        return hint
    return lines([hint, typed_hint([TYPED[Action.REASSIGN]], one.card.task.code, reader, reply=False)])


def request_rows(one: RequestCard, reader: Reader) -> list[Row]:
    """The buttons of whoever has to answer."""
    t, number = reader.texts, one.request.id
    if not (one.may_consent or one.may_decide):
        return []
    yes, no = ("button.take_over", "button.say_no") if one.may_consent else ANSWERS.get(one.request.kind, DECISION)
    return [[button(t.plain(yes), "yes", number), button(t.plain(no), "no", number)]]


def request_message(one: RequestCard, reader: Reader, head: Markup = NOTHING) -> Message:
    """The request with its buttons, below a head line."""
    text = paragraphs(head, request_text(one, reader))
    return Message(text, keyboard(request_rows(one, reader)))


def requests_message(found: Sequence[RequestCard], reader: Reader) -> Message:
    """What waits for the reader's answer."""
    t = reader.texts
    if not found:
        return Message(t("list.requests.empty"))
    rows = [_line(one, reader) for one in found]
    opens = [
        button(t.plain("button.request", icon=ICONS[one.request.kind], number=one.request.id), "req", one.request.id)
        for one in found[:MOST_BUTTONS]
    ]
    text = fit(t("list.requests.title", n=len(found)) + Markup("\n"), rows, lambda n: t("summary.more", n=n))
    return Message(text, keyboard([opens[i : i + 3] for i in range(0, len(opens), 3)]))


MOST_BUTTONS = 30


def _line(one: RequestCard, reader: Reader) -> Markup:
    t, request = reader.texts, one.request
    task = one.card.task
    more = len(one.codes) - 1
    head = t(
        "list.requests.line",
        icon=ICONS[request.kind],
        number=request.id,
        code=task.code,
        title=t.plain("list.requests.batch", n=more) if more > 0 else title(task, reader.language, 60),
    )
    age = t.plain("request.age", n=one.days_waiting) if one.days_waiting else t.plain("request.today")
    return lines([head, Markup("     ") + t("list.requests.by", asker=one.asker, age=age)])


def ask_field(field: str, code: str, reader: Reader, rows: Sequence[Row] = (), due: datetime | None = None) -> Message:
    """One question of a form, below the deadline as it was understood."""
    t = reader.texts
    understood = t("form.understood", due=dates.full(due, reader.zone, reader.language)) if due else NOTHING
    return Message(lines([understood, t(f"form.{field}", code=code)]), keyboard([*rows, cancel_row(t)]), ask=True)


def cancel_row(t: Texts) -> Row:
    """The way out of a dialogue."""
    return [button(t.plain("button.cancel"), "cancel")]


def due_rows(choices: Sequence[datetime], token: str, reader: Reader) -> list[Row]:
    """The ends of coming working days."""
    picks = [
        button(
            f"{dates.day(at, reader.zone, reader.language)} {dates.clock(at, reader.zone)}",
            "form",
            token,
            "due",
            stamp(at),
        )
        for at in choices
    ]
    return [picks[i : i + 2] for i in range(0, len(picks), 2)]


def ask_day_off(deadline: Deadline, token: str, reader: Reader) -> Message:
    """The new deadline falls on a day off: the working days around it, or that day on purpose, or another date."""
    t = reader.texts
    due = dates.full(deadline.at, deadline.zone, reader.language)
    rows = [
        around(deadline, reader, "form", token, "due"),
        [button(t.plain("button.keep_day_off"), "form", token, "due", stamp(deadline.at))],
        cancel_row(t),
    ]
    text = lines([t("form.day_off", due=due), *provisional_note(deadline, t), t("form.day_off.other")])
    return Message(text, keyboard(rows), ask=True)


def person_rows(people: Sequence[Person], token: str, verb: str = "form", field: str = "person") -> list[Row]:
    """People to choose from."""
    return [
        [button(short(f"{person.member.name} · {person.unit}", 60), verb, token, field, person.member.id)]
        for person in people
    ]
