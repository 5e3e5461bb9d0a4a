"""Whether a letter that was dropped on the way had become untrue: asked of the database, not of the bot's rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from bot.keeping import RESTORED
from storage import members, tables, tasks
from storage.records import State

WAITS = (State.ASSIGNED, State.RECEIVED, State.IN_PROGRESS, State.RETURNED)  # for its owner
SAYS = {  # the state of which news speak
    "submitted": State.SUBMITTED,
    "completed": State.COMPLETED,
    "returned": State.RETURNED,
    "suspended": State.SUSPENDED,
    "cancelled": State.CANCELLED,
    "resumed": State.IN_PROGRESS,
}


class Reasons:
    """What has become of people and work since the letters about them were planned."""

    def __init__(self, connection: Connection) -> None:
        h = tables.history
        query = select(h.c.at, h.c.action, h.c.task_id, h.c.member_id).where(h.c.action != "remind")
        self._lines = connection.execute(query).all()
        self._people = {member.id: member for member in members.every(connection)}
        self._work = tasks.some(connection, {line.task_id for line in self._lines if line.task_id is not None})
        self._connection = connection

    def hold(self, letter: Any) -> bool:
        """Whether there was a reason, and a known one, not to send this letter."""
        if letter.reason == RESTORED:  # the operator of an older copy has decided so
            return True
        if letter.reason == "left":
            return self._people[letter.member_id].left_at is not None
        if letter.reason == "too_late":
            return letter.chat_id is not None
        return letter.reason in ("moved", "no_longer_true") and self._changed(letter)

    def _changed(self, letter: Any) -> bool:
        """Everything that it speaks of is closed, has changed since, or its reader has."""
        # The clock of a story stands still: what happened in the minute of an agenda may have come right after it.
        since = letter.created_at - timedelta(microseconds=letter.kind == "agenda")
        later = [line for line in self._lines if line.at > since]
        if any(line.member_id == letter.member_id for line in later if line.member_id is not None):
            return True
        parts = list(_parts(letter.content))
        touched = {line.task_id for line in later}
        return bool(parts or later) and all(
            part["task_id"] in touched or self._is_other(letter, part) for part in parts
        )

    def _is_other(self, letter: Any, part: Mapping[str, Any]) -> bool:
        task = tasks.get(self._connection, part["task_id"])
        if task is None or not task.state.open:
            return True
        if "due" in part:  # a reminder
            moved = part.get("owner_id") is None and letter.kind == "reminders" and task.owner_id != letter.member_id
            return moved or task.state not in WAITS or datetime.fromisoformat(part["due"]) != task.due_at
        return SAYS.get(part.get("event", ""), task.state) is not task.state


def _parts(content: Any) -> Iterator[Mapping[str, Any]]:
    """Whatever in a letter names a task."""
    if isinstance(content, dict):
        if content.get("task_id"):
            yield content
        for value in content.values():
            yield from _parts(value)
    elif isinstance(content, list):
        for value in content:
            yield from _parts(value)
