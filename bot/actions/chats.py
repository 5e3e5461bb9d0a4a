"""Groups and channels: binding one takes a one-time code, an administrator of that chat, and a ✔️ in private."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.actions import people
from bot.actions.teams import default_unit, open_units
from bot.office import Office
from bot.policy import posting
from bot.policy.access import Actor, Deed, may_in, reach_of
from handlers.ports import ChatClaim, Refused
from storage import chats, history, holds, invites, members, outbox, posts, units
from storage.notices import ChatBinding, ChatLost
from storage.records import Chat, Member, Role, Unit

CODE_VALID = timedelta(hours=1)
WHOLE = 0  # the unit id that stands for the whole organisation


def link_code(
    connection: Connection, office: Office, actor: Actor, wanted: int | None, now: datetime, secret: Callable[[], str]
) -> tuple[str, Unit, tuple[Unit, ...]]:
    """A code that binds a chat to a unit; the unit it stands for, and the others it could stand for."""
    tree = units.every(connection)
    reach = reach_of(actor, Deed.LINK)
    if not reach:
        raise Refused("forbidden.link")
    whole = Unit(WHOLE, office.name)
    choices = ((whole,) if covers_all(actor, tree) else ()) + open_units(tree, reach)
    chosen = wanted if wanted is not None else (WHOLE if whole in choices else default_unit(actor, reach))
    unit = next((choice for choice in choices if choice.id == chosen), None)
    if unit is None:
        raise Refused("forbidden.link")
    code = secret()
    invites.add(connection, "chat", code, actor.member.id, now, now + CODE_VALID, unit.id or None)
    return code, unit, choices


def covers_all(actor: Actor, tree: dict[int, Unit]) -> bool:
    """Whether the actor leads the whole organisation, not only all of its present units one by one."""
    return actor.over(next(iter(tree), 0), Role.LEADER) and actor.units(Role.LEADER) == frozenset(tree)


def claim(connection: Connection, office: Office, code: str, title: str, now: datetime) -> ChatClaim:
    """Whose code was posted. Wrong, used and expired codes get one and the same refusal."""
    found = invites.by_code(connection, "chat", code, now)
    member = members.get(connection, found.member_id) if found else None
    if found is None or member is None or member.account is None:
        raise Refused("link.bad_code")
    unit = units.every(connection)[found.unit_id].name if found.unit_id else office.name
    return ChatClaim(found.id, member.account, title, unit)


def ask(connection: Connection, found: ChatClaim, address: int, kind: str, now: datetime) -> None:
    """Ask the person in private whether this chat is meant, by its title."""
    invite = invites.get(connection, found.invite_id, now)
    if invite is None:
        raise Refused("link.bad_code")
    invites.attach(connection, invite.id, {"address": address, "kind": kind, "title": found.title})
    notice = ChatBinding(invite.id, found.title, invite.unit_id, kind)
    outbox.post(connection, f"chat-binding:{invite.id}:{address}", notice, now, now, member_id=invite.member_id)


def bind(
    connection: Connection, office: Office, actor: Actor, invite_id: int, now: datetime, purpose: str = ""
) -> Chat:
    """Bind the chat that was asked about. `purpose`: "leadership" or "unit"; else as usual for its kind."""
    invite = invites.get(connection, invite_id, now)
    if invite is None or invite.member_id != actor.member.id or "address" not in invite.data:
        raise Refused("link.bad_code")
    tree = units.every(connection)
    allowed = may_in(actor, Deed.LINK, invite.unit_id) if invite.unit_id else covers_all(actor, tree)
    if not allowed:
        raise Refused("forbidden.link")
    if not invites.use(connection, invite.id, now):
        raise Refused("link.bad_code")
    kind = invite.data["kind"]
    usual = posting.LEADERSHIP if kind == "channel" else posting.UNIT
    chat_id = chats.bind(
        connection,
        invite.data["address"],
        kind=kind,
        title=invite.data["title"],
        unit_id=invite.unit_id,
        purpose=purpose if purpose in posting.PURPOSES else usual,
        language=actor.member.language or office.language,
        linked_by=actor.member.id,
        linked_at=now,
        **dict.fromkeys(("weekday", "hour", "detail", "changed_at", "checked_at")),
    )
    holds.end(connection, chat_id, now, *posting.CHANGES)
    details = {"title": invite.data["title"], "unit": invite.unit_id, "purpose": purpose or usual}
    history.append(connection, now, "bind_chat", actor_id=actor.member.id, details=details)
    return one_of(connection, chat_id)


def one_of(connection: Connection, chat_id: int) -> Chat:
    """The chat with that id. Raises Refused."""
    chat = chats.get(connection, chat_id)
    if chat is None:
        raise Refused("forbidden.link")
    return chat


def move(connection: Connection, old: int, new: int, now: datetime) -> None:
    """A group has become a supergroup: its link, its posts and a question about it follow. Said twice, it is one move.

    Whoever linked the supergroup before we heard of it has linked the same chat: the old link is over, nobody is told.
    """
    invites.move(connection, old, new)
    chat = chats.by_address(connection, old)
    if chat is None:
        return
    if chats.by_address(connection, new) is not None:
        chats.close(connection, old, now)
        return
    chats.move(connection, chat.id, new)
    posts.detach(connection, chat.id)


def close(connection: Connection, address: int, now: datetime) -> None:
    """The bot was removed from a chat: stop writing there and tell those who look after the unit."""
    chat = chats.close(connection, address, now)
    if chat is None:
        return
    history.append(connection, now, "chat_closed", details={"title": chat.title, "unit": chat.unit_id})
    for reader in keepers(connection, chat):
        notice = ChatLost(chat.title, chat.unit_id)
        key = f"chat-lost:{chat.id}:{now.isoformat()}:{reader.id}"
        outbox.post(connection, key, notice, now, now, member_id=reader.id)


def keepers(connection: Connection, chat: Chat) -> tuple[Member, ...]:
    """Whom to ask about a chat: whoever linked it, else the superiors of its unit."""
    binder = members.get(connection, chat.linked_by)
    if binder is not None and binder.reachable:
        return (binder,)
    if chat.unit_id is None:
        return members.holders(connection, Role.LEADER, None)
    return people.superiors(connection, chat.unit_id, chat.linked_by, units.every(connection))


def may_manage(actor: Actor, chat: Chat, tree: dict[int, Unit]) -> bool:
    """Whether the actor may decide about this chat."""
    return may_in(actor, Deed.LINK, chat.unit_id) if chat.unit_id is not None else covers_all(actor, tree)
