"""Every message says for what it was made: the bots of the rig write it into the address of each request.

So the ledger needs no comparing of texts: a call belongs to one attempt of one letter, or answers one update.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from bot.app import App
from bot.postbook import Made, PostBook
from bot.sandbox.calls import Call
from storage.records import Letter

LABEL = "made_for"
LETTER, UPDATE = "letter", "update"
_made_for: ContextVar[str] = ContextVar(LABEL, default="")  # what each task of the bot works on


@dataclass
class Tracks:
    """What the bots of a scenario knew about their attempts, by (letter, attempt), after it was written down."""

    outcomes: dict[tuple[int, int], str] = field(default_factory=dict)

    def follow(self, app: App) -> None:
        """Label what this bot sends from now on."""
        app.courier._book = _NotedBook(app.courier._book, self)  # type: ignore[assignment]
        _label_answers(app.application)
        _label_requests(app.application.bot.request)


class _NotedBook:
    """The book of letters, with a note of each line."""

    def __init__(self, book: PostBook, tracks: Tracks) -> None:
        self._book = book
        self._tracks = tracks
        self.set_aside = book.set_aside

    async def attempt(self, letter: Letter) -> bool:
        _made_for.set(f"{LETTER}.{letter.id}.{letter.attempts + 1}")
        return await self._book.attempt(letter)

    async def record(self, made: Made) -> None:
        await self._book.record(made)
        self._tracks.outcomes[made.letter.id, made.letter.attempts + 1] = made.delivery.kind


def _label_answers(application: Any) -> None:
    process = application.process_update

    async def process_update(update: Any) -> None:
        names = [one.id for one in (update.effective_chat, update.effective_user) if one is not None]
        places = {name for name in names if type(name) is int}  # in a spoiled update anything may stand there
        _made_for.set(".".join((UPDATE, *map(str, sorted(places)))))
        await process(update)

    application.process_update = process_update


def _label_requests(request: Any) -> None:
    ask = request.do_request

    async def do_request(url: str, *some: Any, **more: Any) -> tuple[int, bytes]:
        label = _made_for.get()
        return await ask(f"{url}?{LABEL}={label}" if label else url, *some, **more)

    request.do_request = do_request


def letter_of(call: Call) -> tuple[int, int] | None:
    """The letter for which a call was made, and the attempt."""
    kind, *numbers = str(call.parameters.get(LABEL, "")).split(".")
    return (int(numbers[0]), int(numbers[1])) if kind == LETTER else None


def answers_to(call: Call) -> set[int]:
    """Where somebody wrote or pressed so that this call was made: the chat and the person."""
    kind, *numbers = str(call.parameters.get(LABEL, "")).split(".")
    return set(map(int, numbers)) if kind == UPDATE else set()


def is_labelled(call: Call) -> bool:
    """Whether the bot that made it was followed."""
    return bool(call.parameters.get(LABEL))
