"""The nouns of Dondoc: frozen, without behaviour that decides anything, standard library only.

Instants are aware UTC datetimes. Ids are the database's own; `account` and `address` are the messenger's
numbers and are never shown to anybody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


def fold(text: str) -> str:
    """The form in which names are compared: lower case, no accents, single spaces ("Đặng  Thị" is "dang thi")."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d").replace("ł", "l"))
    letters = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return " ".join(letters.split())


_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def links(text: str) -> tuple[str, ...]:
    """The web addresses in a text, each once; the full stop or bracket after one belongs to the sentence."""
    return tuple(dict.fromkeys(found.rstrip(".,;:!?)]}»”’'") for found in _LINK.findall(text)))


class Role(StrEnum):
    """What a person may do; granted for a unit (with the units below it) or for the whole organisation."""

    MEMBER = "member"
    HEAD = "head"
    TRACKER = "tracker"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class State(StrEnum):
    """The workflow state of a task. Whether it is late is computed from dates, never stored (R6)."""

    ASSIGNED = "assigned"
    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """Whether somebody still has something to do."""
        return self not in (State.COMPLETED, State.CANCELLED)


class Action(StrEnum):
    """What a person can do to a task."""

    VIEW = "view"
    RECEIVE = "receive"
    REPORT = "report"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    ACCEPT = "accept"
    RETURN = "return"
    SUSPEND = "suspend"
    RESUME = "resume"
    DROP = "drop"
    EXTEND = "extend"
    BLOCK = "block"
    HAND_OVER = "hand_over"
    DECLINE = "decline"
    CLAIM = "claim"
    REASSIGN = "reassign"
    CONTRIBUTE = "contribute"
    SNOOZE = "snooze"
    EXPLAIN = "explain"
    URGE = "urge"
    ACKNOWLEDGE = "acknowledge"
    ATTACH = "attach"
    LADDER = "ladder"
    URGENT = "urgent"


class EvidenceKind(StrEnum):
    """What shows that work was done; how a messenger sends it again."""

    PHOTO = "photo"
    DOCUMENT = "document"
    VIDEO = "video"
    LINK = "link"


class RequestKind(StrEnum):
    """What an owner can ask for instead of pushing work away in silence."""

    EXTENSION = "extension"
    BLOCKED = "blocked"
    HANDOVER = "handover"
    DECLINE = "decline"
    CAUSE = "cause"


class RequestState(StrEnum):
    """Where a request stands. A hand-over waits for the new owner's consent before anybody decides."""

    CONSENT = "consent"
    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def waits(self) -> bool:
        """Whether somebody still has to say yes or no."""
        return self in (RequestState.CONSENT, RequestState.OPEN)


class TimeClass(StrEnum):
    """Where a task stands against its deadline; the five classes of the summary, each task in exactly one."""

    ON_TIME = "on_time"
    LATE = "late"
    WITHIN = "within"
    OVERDUE = "overdue"
    NO_DEADLINE = "no_deadline"


