"""Correcting a post: the same period is counted anew, shown, and put in the place of the figures that were posted.

Wherever the post stands it is edited: the first message, and every one in which it was sent again. Only the newest of
them is posted anew when it is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import chat_settings, summaries
from bot.office import Office
from bot.policy import corrections as policy
from bot.policy.access import Actor
from bot.policy.digest import DoesNotAddUp
from handlers.ports import ChatPlan, Correcting, Refused
from storage import digests, history, outbox, posts, units
from storage.figures import Figures
from storage.listing import Listing
from storage.notices import Correction, Spreadsheet
from storage.records import Chat, Posted

LONGEST_REASON = 300


def posted(connection: Connection, actor: Actor) -> tuple[ChatPlan, ...]:
    """The chats in which stands a post that the actor may correct. Raises Refused when there are none."""
    return standing(connection, actor, "correct.nothing")


def standing(connection: Connection, actor: Actor, nothing: str) -> tuple[ChatPlan, ...]:
    """The chats of the actor in which a post stands. Raises Refused, with the reason `nothing` when there are none."""
    found = tuple(one for one in chat_settings.manageable(connection, actor) if last(connection, one.chat) is not None)
    if not found:
        raise Refused(nothing)
    return found


def look(connection: Connection, office: Office, actor: Actor, chat_id: int, now: datetime) -> Correcting:
    """What would change in the last post of a chat. Raises Refused."""
    chat = chat_settings.look(connection, actor, chat_id)
    post = last(connection, chat)
    if post is None:
        raise Refused("correct.nothing")
    return _counted_anew(connection, office, chat, post, now)[0]


def correct(
    connection: Connection, office: Office, actor: Actor, chat_id: int, digest_id: int, reason: str, now: datetime
) -> Correcting:
    """Put the present figures in the place of those that were shown to the actor. Raises Refused."""
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("correct.reason")
    if len(reason) > LONGEST_REASON:
        raise Refused("correct.long", limit=LONGEST_REASON)
    chat = chat_settings.look(connection, actor, chat_id)
    post = last(connection, chat)
    if post is None or post.digest_id != digest_id:
        raise Refused("correct.old")
    found, figures, listing = _counted_anew(connection, office, chat, post, now)
    if not found.changed:
        raise Refused("correct.same")
    details = {"unit": chat.unit_id, "until": post.until.isoformat(), "corrects": digest_id, "reason": reason}
    changes = [[one.unit, one.figure, one.old, one.new] for one in found.changes[:50]]
    history.append(connection, now, "correct_summary", actor_id=actor.member.id, details=details | {"changes": changes})
    sealed = replace(figures, chain=history.head(connection).printed)
    made = digests.correct(connection, digest_id, chat.unit_id, sealed, reason, now, listing)
    for one in posts.replace(connection, digest_id, made):
        key = f"correction:{made}:{one.chat_id}"
        texts = [key]
        for place, letter in _edits(one, made):
            outbox.post(connection, key + place, letter, now, now, chat_id=one.chat_id)
            texts += [] if letter.picture else [key + place]
        sheet = Spreadsheet(made, texts[-1])  # a file cannot be edited: the right one is posted beside it
        outbox.post(connection, f"{key}:sheet", sheet, now, now, chat_id=one.chat_id)
    return replace(found, digest_id=made)


def _edits(post: Posted, digest_id: int) -> Iterator[tuple[str, Correction]]:
    """The letters that correct a post wherever it stands, each with the end of its key."""
    copies = [one for one in post.copies if one.message_id]
    if post.message_id or not copies:  # what can no longer be edited is posted anew only if it stands alone
        yield "", Correction(digest_id, post.message_id or 0, anew=not copies)
    if post.picture_id is not None:
        yield ":picture", Correction(digest_id, post.picture_id, picture=True)
    for copy in post.copies:
        if copy.message_id:
            newest = copy == copies[-1]
            yield f":{copy.again}", Correction(digest_id, copy.message_id, again=copy.again, anew=newest)
        if copy.picture_id is not None:
            yield f":{copy.again}:picture", Correction(digest_id, copy.picture_id, picture=True, again=copy.again)


def last(connection: Connection, chat: Chat) -> Posted | None:
    """The last post that stands in a chat: one that waits, or never arrived, is not there."""
    return posts.last(connection, chat.id, chat.unit_id, standing=True)


def _counted_anew(
    connection: Connection, office: Office, chat: Chat, post: Posted, now: datetime
) -> tuple[Correcting, Figures, Listing]:
    stored = digests.get(connection, post.digest_id)
    if stored is None:
        raise Refused("correct.nothing")
    old = stored[1]
    tree = units.every(connection)
    reach = frozenset(tree) if chat.unit_id is None else None
    before = next(iter(posts.before(connection, chat.id, chat.unit_id, old.until, 1)), None)
    try:
        counted, listing = summaries.counted(connection, office, chat.unit_id, reach, old.since, old.until, now, before)
    except DoesNotAddUp:
        raise Refused("correct.wrong") from None
    new = replace(counted, delivered=old.delivered)  # what had been delivered when it was posted stays as it was
    differs = policy.differs(old, new)
    changes = policy.changes(old, new)
    return Correcting(chat, post.digest_id, old.unit, old.until, old.zone, changes, differs), new, listing
