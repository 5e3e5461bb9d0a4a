"""What the handlers need from the bot, as protocols, and the one error they show: Refused.

A desk serves one person for one incoming update: who taps is known from the start, and what the update
does is done once, however often the update is handled.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from handlers.views.book import Book
from storage.figures import FigureChange, Figures, Outlook
from storage.listing import IndexEntry, Listing
from storage.notices import Facts, Notice
from storage.records import (
    Action,
    Away,
    Card,
    Chat,
    Claimed,
    Days,
    Difficulty,
    Draft,
    EvidenceKind,
    Happening,
    LadderCard,
    Member,
    Person,
    RecurrenceCard,
    RequestCard,
    RequestKind,
    Task,
    Touched,
    Unit,
)
from storage.sheets import OwnSheet, Span, UnitSheet

# Done to a task only with words: a reason, an explanation, or what was contributed.
NEED_REASON = (Action.RETURN, Action.SUSPEND, Action.DROP, Action.CONTRIBUTE, Action.EXPLAIN)
AWAITED = "evidence"  # the kind of a dialogue that waits for evidence of one task
HELD = "file"  # the kind of a dialogue in which files wait for their task
PAGE = 8  # cards in a list that still fits a phone screen
STORY = 8  # lines of history on a page


class Refused(Exception):
    """What was asked cannot be done. `reason` is a key of the language catalogues; `details` fill its words."""

    def __init__(self, reason: str, **details: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


class AlreadyDone(Exception):
    """The effect of this update was committed before a restart: there is nothing left to do or say."""


class Interrupted(Exception):
    """The database has gone away for a moment: the update stays in the inbox and is dealt with later, once."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who talks to the bot: the messenger's id and the language its program is set to."""

    account: int
    language: str = ""


@dataclass(frozen=True, slots=True)
class Me:
    """The person who is talking. `roles` holds "member" and what else was granted; `deeds` what is possible.

    `agenda`: the local hour of the morning agenda ("08:30"); `hours`: some others that fit the working hours.
    """

    member: Member
    unit: str
    roles: frozenset[str]
    deeds: frozenset[str]
    language: str
    zone: str
    last_letter: datetime | None = None
    agenda: str = "08:30"
    hours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a good invitation code opens, for the notice that is shown before joining."""

    name: str
    unit: str
    organisation: str
    language: str
    zone: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline as it was understood, with the working days around it when it falls on a day off."""

    at: datetime
    zone: str
    day_off: bool
    working_before: date | None = None
    working_after: date | None = None
    provisional: bool = False  # nobody has announced that day off yet


@dataclass(frozen=True, slots=True)
class Team:
    """One unit as its head sees it.

    `units` are all the units the reader may look at, each with its number of overdue tasks; `overdue` and
    `waiting` (for confirmation) count the tasks of all of them.
    """

    unit: Unit
    units: tuple[tuple[Unit, int], ...]
    people: tuple[Person, ...]
    overdue: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some cards of a longer list.

    `total` counts all of it, `start` is the index of the first card here, `size` how many a full page holds.
    """

    cards: tuple[Card, ...]
    start: int
    total: int
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class Opened:
    """The list behind a number of a summary whose period ended at `until`.

    `number` is what stood there, `kept` how many tasks are known to be behind it, `hidden` how many of them the reader
    may not see.
    """

    unit: str
    until: datetime
    zone: str
    figure: str
    number: int
    kept: int
    hidden: int
    page: Page


@dataclass(frozen=True, slots=True)
class StoryPage:
    """Some lines of the history of a task, oldest first; `start` and `total` as in a Page."""

    task: Task
    lines: tuple[Happening, ...]
    start: int
    total: int
    size: int = STORY


@dataclass(frozen=True, slots=True)
class ChatClaim:
    """A group or channel in which somebody posted a binding code."""

    invite_id: int
    account: int
    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class ChatPlan:
    """What is posted in a chat of a unit (empty: of the whole organisation), and when: at "16:00"; Monday is 0."""

    chat: Chat
    unit: str
    weekday: int
    hour: str
    detail: str


@dataclass(frozen=True, slots=True)
class Correcting:
    """What a correction changes in the last post of a chat; `changed`: whether a reader would see anything else."""

    chat: Chat
    digest_id: int
    unit: str
    until: datetime
    zone: str
    changes: tuple[FigureChange, ...]
    changed: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """A new task as it was dictated. `due` None means explicitly no deadline."""

    owner_id: int
    title: str
    due: datetime | None
    product: str
    difficulty: Difficulty = Difficulty.NORMAL
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Routine:
    """Work that is to come back, as it was dictated; the fields are those of `storage.records.Recurrence`."""

    owner_id: int
    rule: str
    title: str
    product: str
    clock: str = ""
    difficulty: Difficulty = Difficulty.NORMAL


@dataclass(frozen=True, slots=True)
class Piece:
    """Evidence as it came in; the fields are those of `storage.records.Evidence`."""

    kind: EvidenceKind
    file_id: str = ""
    unique_id: str = ""
    name: str = ""
    size: int = 0
    sha256: str = ""
    url: str = ""
    album: str = ""


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who leaves: the codes of the open tasks, the number of the request that waits to re-home them.

    `heirs` are the colleagues who could take the tasks.
    """

    person: Person
    codes: tuple[str, ...]
    waiting: int | None = None
    heirs: tuple[Person, ...] = ()


