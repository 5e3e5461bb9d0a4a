"""What letters say, without words and without language: only ids and plain values.

A notice is stored with its letter and rendered when it is sent, in the reader's language of that moment,
from the facts of that moment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from storage.figures import Corrected, Figures, WeekRate
from storage.listing import Listing
from storage.records import (
    Away,
    Card,
    Json,
    Person,
    RecurrenceCard,
    RequestCard,
    Unit,
)

# Steps whose letters say something of their own; the others are told by the state of the task.
TELL_HEAD, TELL_LEADERS = "tell-head", "tell-leaders"
HEAD_AGAIN, LEADERS_AGAIN = "head-again", "leaders-again"  # with a number: after an acknowledgement is over
ASK_RECEIPT, UNRECEIVED = "receive", "unreceived"
ASK_UPDATE = "update"
EXPLAIN = "explain"
SNOOZED = "snooze"  # with a number
LAST_STEP = re.compile(r"before-\d+h")  # the last one before a deadline: it must not wait behind the others
# Why a letter did not arrive, as its head is told.
MISSED = ("unreachable", "uncertain", "refused", "expired", "error")
MISSED_ABOUT = ("", "assigned", "answer", "question", "news")  # what it said; empty: it was a reminder


@dataclass(frozen=True, slots=True)
class Step:
    """One earned reminder step: which task, which step of the ladder, for which deadline (ISO, UTC).

    `owner_id` is set when somebody else hears the step because its owner is away. `overtaken`: how many earlier steps
    of the same task were not told, because this one was earned too before anybody could be told.
    """

    task_id: int
    name: str
    due: str
    owner_id: int | None = None
    overtaken: int = 0


@dataclass(frozen=True, slots=True)
class Reminders:
    """All steps that one person earned at one moment."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class TaskNews:
    """Something happened to one task: `event` is assigned, submitted, completed, returned, urgent or many_hands."""

    task_id: int
    event: str
    actor_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Unreachables:
    """To a unit head: these people of the unit cannot be reached by the bot."""

    member_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The weekly summary of a unit; the figures are frozen under `digest_id`.

    `again` (ISO, UTC), here and below: when somebody asked to have the post sent again; empty for the first time.
    """

    digest_id: int
    again: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of the weekly summary whose figures are frozen under `digest_id`; `after`: the key of its text."""

    digest_id: int
    after: str
    again: str = ""


@dataclass(frozen=True, slots=True)
class Spreadsheet:
    """The spreadsheet of the weekly summary frozen under `digest_id`; `after`: the key of the letter before it."""

    digest_id: int
    after: str
    again: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """The figures under `digest_id` correct those of a post: its message (or that of its picture) is to be edited.

    Message 0 cannot be edited any more: the text is posted anew. `anew`: so is the text of a message that is gone.
    """

    digest_id: int
    message_id: int
    picture: bool = False
    again: str = ""
    anew: bool = True


@dataclass(frozen=True, slots=True)
class ChatBinding:
    """To the person who posted a binding code: confirm this chat (`invite_id`) of this kind for this unit?"""

    invite_id: int
    title: str
    unit_id: int | None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ChatLost:
    """To the head of a unit: the bot can no longer post in this leadership chat."""

    title: str
    unit_id: int | None


@dataclass(frozen=True, slots=True)
class SumsWrong:
    """To the administrators: a summary of `unit_id` is held, because the figures of `place` do not add up.

    `until` (ISO) is the end of its period; `classes` in the order on time, late, within, overdue, no deadline.
    """

    unit_id: int | None
    until: str
    place: str
    classes: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class PostHeld:
    """To whoever keeps a chat: its posts are held until somebody decides; `reason` is public, kind or rights."""

    hold_id: int
    title: str
    unit_id: int | None
    reason: str
    subject: str


@dataclass(frozen=True, slots=True)
class PostExpired:
    """To whoever keeps a chat: the post for the period up to `until` (ISO) is not there, or not `again`.

    `why`: "late" (it could not go out in time), "refused", or "uncertain" (it may have arrived all the same).
    """

    title: str
    unit_id: int | None
    until: str
    again: bool = False
    why: str = "late"


@dataclass(frozen=True, slots=True)
class RequestNews:
    """Something happened to a request: `event` is consent, asked, approved, refused, moved or given."""

    request_id: int
    event: str


@dataclass(frozen=True, slots=True)
class AbsenceNews:
    """Somebody is away: `event` is substitute (to whoever stands in), head (to the superiors) or over."""

    absence_id: int
    event: str


@dataclass(frozen=True, slots=True)
class RecurrenceNews:
    """Something happened to work that comes back: `event` is skipped, left, moved or closed.

    `number` occurrences from the day `first` to the day `last` (ISO) were skipped.
    """

    recurrence_id: int
    event: str
    number: int = 0
    first: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class PressesLost:
    """To somebody who has buttons: what was pressed between these instants (ISO, UTC) may have been lost."""

    since: str
    until: str


