"""What is said about the weekly posts beside the posts themselves: held, expired, corrected, set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from handlers.buttons import Key, Row, button, keyboard
from handlers.ports import ChatPlan
from handlers.views import dates
from handlers.views.message import Message, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.texts import NAMES, short
from storage.notices import ChatBinding, ChatLost, Facts, PostExpired, PostHeld, SumsWrong

MOST_CHATS = 20
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = range(7, 22)
DETAILS = ("totals", "units", "names")
ICONS = ("🟢", "🟠", "🔵", "🔴", "⚪")  # in the order of the classes


def unit_name(unit_id: int | None, facts: Facts, reader: Reader) -> str:
    """The name of a unit; for none, that it is the whole organisation."""
    unit = facts.units.get(unit_id or 0)
    return unit.name if unit else reader.texts.plain("unit.whole")


def sums(classes: tuple[int, ...]) -> str:
    """The classes as a sum that can be checked."""
    told = " + ".join(f"{icon} {number}" for icon, number in zip(ICONS, classes, strict=False))
    return f"{told} = {sum(classes)}"


# What is said of a post that is not there, and of one that could not be sent again.
EXPIRED = {
    "late": ("letter.post_expired", "letter.post_expired_again"),
    "refused": ("letter.post_refused", "letter.post_refused_again"),
    "uncertain": ("letter.post_uncertain", "letter.post_uncertain"),
}


def about(notice: ChatBinding | ChatLost | SumsWrong | PostHeld | PostExpired, facts: Facts, reader: Reader) -> Message:
    """What keepers of chats hear about them and about what is posted there."""
    if isinstance(notice, ChatBinding | ChatLost):
        return _about_chat(notice, facts, reader)
    return _about_post(notice, facts, reader)


def _about_chat(notice: ChatBinding | ChatLost, facts: Facts, reader: Reader) -> Message:
    """A chat that may be bound, or one that was lost."""
    if isinstance(notice, ChatBinding):
        return _binding(notice, facts, reader)
    unit = unit_name(notice.unit_id, facts, reader)
    return Message(reader.texts("letter.chat_lost", title=notice.title, unit=unit))


def _binding(notice: ChatBinding, facts: Facts, reader: Reader) -> Message:
    """Which kind of chat is it? What is usual for it comes first: a channel is for leaders, a group is the unit's."""
    t = reader.texts
    unit = unit_name(notice.unit_id, facts, reader)
    both: Row = [
        button(t.plain("button.bind"), "bind", notice.invite_id, "leadership"),
        button(t.plain("button.bind_unit"), "bind", notice.invite_id, "unit"),
    ]
    rows = both if notice.kind in ("", "channel") else both[::-1]
    no = button(t.plain("button.not_bind"), "nobind", notice.invite_id)
    text = paragraphs(t("letter.chat_binding", title=notice.title, unit=unit), t("letter.chat_binding_unit"))
    return Message(text, keyboard([*([one] for one in rows), [no]]))


def _about_post(notice: SumsWrong | PostHeld | PostExpired, facts: Facts, reader: Reader) -> Message:
    """Why a post has not gone out."""
    match notice:
        case SumsWrong():
            return _sums_wrong(notice, facts, reader)
        case PostHeld():
            return _held(notice, facts, reader)
    until = dates.moment(datetime.fromisoformat(notice.until), facts.zone, reader.language)
    unit = unit_name(notice.unit_id, facts, reader)
    first, repeated = EXPIRED[notice.why]
    key = repeated if notice.again else first
    return Message(reader.texts(key, title=notice.title, unit=unit, until=until))


def _held(notice: PostHeld, facts: Facts, reader: Reader) -> Message:
    """A post that waits for a decision."""
    t = reader.texts
    unit = unit_name(notice.unit_id, facts, reader)
    why = t.plain(f"hold.why.{notice.reason}", subject=notice.subject)
    rows = [
        [button(t.plain("button.post_anyway"), "hold", notice.hold_id, "post")],
        [button(t.plain("button.stop_posts"), "hold", notice.hold_id, "stop")],
    ]
    return Message(t("letter.post_held", title=notice.title, unit=unit, why=why), keyboard(rows))


def _sums_wrong(notice: SumsWrong, facts: Facts, reader: Reader) -> Message:
    """A summary was not sent, because its figures cannot be trusted."""
    until = dates.moment(datetime.fromisoformat(notice.until), facts.zone, reader.language)
    text = reader.texts(
        "letter.sums_wrong",
        unit=unit_name(notice.unit_id, facts, reader),
        until=until,
        place=notice.place,
        sums=sums(notice.classes),
        total=notice.total,
    )
    return Message(text)


def plans_message(plans: Sequence[ChatPlan], reader: Reader, verb: str = "plans") -> Message:
    """The chats whose posts the reader may set (or correct), each with a button."""
    rows = [_plan(one, reader) for one in plans[:MOST_CHATS]]
    keys = [[button(short(one.chat.title, 40), verb, one.chat.id)] for one in plans[:MOST_CHATS]]
    return Message(paragraphs(reader.texts("chat.list"), lines(rows)), keyboard(keys))


def plan_message(plan: ChatPlan, reader: Reader) -> Message:
    """When and what is posted in a chat, with a button for everything that can be chosen."""
    t, number = reader.texts, plan.chat.id

    def choice(label: str, field: str, value: str, *, chosen: bool) -> Key:
        return button(f"• {label}" if chosen else label, "plan", number, field, value)

    days = [
        choice(dates.weekday(n, reader.language, short=True), "day", day, chosen=n == plan.weekday)
        for n, day in enumerate(DAYS)
    ]
    hours = [choice(f"{n}:00", "hour", f"{n:02}.00", chosen=plan.hour == f"{n:02}:00") for n in HOURS]
    languages = [choice(name, "language", code, chosen=code == plan.chat.language) for code, name in NAMES.items()]
    leadership = plan.chat.purpose == "leadership"
    details = [
        choice(t.plain(f"chat.detail.{name}"), "detail", name, chosen=name == plan.detail)
        for name in (DETAILS if leadership else ())
    ]
    rows: list[Row] = [days[:4], days[4:], *(hours[i : i + 5] for i in range(0, len(hours), 5)), languages, details]
    note = t("chat.hint") if leadership else t("chat.hint_unit")
    return Message(paragraphs(t("chat.title", title=plan.chat.title), _plan(plan, reader), note), keyboard(rows))


def _plan(plan: ChatPlan, reader: Reader) -> Markup:
    t = reader.texts
    return t(
        "chat.plan",
        title=plan.chat.title,
        unit=plan.unit or t.plain("unit.whole"),
        day=dates.weekday(plan.weekday, reader.language),
        hour=plan.hour,
        language=NAMES.get(plan.chat.language, plan.chat.language),
        detail=t.plain(f"chat.detail.{plan.detail}"),
    )