class Desk(Protocol):
    """Everything one person can ask for. Every method raises Refused with the reason when it cannot be done."""

    @property
    def now(self) -> datetime: ...

    # who is talking
    async def me(self) -> Me: ...
    async def greet_stranger(self) -> bool: ...

    # joining
    async def invitation(self, code: str) -> Invitation: ...
    async def join(self, code: str, language: str) -> Me: ...

    # own work
    async def my_tasks(self, start: int = 0) -> Page: ...
    async def card(self, task_id: int) -> Card: ...
    async def card_by_code(self, code: str) -> Card: ...
    async def may_act(self, action: Action, task_id: int) -> Card: ...
    async def act(self, action: Action, task_id: int, *, percent: int | None = None, note: str = "") -> Card: ...
    async def ladder(self, task_id: int) -> LadderCard: ...
    async def set_ladder(self, task_id: int, text: str | None) -> LadderCard: ...  # None: as in the unit again
    async def set_urgent(self, task_id: int, *, urgent: bool | None = None) -> Card: ...  # None: the other of the two
    async def mentioned(self, address: int, message_id: int) -> tuple[Card, ...]: ...
    async def mention(self, address: int, message_id: int, task_ids: Sequence[int]) -> None: ...

    # what happened
    async def history(self, task_id: int, start: int = 0) -> StoryPage: ...

    # a unit
    async def team(self, unit_id: int | None = None) -> Team: ...
    async def late(self, start: int = 0) -> Page: ...
    async def waiting(self, start: int = 0) -> Page: ...
    async def figures(self, unit_id: int | None = None) -> Figures: ...
    async def behind(self, digest_id: int, unit_id: int, figure: str, start: int = 0) -> Opened: ...
    async def outlook(self, unit_id: int | None = None) -> Outlook: ...
    async def find_people(self, text: str) -> tuple[Person, ...]: ...
    async def colleagues(self) -> tuple[Person, ...]: ...
    async def assignable(self, member_id: int) -> Person: ...
    async def understand(self, text: str, member_id: int) -> tuple[Deadline, ...]: ...  # one, or the two it can mean
    async def deadline_at(self, at: datetime, member_id: int) -> Deadline: ...
    async def choices(self, member_id: int) -> tuple[datetime, ...]: ...
    async def usual_products(self, member_id: int) -> tuple[str, ...]: ...
    async def assign(self, assignment: Assignment) -> Card: ...

    # work that comes back
    async def recurring(self) -> tuple[RecurrenceCard, ...]: ...
    async def understand_rule(self, text: str) -> tuple[str, str]: ...  # the rule and the hour, as they are stored
    async def coming(self, rule: str, clock: str, member_id: int) -> tuple[Deadline, ...]: ...
    async def repeat(self, wanted: Routine) -> RecurrenceCard: ...
    async def end_recurring(self, number: int) -> tuple[RecurrenceCard, ...]: ...

    # requests
    async def ask(
        self,
        kind: RequestKind,
        task_id: int,
        reason: str,
        *,
        proposal: str = "",
        new_due: datetime | None = None,
        new_owner_id: int | None = None,
    ) -> RequestCard: ...
    async def may_ask(self, kind: RequestKind, task_id: int) -> Card: ...
    async def reassign(self, task_id: int, new_owner_id: int, reason: str) -> Card: ...
    async def consent(self, request_id: int) -> RequestCard: ...
    async def decide(self, request_id: int, *, yes: bool, answer: str = "") -> RequestCard: ...
    async def request(self, request_id: int) -> RequestCard: ...
    async def requests(self) -> tuple[RequestCard, ...]: ...
    async def find_anybody(self, text: str) -> tuple[Person, ...]: ...
    async def colleagues_of_task(self, task_id: int) -> tuple[Person, ...]: ...
    async def own_deadline(self, text: str) -> tuple[Deadline, ...]: ...  # one, or the two it can mean
    async def own_deadline_at(self, at: datetime) -> Deadline: ...
    async def own_choices(self, task_id: int) -> tuple[datetime, ...]: ...

    # evidence
    async def attach(
        self,
        task_id: int,
        pieces: Sequence[Piece],
        *,
        action: Action | None = None,
        percent: int | None = None,
        note: str = "",
        ends: str = "",
    ) -> Card: ...
    async def task_of_album(self, album: str) -> int | None: ...

    # being away
    async def absence(self) -> Away | None: ...
    async def read_away(self, text: str) -> tuple[tuple[datetime, ...], str]: ...  # ends of days it can mean; the rest
    async def last_days(self) -> tuple[datetime, ...]: ...
    async def substitutes(self) -> tuple[Person, ...]: ...
    async def go_away(self, until: datetime, substitute_id: int) -> Away: ...
    async def come_back(self) -> Away: ...

    # leavers
    async def find_leavers(self, text: str) -> tuple[Person, ...]: ...
    async def leaver(self, member_id: int) -> Leaver: ...
    async def find_heirs(self, text: str, leaver_id: int) -> tuple[Person, ...]: ...
    async def rehome(self, leaver_id: int, heir_id: int, reason: str) -> RequestCard: ...
    async def close_leaver(self, member_id: int) -> Person: ...

    # an unfinished dialogue
    async def draft(self) -> Draft | None: ...
    async def keep_draft(self, kind: str, data: Mapping[str, Any]) -> Draft: ...
    async def drop_draft(self) -> bool: ...

    # the working calendar
    async def calendar(self, country: str | None = None) -> Days: ...
    async def decide_day(
        self, country: str | None, day: str, *, working: bool | None, note: str = "", source: str = ""
    ) -> Touched: ...

    # files to carry elsewhere
    async def listing(self, unit: str = "") -> tuple[Figures, Listing]: ...
    async def read_span(self, text: str) -> tuple[Span, str]: ...
    async def own_sheet(self, wanted: Span, member_id: int | None = None) -> OwnSheet: ...
    async def unit_sheet(self, wanted: Span, unit_id: int | None = None, unit: str = "") -> UnitSheet: ...
    async def find_subjects(self, text: str) -> tuple[Person, ...]: ...
    async def indices(self) -> tuple[IndexEntry, ...]: ...

    # settings
    async def set_language(self, language: str) -> Me: ...
    async def set_zone(self, zone: str) -> Me: ...
    async def set_agenda(self, text: str) -> Me: ...

    # groups and channels
    async def link_code(self, unit_id: int | None = None) -> tuple[str, Unit, tuple[Unit, ...]]: ...
    async def claim_chat(self, code: str, title: str) -> ChatClaim: ...
    async def ask_binding(self, claim: ChatClaim, address: int, kind: str) -> None: ...
    async def bind_chat(self, invite_id: int, purpose: str = "") -> ChatPlan: ...
    async def my_posts(self) -> tuple[ChatPlan, ...]: ...
    async def correcting(self, chat_id: int) -> Correcting: ...
    async def correct(self, chat_id: int, digest_id: int, reason: str) -> Correcting: ...
    async def my_standing_posts(self) -> tuple[ChatPlan, ...]: ...
    async def send_again(self, chat_id: int) -> ChatPlan: ...
    async def my_chats(self) -> tuple[ChatPlan, ...]: ...
    async def chat_plan(self, chat_id: int) -> ChatPlan: ...
    async def set_chat(self, chat_id: int, field: str, value: str) -> ChatPlan: ...
    async def decide_hold(self, hold_id: int, *, post: bool) -> str: ...
    async def chat_closed(self, address: int) -> None: ...
    async def chat_moved(self, old: int, new: int) -> None: ...
    async def reach(self, *, possible: bool, reason: str = "") -> None: ...