# What can be told as a line of an agenda.
News = TaskNews | AbsenceNews | RequestNews | RecurrenceNews | ChatLost | PressesLost


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a person reads in the morning of the local day `day` (ISO), in one message.

    With an empty `day` it is nobody's morning: letters that were late and go as one.

    `own`: the person's tasks that are overdue or due soon; `submitted`: tasks that wait for the person's confirmation;
    `requests`: those that wait for the person's answer; `lost`: members whom the bot cannot reach; `steps` and `news`:
    what was earned and what happened since the last agenda. `late`: the bot could not send it at its hour;
    `overtaken`: how many steps are not in it because later ones of the same tasks are.
    """

    day: str
    own: tuple[int, ...] = ()
    submitted: tuple[int, ...] = ()
    requests: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    steps: tuple[Step, ...] = ()
    news: tuple[News, ...] = ()
    late: bool = False
    overtaken: int = 0


@dataclass(frozen=True, slots=True)
class Missed:
    """A letter about a task that did not reach a member; `task_id` is 0 if it could not be read.

    `reason` is one of `MISSED`, `about` one of `MISSED_ABOUT`.
    """

    letter_id: int
    task_id: int
    member_id: int
    reason: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """To a superior: these reminders, and this news, did not arrive."""

    missed: tuple[Missed, ...]


Notice = (
    Agenda
    | AbsenceNews
    | RecurrenceNews
    | RequestNews
    | Reminders
    | TaskNews
    | Unreachables
    | Summary
    | Picture
    | Spreadsheet
    | ChatBinding
    | ChatLost
    | SumsWrong
    | PostHeld
    | Correction
    | PostExpired
    | Undelivered
    | PressesLost
)

_KINDS: dict[str, type[Notice]] = {
    "agenda": Agenda,
    "absence_news": AbsenceNews,
    "request_news": RequestNews,
    "reminders": Reminders,
    "task_news": TaskNews,
    "unreachables": Unreachables,
    "summary": Summary,
    "picture": Picture,
    "spreadsheet": Spreadsheet,
    "chat_binding": ChatBinding,
    "chat_lost": ChatLost,
    "sums_wrong": SumsWrong,
    "post_held": PostHeld,
    "correction": Correction,
    "post_expired": PostExpired,
    "recurrence_news": RecurrenceNews,
    "undelivered": Undelivered,
    "presses_lost": PressesLost,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def kind_of(notice: Notice) -> str:
    """The stable name under which a notice is stored."""
    return _NAMES[type(notice)]


def rank_of(notice: Notice) -> int:
    """How early it leaves when many letters wait: 0 before 1 before 2.

    First what is worth nothing an hour later or answers what somebody just did in a chat; then news; last what goes
    to many people at once.
    """
    if isinstance(notice, ChatBinding):
        return 0
    if isinstance(notice, Reminders):
        return 0 if any(LAST_STEP.fullmatch(step.name) for step in notice.steps) else 2
    return 2 if isinstance(notice, Agenda | Summary | Picture | Spreadsheet | Unreachables) else 1


def to_json(notice: Notice) -> Json:
    """The stored form of a notice; `from_json(kind_of(n), to_json(n)) == n`."""
    values = asdict(notice)
    if isinstance(notice, Agenda):
        values["news"] = [[kind_of(one), asdict(one)] for one in notice.news]
    return values


def from_json(kind: str, content: Json) -> Notice:
    """The notice of a stored letter. Raises KeyError for a kind that this version does not know."""
    values = dict(content)
    if kind == "reminders":
        return Reminders(tuple(Step(**step) for step in values["steps"]))
    if kind == "agenda":
        return _agenda(values)
    if kind == "sums_wrong":
        return SumsWrong(**{**values, "classes": tuple(values["classes"])})
    if kind == "unreachables":
        return Unreachables(tuple(values["member_ids"]))
    if kind == "undelivered":
        return Undelivered(tuple(Missed(**entry) for entry in values["missed"]))
    return _KINDS[kind](**values)


def _agenda(values: Json) -> Agenda:
    ids = {name: tuple(values[name]) for name in ("own", "submitted", "requests", "lost")}
    steps = tuple(Step(**step) for step in values["steps"])
    news = tuple(from_json(kind, content) for kind, content in values["news"])
    told = tuple(one for one in news if isinstance(one, News))
    return Agenda(
        values["day"], steps=steps, news=told, late=values["late"], overtaken=values.get("overtaken", 0), **ids
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of the moment of sending that a notice speaks about.

    `late`: the bot or the messenger, not the reader's hours, kept it back for long.
    """

    now: datetime
    zone: str
    language: str
    cards: Mapping[int, Card] = field(default_factory=dict)
    people: Mapping[int, Person] = field(default_factory=dict)
    units: Mapping[int, Unit] = field(default_factory=dict)
    requests: Mapping[int, RequestCard] = field(default_factory=dict)
    absences: Mapping[int, Away] = field(default_factory=dict)
    recurrence: RecurrenceCard | None = None
    recurrences: Mapping[int, RecurrenceCard] = field(default_factory=dict)
    figures: Figures | None = None
    weeks: tuple[WeekRate, ...] = ()
    listing: Listing | None = None
    names: bool = True
    brief: bool = False  # totals only
    digest_id: int = 0  # where the figures are frozen
    corrected: Corrected | None = None
    again: datetime | None = None  # when somebody asked to have it sent again
    late: bool = False  # it comes long after its time
