"""What of a letter that did not arrive somebody above has to pass on.

Reminders, new work, what happened to work, answers to requests and questions that wait. Not what the next morning says
again by itself (open decisions, work handed in), and not what only informs (a contribution, an explanation).
"""

from __future__ import annotations

from bot.policy.agenda import DECISIONS, LATER
from bot.policy.gathering import TO_DECIDE, parts
from storage.notices import News, Notice, RequestNews, Step, TaskNews

REMINDER, ASSIGNED, ANSWER, QUESTION, NEWS = "", "assigned", "answer", "question", "news"  # as in `Missed.about`
_INFORMING = frozenset(LATER[TaskNews]) - frozenset(DECISIONS)

Owed = Step | TaskNews | RequestNews


def to_pass_on(notice: Notice, *, unreachable: bool) -> tuple[Owed, ...]:
    """The parts of a notice that its reader should have known of. Of the `unreachable` the morning list speaks."""
    return tuple(
        one
        for one in parts(notice)
        if isinstance(one, Step) or (isinstance(one, TaskNews | RequestNews) and not unreachable and not _informs(one))
    )


def about(one: Owed) -> str:
    """What kind of word did not arrive."""
    if isinstance(one, Step):
        return REMINDER
    if isinstance(one, RequestNews):
        return QUESTION if one.event in TO_DECIDE else ANSWER
    return ASSIGNED if one.event == "assigned" else NEWS


def _informs(one: News) -> bool:
    return isinstance(one, TaskNews) and one.event in _INFORMING
