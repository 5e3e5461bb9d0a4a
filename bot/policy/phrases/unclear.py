"""The one way in which a phrase is no deadline."""

from __future__ import annotations

from datetime import datetime


class Unclear(ValueError):
    """A deadline that cannot be used.

    `reason` is not_understood, no_such_date, past, too_far, or ambiguous: then `choices` are the two instants.
    """

    def __init__(self, reason: str, choices: tuple[datetime, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.choices = choices