Reception = Callable[[Caller, int | None], Desk]


class Mailbox(Protocol):
    """The durable inbox, as whoever receives and the dispatcher use it. Several processes may share it."""

    async def accept(self, updates: Mapping[int, Any], lines: Mapping[int, int]) -> None: ...
    async def anything(self) -> bool: ...
    async def claim(self) -> tuple[Claimed, ...]: ...
    async def renew(self) -> frozenset[int]: ...
    async def release(self) -> None: ...
    async def attempt(self, update_id: int) -> int: ...
    async def done(self, update_id: int, outcome: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is known after an attempt to send. `kind` is sent, not_sent, wait, unknown, unreachable or refused.

    `wait` is in seconds; `moved_to` is the new address of a group that became a supergroup.
    """

    kind: str
    message_id: int = 0
    reason: str = ""
    wait: float = 0.0
    moved_to: int | None = None


# Draws the SVG of a picture to a PNG, outside the event loop; None when it cannot be drawn.
Drawer = Callable[[str], Awaitable[bytes | None]]
# Writes a workbook, outside the event loop; None when it cannot be made.
Binder = Callable[[Book], Awaitable[bytes | None]]


class TooLate(Exception):
    """Raised by `begin` of `Post.send`: somebody else carries the letter now, it must not be sent."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a group or channel stands: its kind, its public name, whether the bot may post there.

    `kind` is empty when the messenger knows no such chat (any more): only sending tells what became of it.
    """

    kind: str = ""
    username: str = ""
    may_post: bool = True


class Post(Protocol):
    """Sends on the bot's own initiative. `check` gives None when nobody could be asked just now.

    `reachable`: whether the messenger answers a harmless question as it should.
    """

    async def reachable(self) -> bool: ...

    async def check(self, address: int) -> Standing | None: ...

    async def send(
        self, address: int, notice: Notice, facts: Facts, *, repeated: bool, begin: Callable[[], Awaitable[None]]
    ) -> Delivery:
        """Send one letter. `begin` is awaited when its turn has come, right before the socket is touched."""
        ...