class Difficulty(StrEnum):
    """How hard the work is, so that units with hard work can be told from units with easy work (R14)."""

    NORMAL = "normal"
    NEW = "new"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of the organisation. Units form a tree; a closed unit keeps its history.

    `zone`, `country` and `hours` ("08:00-12:00,13:30-17:30") are None where the organisation's hold.
    """

    id: int
    name: str
    parent_id: int | None = None
    zone: str | None = None
    country: str | None = None
    closed_at: datetime | None = None
    hours: str | None = None


class Tree(dict[int, Unit]):
    """All units by id, and what administrators decided about single days, by country (True: people work).

    The two are loaded together, so that nobody can plan with a calendar that is older than the transaction.
    """

    def __init__(self, units: Mapping[int, Unit], days: Mapping[str, Mapping[date, bool]]) -> None:
        super().__init__(units)
        self.days = days


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A decision about one day of the calendar of a country; `made_by` is empty when it came from the shell."""

    id: int
    country: str
    day: date
    working: bool
    note: str
    source: str
    made_by: int | None
    at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day on which people work although the weekday says otherwise, or do not.

    `name` is the holiday's; `decision` is what an administrator entered; `provisional`: nobody has announced it yet.
    """

    day: date
    working: bool
    name: str = ""
    provisional: bool = False
    decision: CalendarDay | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """What is special from one day to another in the calendar of a country.

    `hours` ("08:00-12:00,13:30-17:30") and `zone` are those of whoever looks. `may_change`: the reader may decide.
    """

    country: str
    zone: str
    hours: str
    first: date
    last: date
    special: tuple[SpecialDay, ...]
    working: int
    may_change: bool = False


@dataclass(frozen=True, slots=True)
class Touched:
    """The codes of the open tasks that a change of a calendar touched, the nearest deadline first.

    `country` and `day` with what it is now (`working`), when the change was one of a day.
    """

    tasks: tuple[str, ...]
    country: str = ""
    day: date | None = None
    working: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the organisation. `account` is empty until the person has linked a chat.

    `agenda_clock` is the local hour of the morning agenda ("07:30"), empty for the usual one; `agenda_at` when the
    planner must look at it next, `agenda_on` the local day of the last one that was queued or sent.
    """

    id: int
    name: str
    unit_id: int
    position: str = ""
    language: str = "en"
    zone: str | None = None
    email: str = ""
    account: int | None = None
    linked_at: datetime | None = None
    unreachable_since: datetime | None = None
    unreachable_reason: str = ""
    left_at: datetime | None = None
    country: str | None = None
    agenda_clock: str | None = None
    agenda_at: datetime | None = None
    agenda_on: date | None = None

    @property
    def reachable(self) -> bool:
        """Whether a letter to this person has a chance to arrive."""
        return self.account is not None and self.unreachable_since is None and self.left_at is None


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one member for one unit (None: for the whole organisation)."""

    member_id: int
    role: Role
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One assignment: one owner, one lead unit, a deadline or explicitly none (R1, R5).

    `assigner_id` is empty when the task came from a file that names no assigner.
    `original_due_at` never changes; `due_at` is the deadline in force. `percent` is 0-100 as last reported.
    `submitted_by` is whoever submitted it, the owner or a substitute, as long as the submission stands.
    `check_at` is when the planner must look next; None when nothing is pending.
    `ladder` ("5,3,1 2h 2x3") is when its owner is reminded; None: as in its unit. `urgent`: its letters may disturb
    outside working hours.
    """

    id: int
    code: str
    title: str
    unit_id: int
    owner_id: int
    assigned_at: datetime
    created_at: datetime
    titles: Mapping[str, str] = field(default_factory=dict)
    assigner_id: int | None = None
    leader_id: int | None = None
    authority: str = ""
    source: str = ""
    issued_on: date | None = None
    product: str = ""
    difficulty: Difficulty = Difficulty.NORMAL
    original_due_at: datetime | None = None
    due_at: datetime | None = None
    state: State = State.ASSIGNED
    percent: int = 0
    received_at: datetime | None = None
    submitted_at: datetime | None = None
    submitted_by: int | None = None
    completed_at: datetime | None = None
    updated_at: datetime | None = None
    planned_from: datetime | None = None
    check_at: datetime | None = None
    version: int = 1
    ladder: str | None = None
    urgent: bool = False
    coordinators: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Work that comes back: each time it becomes a task of its own, whose code is `series` and the day.

    `rule` is "workday", "week:5" (Friday), "month:15", "month:last" (the last working day), "quarter:last" …
    `clock` is the local hour of the deadlines ("15:00"), empty for the end of the working day. `next_on`: the day
    of the occurrence that comes next. `lead_days`: how many working days before its deadline a task is given.
    """

    id: int
    rule: str
    owner_id: int
    unit_id: int
    assigner_id: int
    title: str
    product: str
    created_at: datetime
    next_on: date
    lead_days: int
    clock: str = ""
    difficulty: Difficulty = Difficulty.NORMAL
    series: str = ""
    ended_at: datetime | None = None
    check_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecurrenceCard:
    """A recurrence as one reader sees it, with the next deadlines (none any more once it has ended)."""

    recurrence: Recurrence
    owner: str
    unit: str
    zone: str
    deadlines: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """Something an owner asked for. Dates, deciders and answers are kept for good (R30).

    `reason` is the reason, or the obstacle of a blocked task, whose `proposal` is the proposed solution. `late`:
    asked too near to the deadline. `level` 1 is decided by the assigner or unit head, 2 by the level above.
    `old_owner_id`: who had the task when a change of owner was asked for or ordered. `delay_days` are the working
    days of delay that had been incurred when it was decided: they stay (R31).
    Requests with the same `batch_id` (the id of the first of them) are decided together, all or none.
    """

    id: int
    task_id: int
    kind: RequestKind
    member_id: int
    at: datetime
    reason: str
    state: RequestState
    level: int = 1
    late: bool = False
    proposal: str = ""
    old_due_at: datetime | None = None
    new_due_at: datetime | None = None
    old_owner_id: int | None = None
    new_owner_id: int | None = None
    delay_days: int = 0
    decided_by: int | None = None
    decided_at: datetime | None = None
    answer: str = ""
    batch_id: int | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away from `since` until just before `until`; the substitute hears and acts in their place (R27).

    `ended_at` is set when it ended early: the person came back, or said something else.
    """

    id: int
    member_id: int
    substitute_id: int
    since: datetime
    until: datetime
    made_by: int
    at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Away:
    """An absence as people read it: who, who stands in, the last day in the zone of whoever is away, open tasks."""

    name: str
    substitute: str
    last_day: date
    open: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """One report on a task, as the card shows it."""

    at: datetime
    author: str
    percent: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an owner wrote about a missed deadline; it stands beside the figure wherever that is shown (R46).

    `answer_by`: until when it was asked for; None when it was given without being asked. `at`: when it was given.
    """

    task_id: int
    member_id: int
    due_at: datetime
    answer_by: datetime | None = None
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something was done to a task, when and by whom last."""

    number: int
    at: datetime
    actor_id: int | None = None


