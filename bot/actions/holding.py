"""Posts that are held back: who is told why, once, and what they decide."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.actions import people
from bot.actions.chats import keepers, may_manage
from bot.policy import posting
from bot.policy.access import Actor
from bot.policy.digest import LATE_POST, DoesNotAddUp
from handlers.ports import Refused, Standing
from storage import chats, digests, history, holds, outbox, posts, units
from storage.notices import Correction, Picture, PostExpired, PostHeld, Spreadsheet, Summary, SumsWrong
from storage.records import Chat, Hold, Tree

SUMS = "sums"
UNCHECKED = "unchecked"  # nobody has looked at the chat lately
LOOK_AGAIN = timedelta(seconds=30)  # after the messenger could not be asked
ASK_AGAIN = timedelta(minutes=5)  # while nobody has decided: the change may be taken back


def report_sums(
    connection: Connection, chat: Chat, slot: datetime, wrong: DoesNotAddUp, tree: Tree, now: datetime
) -> None:
    """Hold a post whose figures do not add up. The administrators get one letter for each post that is due."""
    details = {"until": slot.isoformat(), "unit": wrong.unit, "classes": list(wrong.classes), "total": wrong.total}
    known = [one for one in holds.lasting(connection, chat.id) if one.reason == SUMS]
    if any(one.details == details for one in known):
        return
    holds.end(connection, chat.id, now, SUMS)
    holds.add(connection, chat.id, SUMS, wrong.unit, details, now)
    history.append(connection, now, "hold_summary", details={**details, "title": chat.title})
    notice = SumsWrong(chat.unit_id, slot.isoformat(), wrong.unit, wrong.classes, wrong.total)
    for reader in people.administrators(connection, chat.unit_id, tree):
        key = f"sums:{chat.unit_id or 0}:{slot.isoformat()}:{reader.id}"
        outbox.post(connection, key, notice, now, now, member_id=reader.id)


def unchecked(connection: Connection, now: datetime) -> tuple[Chat, ...]:
    """The chats in which something is to be posted now and that must be looked at first."""
    found = (chats.get(connection, key) for key in outbox.chats_due(connection, now))
    return tuple(one for one in found if one is not None and one.closed_at is None and not posting.is_fresh(one, now))


def note(connection: Connection, chat: Chat, found: Standing, now: datetime) -> None:
    """Remember how a chat stands. A change that nobody has accepted holds its posts; its keepers are asked once."""
    chats.change(connection, chat.id, checked_at=now)
    changes = posting.changes(chat, found.kind, found.username, may_post=found.may_post)
    known = {(one.reason, one.subject) for one in _changed(connection, chat.id)}
    over = {reason for reason, _ in known - set(changes)}
    if over:
        holds.end(connection, chat.id, now, *over)
    for reason, subject in set(changes) - known:
        hold_id = holds.add(connection, chat.id, reason, subject, {}, now)
        details = {"title": chat.title, "reason": reason, "subject": subject}
        history.append(connection, now, "hold_summary", details=details)
        notice = PostHeld(hold_id, chat.title, chat.unit_id, reason, subject)
        for reader in keepers(connection, chat):
            outbox.post(connection, f"held:{hold_id}:{reader.id}", notice, now, now, member_id=reader.id)


def _changed(connection: Connection, chat_id: int) -> tuple[Hold, ...]:
    return tuple(one for one in holds.lasting(connection, chat_id) if one.reason in posting.CHANGES)


def obstacle(
    connection: Connection, chat: Chat, notice: Summary | Picture | Spreadsheet | Correction, now: datetime
) -> tuple[str, str, datetime | None] | None:
    """What keeps a post from leaving now: the state of its letter, the reason, and when to try again.

    A correction may come at any time.
    """
    since = _since(connection, chat, notice)
    if since is not None and now - since > LATE_POST:
        return "dropped", "too_late", None
    if not posting.is_fresh(chat, now):
        return "waiting", UNCHECKED, now + LOOK_AGAIN
    if any(one.answer != "post" for one in _changed(connection, chat.id)):
        return "waiting", "held", now + ASK_AGAIN
    return None


def _since(connection: Connection, chat: Chat, notice: Summary | Picture | Spreadsheet | Correction) -> datetime | None:
    """When a post was due, or asked for again; None for one that never comes too late."""
    if isinstance(notice, Correction):
        return None
    if notice.again:
        return datetime.fromisoformat(notice.again)
    shown = posts.of_digest(connection, notice.digest_id)
    return next((one.at for one in shown if one.chat_id == chat.id), None)


def decide(connection: Connection, actor: Actor, hold_id: int, now: datetime, *, post: bool) -> str:
    """Post all the same, or stop posting in this chat; its title. Raises Refused."""
    hold = holds.get(connection, hold_id)
    chat = chats.get(connection, hold.chat_id) if hold else None
    if chat is None or chat.closed_at is not None:
        raise Refused("hold.over")
    if not may_manage(actor, chat, units.every(connection)):
        raise Refused("forbidden.link")
    if not holds.answer(connection, hold_id, "post" if post else "stop", actor.member.id, now):
        raise Refused("hold.over")
    details = {"title": chat.title, "post": post, "reason": hold.reason if hold else ""}
    history.append(connection, now, "decide_hold", actor_id=actor.member.id, details=details)
    if post:
        outbox.hurry(connection, chat.id, now)
    else:
        chats.close(connection, chat.address, now)
    return chat.title


def expire(
    connection: Connection, chat_id: int, digest_id: int, now: datetime, again: str = "", why: str = "late"
) -> None:
    """A post that will not arrive is given up; its keepers hear why, and the next one covers its period.

    `why`: see `PostExpired`. `again`: when it was asked for once more; then it stands in the chat already, and only its
    keepers hear of it. One that may have arrived keeps its period: nobody is to read the same work twice as new.
    """
    chat = chats.get(connection, chat_id)
    found = next((one for one in posts.of_digest(connection, digest_id) if one.chat_id == chat_id), None)
    frozen = digests.get(connection, digest_id)
    if again and chat is not None and frozen is not None:
        notice = PostExpired(chat.title, chat.unit_id, frozen[1].until.isoformat(), again=True, why=why)
        _tell_expired(connection, chat, notice, again, now)
        return
    if chat is None or found is None or frozen is None or found.message_id is not None:
        return
    if why != "uncertain":
        posts.give_up(connection, chat_id, digest_id, frozen[1].since)
        details = {"title": chat.title, "until": found.until.isoformat()}
        history.append(connection, now, "expire_summary", details=details)
    notice = PostExpired(chat.title, chat.unit_id, found.until.isoformat(), why=why)
    _tell_expired(connection, chat, notice, found.week, now)


def _tell_expired(connection: Connection, chat: Chat, notice: PostExpired, which: str, now: datetime) -> None:
    for reader in keepers(connection, chat):
        key = f"expired:{chat.id}:{which}:{reader.id}"
        outbox.post(connection, key, notice, now, now, member_id=reader.id)
