"""Links to the list behind a number of a summary: `https://t.me/<bot>?start=l-<digest>-<unit>-<figure>`.

Anybody can write such a link: nothing in it is believed, every right is checked when it is opened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 64  # characters after ?start=, Telegram's limit; of A-Z a-z 0-9 _ -
_PAYLOAD = re.compile(r"l-(\d{1,15})-(\d{1,15})-([a-z_]{1,20})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Source:
    """A number of a frozen summary: `unit_id` 0 stands for all its units together."""

    digest_id: int
    unit_id: int
    figure: str

    @property
    def payload(self) -> str:
        """What follows ?start="""
        return f"l-{self.digest_id}-{self.unit_id}-{self.figure}"


def url(username: str, source: Source) -> str:
    """The link that opens the list behind a number."""
    return f"https://t.me/{username}?start={source.payload}"


def parse(payload: str) -> Source | None:
    """The number that a payload names; None when it is no link of this kind."""
    found = _PAYLOAD.fullmatch(payload)
    return Source(int(found[1]), int(found[2]), found[3]) if found else None
