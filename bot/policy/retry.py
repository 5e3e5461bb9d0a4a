"""What to do with a letter after an attempt: a lost letter and a third copy are both forbidden."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
GIVE_UP, OFTEN = timedelta(hours=48), 20  # so old and so often tried: a letter must outlive a weekend without the bot
FIRST_QUESTION, LAST_QUESTION = timedelta(seconds=1), timedelta(seconds=60)  # pauses while the messenger is away
MOST_COPIES = 2  # an attempt with unknown outcome may have arrived; it is repeated once, never twice


class Outcome(StrEnum):
    """What is known after an attempt, whatever the messenger calls it."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    WAIT = "wait"
    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The next state of a letter: sent, failed, or waiting again until `again_at`."""

    state: str
    again_at: datetime | None = None


def after(outcome: Outcome, attempts: int, copies: int, created_at: datetime, now: datetime, wait: float) -> Verdict:
    """The verdict after an attempt. `copies` counts attempts that may have arrived; `wait` is in seconds."""
    if outcome is Outcome.SENT:
        return Verdict("sent")
    if outcome in (Outcome.UNREACHABLE, Outcome.REFUSED):
        return Verdict("failed")
    if outcome is Outcome.UNKNOWN and copies >= MOST_COPIES:
        return Verdict("failed")
    if now - created_at > GIVE_UP and attempts >= OFTEN:
        return Verdict("failed")
    pause = timedelta(seconds=wait) if outcome is Outcome.WAIT else backoff(attempts)
    return Verdict("waiting", now + pause)


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many attempts: doubling, at most a quarter of an hour."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(max(attempts, 1) - 1, 12)))


def may_ask(failed_at: datetime | None, failures: int, now: datetime) -> bool:
    """Whether to ask a messenger again that has failed so often, last at `failed_at`: doubling, at most a minute.

    A clock that was put back makes nobody wait.
    """
    if failed_at is None:
        return True
    pause = min(LAST_QUESTION, FIRST_QUESTION * (1 << min(max(failures, 1) - 1, 12)))
    return not failed_at <= now < failed_at + pause
