"""When a chat gets its weekly summary, and how much stands in it: exactly one post for each chat and ISO week."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bot.policy.calendar import WorkCalendar
from bot.policy.digest import FRIDAY, LATE_POST, POSTING, last_slot
from storage.records import Chat

LEADERSHIP, UNIT = "leadership", "unit"
PURPOSES = (LEADERSHIP, UNIT)
TOTALS, UNITS, NAMES = "totals", "units", "names"
DETAILS = (TOTALS, UNITS, NAMES)
PUBLIC, KIND, RIGHTS = "public", "kind", "rights"
CHANGES = (PUBLIC, KIND, RIGHTS)  # what holds a post until somebody has decided
LATE = timedelta(hours=1)  # a post that comes later than that says so
FRESH = timedelta(minutes=5)  # how long it counts that a chat was looked at


def weekday(chat: Chat) -> int:
    """The day of the week on which is posted there; Monday is 0."""
    return FRIDAY if chat.weekday is None else chat.weekday


def clock(chat: Chat) -> time:
    """The hour, by the clock of the unit."""
    return time.fromisoformat(chat.hour) if chat.hour else POSTING


def detail(chat: Chat) -> str:
    """How much stands in a post. A group of the unit itself gets totals, whatever was set; names are for leaders."""
    if chat.purpose != LEADERSHIP:
        return TOTALS
    return chat.detail if chat.detail in DETAILS else NAMES


def week_of(slot: datetime, calendar: WorkCalendar) -> str:
    """The ISO week in which a posting time lies, by the local calendar: "2026-W50"."""
    year, week, _ = calendar.local(slot).isocalendar()
    return f"{year}-W{week:02}"


def due(chat: Chat, calendar: WorkCalendar, now: datetime) -> datetime | None:
    """The posting time whose post may go out now, if it was not posted before; None while nothing is due.

    Whoever moves the hour to one that has passed in the present week gets the post of this week at once, not never.
    """
    slot = last_slot(now, calendar, weekday(chat), clock(chat))
    if slot <= chat.linked_at:
        return None
    moved = chat.changed_at
    same_week = moved is not None and moved <= now and week_of(moved, calendar) == week_of(slot, calendar)
    begin = max(slot, moved) if moved is not None and same_week else slot
    return slot if now - begin <= LATE_POST else None


def changes(chat: Chat, kind: str, username: str, *, may_post: bool) -> tuple[tuple[str, str], ...]:
    """What is different from when the chat was bound, each as a reason of `CHANGES` and what exactly."""
    found = []
    if username:
        found.append((PUBLIC, username))
    if kind and kind != chat.kind:
        found.append((KIND, kind))
    if not may_post:
        found.append((RIGHTS, ""))
    return tuple(found)


def is_fresh(chat: Chat, now: datetime) -> bool:
    """Whether the chat was looked at so lately that a post may leave."""
    return chat.checked_at is not None and now - chat.checked_at <= FRESH


def is_late(until: datetime, now: datetime) -> bool:
    """Whether a post comes so long after the end of its period that its readers must be told."""
    return now - until > LATE