Counts = Mapping[int, Mapping[str, int]]  # how often what was done, by task and action


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file or link that shows what was done on a task. The file itself stays with the messenger.

    `file_id` is the messenger's name for the file, for sending it again; `unique_id` stays the same however often
    it is sent. `size` is in bytes; `sha256` is hex, and empty for links and for files that could not be fetched.
    `album` joins files that were sent together.
    """

    id: int
    task_id: int
    member_id: int
    at: datetime
    kind: EvidenceKind
    author: str = ""
    file_id: str = ""
    unique_id: str = ""
    name: str = ""
    size: int = 0
    sha256: str = ""
    url: str = ""
    note: str = ""
    album: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A task as one reader sees it: with the names around it, where it stands, what the reader may do.

    `names`: of those who did something about it, by member id. `tallies`: how often it was urged, snoozed …
    `labels`: how the organisation calls the six clears, where it has words of its own ("clear.time.en").
    `away`: the absence of its owner; `stands_in`: the reader is the substitute of the owner.
    `repeats`: the rule by which the task comes back, if it does.
    """

    task: Task
    owner: str
    unit: str
    assigner: str
    leader: str
    coordinators: tuple[str, ...]
    time_class: TimeClass
    days_late: int
    own: bool
    owner_reachable: bool
    actions: frozenset[Action]
    notes: tuple[Note, ...] = ()
    requests: tuple[Request, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    explanations: tuple[Explanation, ...] = ()
    unclear: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    away: Away | None = None
    stands_in: bool = False

    @property
    def acts(self) -> bool:
        """Whether the reader does the work: the owner, or the substitute of an owner who is away."""
        return self.own or self.stands_in

    repeats: str = ""


@dataclass(frozen=True, slots=True)
class LadderCard:
    """When the owner of a task is reminded: the ladder in force ("5,3,1 2h 2x3") and the steps that are to come.

    `zone` is the owner's. `steps` are names with instants, the next one first.
    """

    card: Card
    text: str
    zone: str
    steps: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class RequestCard:
    """A request as one reader sees it. `answers`: who has to say yes or no, as long as it waits.

    `notice`: working days before a deadline at which an extension must be asked for.
    `returns`: the task would come back to somebody who had it before.
    `codes` are the tasks of all requests that are decided together with this one; empty for a single request.
    """

    request: Request
    card: Card
    asker: str
    new_owner: str
    decider: str
    may_consent: bool
    may_decide: bool
    hands: int
    returns: bool
    days_waiting: int
    notice: int = 1
    answers: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the append-only history, at its `position` in the chain. `actor_id` None means Dondoc itself."""

    id: int
    at: datetime
    actor_id: int | None
    action: str
    task_id: int | None
    member_id: int | None
    details: Json
    hash: str = ""
    erased: bool = False
    position: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a task before and after, owners by name; None where there was or is no value."""

    field: str
    old: str | int | datetime | None
    new: str | int | datetime | None


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a task's history as its reader sees it.

    `who` and `about` are names; `who` is empty for Dondoc itself. `what` is the action, told apart further where
    that matters. `kind` is that of a request; `words` are what the person wrote. `instead_of`: the owner in whose
    name a substitute did it.
    """

    at: datetime
    who: str
    what: str
    about: str = ""
    kind: str = ""
    changes: tuple[Change, ...] = ()
    words: tuple[str, ...] = ()
    erased: bool = False
    instead_of: str = ""


class Harm(StrEnum):
    """What can be done to the history by somebody with the database in hand."""

    EDITED = "edited"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT = "cut"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of the history at some moment. `hash` may be only its beginning, where it was read from paper."""

    length: int
    hash: str

    @property
    def printed(self) -> str:
        """As it stands at the foot of a weekly summary: "1234-9f86d081884c7d65"."""
        return f"{self.length}-{self.hash[:16]:0>16}"


@dataclass(frozen=True, slots=True)
class Claimed:
    """An update that this process deals with. `again`: another one had begun, or this one before it fell."""

    id: int
    payload: Json
    line: int
    again: bool


@dataclass(frozen=True, slots=True)
class Breach:
    """The first place where the history is not as it was written. `row_id` is empty where no row is left."""

    harm: Harm
    position: int
    row_id: int | None = None


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What reading the history again found. `rows` counts the lines that stand as they were written."""

    rows: int
    erased: int
    head: ChainHead
    problem: Breach | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """Something the bot says on its own initiative: a plan in the outbox, not a promise.

    `key` makes it unique for ever; `content` is a stored notice; the addressee is a member or a linked chat.
    `copies` counts the attempts that may have arrived; `queue` is the unit whose turn it is (`storage.queues`);
    `reason` says why it was put off last.
    """

    id: int
    key: str
    kind: str
    content: Json
    member_id: int | None
    chat_id: int | None
    not_before: datetime
    created_at: datetime
    attempts: int = 0
    copies: int = 0
    token: int = 0
    queue: int = 0
    rank: int = 1
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """A notice (`kind`, `content`) that waits for the next agenda of a member; the key makes it unique for ever."""

    id: int
    key: str
    member_id: int
    kind: str
    content: Json
    at: datetime


@dataclass(frozen=True, slots=True)
class Chat:
    """A group or channel bound to a unit (None: to the whole organisation). `purpose`: "leadership" or "unit".

    `weekday` (Monday is 0), `hour` ("16:00", local) and `detail` say when and what is posted there; empty: as usual.
    `changed_at`: when that was changed last. `checked_at`: when the chat was last found as it was bound.
    """

    id: int
    address: int
    kind: str
    title: str
    unit_id: int | None
    purpose: str
    language: str
    linked_by: int
    linked_at: datetime
    closed_at: datetime | None = None
    weekday: int | None = None
    hour: str | None = None
    detail: str | None = None
    changed_at: datetime | None = None
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """A post that was sent again: `again` is the moment (ISO, UTC) at which somebody asked for it."""

    again: str
    message_id: int
    picture_id: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """The weekly post of a chat for one ISO week ("2026-W50"); `until` is the end of its period.

    `message_id` and `picture_id` are empty until the messages were delivered. `copies`: where it stands besides,
    oldest first, and `again_at`: when it was last asked for.
    """

    chat_id: int
    week: str
    digest_id: int
    until: datetime
    at: datetime
    message_id: int | None = None
    picture_id: int | None = None
    copies: tuple[Copy, ...] = ()
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing is posted in a chat, until it has ended.

    `reason` is sums (the figures do not add up), public, kind or rights; `subject` says what exactly. `answer` is
    "post" when somebody decided to post all the same.
    """

    id: int
    chat_id: int
    reason: str
    subject: str
    details: Json
    at: datetime
    answer: str = ""
    answered_by: int | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An unfinished dialogue of one account; survives restarts. `token` tells its buttons from older ones."""

    account: int
    kind: str
    token: str
    data: Json
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """A member as a list shows it: who, where, how many open and late tasks, whether letters arrive."""

    member: Member
    unit: str
    open: int = 0
    overdue: int = 0
    waiting: int = 0
    away: bool = False
