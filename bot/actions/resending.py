"""Sending a post again: the frozen figures of the last post of a chat, marked as sent again, never counted anew.

The first post stays where it stands, and each copy is remembered beside it: a later correction edits all of them
(`corrections`). The week keeps its one post: a copy begins no period and is compared with nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.actions import chat_settings, corrections
from bot.actions.posts import first_key
from bot.policy.access import Actor
from handlers.ports import ChatPlan, Refused
from storage import digests, history, outbox, posts, units
from storage.notices import Picture, Spreadsheet, Summary
from storage.records import Chat, Posted

PAUSE = timedelta(hours=1)  # between two times in one chat


def choices(connection: Connection, actor: Actor) -> tuple[ChatPlan, ...]:
    """The chats in which stands a post that the actor may send again. Raises Refused when there are none."""
    return corrections.standing(connection, actor, "again.nothing")


def again(connection: Connection, actor: Actor, chat_id: int, now: datetime) -> ChatPlan:
    """Queue the last post of a chat once more, as it was corrected: text, picture and, while it is kept, its file.

    Raises Refused: no post stands there, one that is newer or was asked for still waits, or one was asked for within
    the hour.
    """
    chat = chat_settings.look(connection, actor, chat_id)
    post = corrections.last(connection, chat)
    if post is None:
        raise Refused("again.nothing")
    if _waits(connection, chat, post):
        raise Refused("again.waits", title=chat.title)
    if not posts.ask_again(connection, chat_id, post.week, now, now - PAUSE):
        raise Refused("again.soon", title=chat.title)
    details = {"title": chat.title, "unit": chat.unit_id, "until": post.until.isoformat()}
    history.append(connection, now, "resend_summary", actor_id=actor.member.id, details=details)
    key, asked = _key(chat_id, post.week, now), now.isoformat()
    outbox.post(connection, key, Summary(post.digest_id, asked), now, now, chat_id=chat_id)
    picture = Picture(post.digest_id, key, asked)
    outbox.post(connection, f"{key}:picture", picture, now, now, chat_id=chat_id)
    if digests.listing(connection, post.digest_id) is not None:
        sheet = Spreadsheet(post.digest_id, f"{key}:picture", asked)
        outbox.post(connection, f"{key}:sheet", sheet, now, now, chat_id=chat_id)
    return chat_settings.plan_of(chat, units.every(connection))


def as_it_stands(connection: Connection, notice: Summary | Picture | Spreadsheet) -> Summary | Picture | Spreadsheet:
    """What is sent again is what stands in the chat now: it may have been corrected while the letter waited."""
    found = digests.get(connection, notice.digest_id)
    newest = digests.of_period(connection, found[0], found[1].until, found[1].since) if found else None
    return replace(notice, digest_id=newest or notice.digest_id)


def _waits(connection: Connection, chat: Chat, post: Posted) -> bool:
    """Whether a newer post, or this one again, is on its way: it has no end yet, and two would come at once."""
    newest = posts.last(connection, chat.id, chat.unit_id) or post
    keys = [_key(chat.id, post.week, post.again_at)] if post.again_at is not None else []
    keys += [first_key(chat.id, newest.until)] if newest.week != post.week else []
    return any(outbox.waits_until(connection, key) is not None for key in keys)


def _key(chat_id: int, week: str, asked: datetime) -> str:
    return f"again:{chat_id}:{week}:{asked.isoformat()}"
