"""What happened to a task, line by line, with the names and values that a reader needs instead of ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.actions.tasks import visible
from bot.policy.access import Actor
from handlers.ports import STORY, StoryPage
from storage import history, members, tasks
from storage.notices import HEAD_AGAIN, LEADERS_AGAIN, TELL_HEAD, TELL_LEADERS, UNRECEIVED
from storage.records import Change, Entry, Happening, Json, Member, RequestKind, State

WORDS = ("reason", "note", "answer", "proposal")  # where an action keeps what the person wrote
Names = Mapping[int, Member]


def page(connection: Connection, actor: Actor, task_id: int, start: int) -> StoryPage:
    """Some lines of the history of a task, oldest first; a start beyond the end shows the last page."""
    task = visible(actor, tasks.get(connection, task_id))
    total = history.story_length(connection, task.id)
    first = min(max(0, start), max(0, (total - 1) // STORY * STORY))
    entries = history.story(connection, task.id, first, STORY)
    names = members.some(connection, _people(entries))
    return StoryPage(task, tuple(told(entry, names) for entry in entries), first, total)


def told(entry: Entry, names: Names) -> Happening:
    """One line of history for a reader."""
    kind = entry.details.get("kind")
    return Happening(
        at=entry.at,
        who=_name(entry.actor_id, names),
        what=_what(entry.action, entry.details),
        about=_name(entry.member_id, names),
        instead_of=_name(_owner(entry), names),
        kind=kind if kind in tuple(RequestKind) else "",
        changes=tuple(_change(field, old, new, names) for field, old, new in _changed(entry)),
        words=tuple(text for key in WORDS if isinstance(text := entry.details.get(key), str) and text),
        erased=entry.erased,
    )


def _people(entries: Iterable[Entry]) -> set[int]:
    """Everybody who is named in these lines."""
    found = {key for entry in entries for key in (entry.actor_id, entry.member_id, _owner(entry)) if key}
    owners = (key for entry in entries for field, *both in _changed(entry) if field == "owner_id" for key in both)
    return found | {key for key in owners if isinstance(key, int)}


def _owner(entry: Entry) -> int | None:
    """In whose place a substitute did it."""
    owner_id = entry.details.get("for")
    return owner_id if isinstance(owner_id, int) else None


def _name(member_id: int | None, names: Names) -> str:
    """The name, of somebody who has left too; empty for Dondoc itself."""
    member = names.get(member_id or 0)
    return member.name if member else ""


def _what(action: str, details: Json) -> str:
    """The action, told apart where one name stands for several things."""
    if action == "decide" and details.get("state") in ("approved", "refused"):
        instructed = (details["state"], details.get("kind")) == ("refused", RequestKind.BLOCKED)
        return "decide.instructed" if instructed else f"decide.{details['state']}"
    if action == "urgent" and not (details.get("new") or {}).get("urgent"):
        return "urgent.off"
    step = str(details.get("step", ""))
    if action == "remind" and step.startswith((TELL_LEADERS, LEADERS_AGAIN)):
        return "remind.leaders"
    if action == "remind" and step.startswith((TELL_HEAD, HEAD_AGAIN, UNRECEIVED)):
        return "remind.head"
    return action


def _changed(entry: Entry) -> list[tuple[str, Any, Any]]:
    """The fields with their old and new values: under "old" and "new", or as the first actions wrote them."""
    details = entry.details
    found: list[tuple[str, Any, Any]] = []
    if details.get("from") in tuple(State) and details.get("to") in tuple(State):
        found.append(("state", details["from"], details["to"]))
    elif entry.action == "hand_over":
        found.append(("owner_id", details.get("from"), details.get("to")))
    if "percent" in details:
        found.append(("percent", details.get("percent_before"), details["percent"]))
    if "owner" in details and "due" in details:  # a new task
        found += [("owner_id", None, details["owner"]), ("due_at", None, details["due"])]
    old, new = details.get("old"), details.get("new")
    if isinstance(old, dict) and isinstance(new, dict):
        found += [(field, old.get(field), new.get(field)) for field in dict.fromkeys((*old, *new))]
    return [(field, before, after) for field, before, after in found if before != after or field == "due_at"]


def _change(field: str, old: Any, new: Any, names: Names) -> Change:
    return Change(field, _value(field, old, names), _value(field, new, names))


def _value(field: str, value: Any, names: Names) -> str | int | datetime | None:
    """An owner by name, an instant as one; anything that is no plain value is left out."""
    if field == "owner_id":
        return _name(value, names) or None if isinstance(value, int) else None
    if field.endswith("_at") and isinstance(value, str):
        return _instant(value)
    return value if isinstance(value, str | int) else None


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
