"""For whom a view is made."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.views.texts import Texts, texts


@dataclass(frozen=True, slots=True)
class Reader:
    """The language and the zone of whoever reads."""

    language: str
    zone: str

    @property
    def texts(self) -> Texts:
        """The reader's words."""
        return texts(self.language)
