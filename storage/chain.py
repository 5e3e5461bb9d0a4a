"""How a line of history is bound to the one before it. Pure, the same on every database, and fixed for ever:
whoever changes it makes every head that was ever printed worthless.

The hash of a line covers the hash before it, its position, when, who, what, about which task and person, and a
commitment to its details. The commitment is salted: once details and salt are erased nobody can find the details
by guessing, and the chain holds all the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime

from storage.records import ChainHead, Json

_HEAD = re.compile(r"(0|[1-9][0-9]{0,17})-([0-9a-f]{16})")


class BadHead(ValueError):
    """This is no head as summaries print it; `text` is what it was."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def commitment(salt: str, details: Json) -> str:
    """What stands for the details in the chain. `salt` has always the same length, so nothing can move over."""
    return _digest(salt + _canonical(details))


def link(
    previous: str,
    position: int,
    at: datetime,
    actor_id: int | None,
    action: str,
    task_id: int | None,
    member_id: int | None,
    sealed: str,
) -> str:
    """The hash of a line; `sealed` is the commitment to its details."""
    when = at.astimezone(UTC).isoformat(timespec="microseconds")
    return _digest(_canonical([previous, position, when, actor_id, action, task_id, member_id, sealed]))


def read_head(text: str) -> ChainHead:
    """A head as it was printed. Raises BadHead for anything else."""
    found = _HEAD.fullmatch(text.strip())
    if found is None:
        raise BadHead(text)
    return ChainHead(int(found[1]), found[2])


def _canonical(values: object) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
