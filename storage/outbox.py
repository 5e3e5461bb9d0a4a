"""Letters: planned once by key, leased with a fencing token, recorded before and after the socket is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Subquery, Update, bindparam, delete, func, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from storage import notices, queues
from storage.among import among, rows_given
from storage.records import Letter
from storage.tables import chats, members, outbox

LETTER = tuple(outbox.c[name] for name in Letter.__dataclass_fields__)
_RUN_OUT = queues.LEASED, outbox.c.leased_until <= bindparam("now")
_LEFT = select(outbox.c.id).where(*_RUN_OUT).limit(1)
_FREE = update(outbox).where(*_RUN_OUT).values(state="waiting", leased_until=None)
GATHERED = "gathered"  # the state of a letter that goes as part of another one; its reason is the key of that one


def post(
    connection: Connection,
    key: str,
    notice: notices.Notice,
    now: datetime,
    not_before: datetime,
    *,
    member_id: int | None = None,
    chat_id: int | None = None,
) -> bool:
    """Queue a letter; False when one with this key was queued before, sent or not."""
    if connection.execute(select(outbox.c.id).where(outbox.c.key == key)).first():
        return False
    connection.execute(
        insert(outbox).values(
            key=key,
            kind=notices.kind_of(notice),
            content=notices.to_json(notice),
            member_id=member_id,
            chat_id=chat_id,
            not_before=not_before,
            created_at=now,
            state="waiting",
            rank=notices.rank_of(notice),
            queue=_queue(member_id, chat_id),
        )
    )
    return True


def keys(connection: Connection, prefix: str) -> set[str]:
    """The keys of all letters, sent or not, that begin with `prefix`."""
    query = select(outbox.c.key).where(outbox.c.key.startswith(prefix, autoescape=True))
    return set(connection.execute(query).scalars())


def waits_until(connection: Connection, key: str) -> datetime | None:
    """Until when the letter with that key waits; None when it was sent, closed or never queued."""
    query = select(outbox.c.not_before).where(outbox.c.key == key, queues.PENDING)
    return connection.execute(query).scalar()


def extend(connection: Connection, key: str, change: Callable[[Any], notices.Notice]) -> bool:
    """Change what the letter with that key says while it waits and nothing of it may have arrived; False otherwise."""
    waits = (outbox.c.key == key, outbox.c.state == queues.WAITING, outbox.c.copies == 0)
    content = connection.execute(select(outbox.c.content).where(*waits).with_for_update()).scalar()
    if content is None:
        return False
    values = {"content": notices.to_json(change(content))}
    return connection.execute(update(outbox).where(outbox.c.key == key).values(values)).rowcount == 1


def anything_due(connection: Connection, now: datetime) -> bool:
    """Whether `lease` would find a letter; asked without waiting for the turn to write."""
    if queues.anyone_waits(connection, now):
        return True
    return connection.execute(_LEFT, {"now": now}).first() is not None


def lease(connection: Connection, now: datetime, until: datetime, limit: int, after: int = 0) -> tuple[Letter, ...]:
    """Take letters that are due, at most one per addressee, and hold them until then; units in turn behind `after`."""
    connection.execute(_FREE, {"now": now})
    ids = queues.pick(connection, now, limit, after)
    if not ids:
        return ()
    # The condition repeats the state: on PostgreSQL another replica may have been faster.
    query = update(outbox).where(among(outbox.c.id, ids), outbox.c.state == "waiting")
    query = query.values(state="leased", leased_until=until, token=outbox.c.token + 1)
    taken = {row.id: Letter(*row) for row in connection.execute(query.returning(*LETTER))}
    return tuple(taken[key] for key in ids if key in taken)


def release(connection: Connection, letters: Iterable[Letter]) -> None:
    """Put letters back as they were: they were leased and nothing was tried."""
    for letter in letters:
        _change(connection, letter, state="waiting", leased_until=None)


def release_all(connection: Connection) -> int:
    """Put back what is leased, for a bot that knows that nobody else carries letters; how many.

    After a crash nobody waits for the leases of the dead to run out. What was attempted stays counted.
    """
    query = update(outbox).where(queues.LEASED)
    return connection.execute(query.values(state="waiting", leased_until=None, token=outbox.c.token + 1)).rowcount


def renew(connection: Connection, letters: Iterable[Letter], until: datetime) -> None:
    """Hold letters until then, as far as nobody has taken them over."""
    for letter in letters:
        _change(connection, letter, leased_until=until)


def ask_again(connection: Connection, now: datetime, until: datetime) -> None:
    """Let whatever waits for a later moment be asked about now, and end leases at `until`: a wrong clock said when."""
    connection.execute(update(outbox).where(queues.PENDING, outbox.c.not_before > now).values(not_before=now))
    connection.execute(update(outbox).where(queues.LEASED, outbox.c.leased_until > until).values(leased_until=until))


def attempt_all(connection: Connection, letters: Iterable[Letter], now: datetime) -> set[int]:
    """Record that the socket is about to be touched; the ids of those whose lease still holds: only these may leave."""
    held = [(letter.id, letter.token) for letter in letters]
    return set(connection.execute(_tried(connection.dialect.name), {"held": held, "now": now}).scalars())


@lru_cache(maxsize=2)
def _tried(dialect: str) -> ReturningUpdate[int]:
    held = rows_given(dialect, "held", "id", "token")
    values = {"attempts": outbox.c.attempts + 1, "copies": outbox.c.copies + 1, "attempted_at": bindparam("now")}
    return update(outbox).where(*_still(held)).values(values).returning(outbox.c.id)


def _still(held: Subquery) -> tuple[ColumnElement[bool], ...]:
    """These leases hold: nobody took the letters over after they had run out."""
    return outbox.c.id == held.c.id, outbox.c.token == held.c.token, outbox.c.state == "leased"


def sent_all(connection: Connection, messages: Iterable[tuple[Letter, int]], now: datetime) -> None:
    """Record deliveries, each with the number of its message. What somebody else took over meanwhile stays as it is."""
    held = [(letter.id, letter.token, number) for letter, number in messages]
    if held:
        connection.execute(_sent(connection.dialect.name), {"held": held, "now": now})


@lru_cache(maxsize=2)
def _sent(dialect: str) -> Update:
    held = rows_given(dialect, "held", "id", "token", "message_id")
    done = {"state": "sent", "done_at": bindparam("now"), "message_id": held.c.message_id, "reason": ""}
    return update(outbox).where(*_still(held)).values(done)


def postpone(connection: Connection, letter: Letter, until: datetime, reason: str, copies: int) -> bool:
    """Put a letter back for later; `copies` is how many may have arrived so far."""
    values = {"state": "waiting", "not_before": until, "leased_until": None, "reason": reason, "copies": copies}
    return _change(connection, letter, **values)


def end(connection: Connection, letter: Letter, now: datetime, state: str, reason: str) -> bool:
    """Close a letter without delivery: "dropped" (no longer true) or "failed" (cannot arrive)."""
    return _change(connection, letter, state=state, done_at=now, reason=reason)


def drop_waiting(connection: Connection, now: datetime, reason: str) -> int:
    """Close every letter that was not sent yet; how many."""
    query = update(outbox).where(queues.PENDING)
    return connection.execute(query.values(state="dropped", done_at=now, reason=reason)).rowcount


def drop_for(connection: Connection, member_id: int, now: datetime, reason: str) -> int:
    """Close every letter to a member that was not sent yet; how many."""
    query = update(outbox).where(outbox.c.member_id == member_id, queues.PENDING)
    return connection.execute(query.values(state="dropped", done_at=now, reason=reason)).rowcount


def wake(connection: Connection, member_id: int, now: datetime) -> int:
    """Let the letters that wait for the working hours of a member be asked about again; how many."""
    waits = (outbox.c.member_id == member_id, outbox.c.state == "waiting", outbox.c.not_before > now)
    query = update(outbox).where(*waits, outbox.c.attempts == 0)
    return connection.execute(query.values(not_before=now)).rowcount


def rewrite(connection: Connection, letter: Letter, notice: notices.Notice) -> bool:
    """Put a letter back with another content."""
    return _change(connection, letter, state="waiting", leased_until=None, content=notices.to_json(notice))


def beside(connection: Connection, letters: Iterable[Letter], most_copies: int) -> dict[int, list[Letter]]:
    """What waits besides these letters for the same members and may be sent again, oldest first, by member."""
    readers = {letter.member_id for letter in letters if letter.member_id is not None}
    query = select(*LETTER).where(queues.PENDING, among(outbox.c.member_id, readers))
    found: dict[int, list[Letter]] = {}
    waits = (outbox.c.state == "waiting", outbox.c.copies < most_copies)
    for row in connection.execute(query.where(*waits).order_by(outbox.c.id)):
        found.setdefault(row.member_id, []).append(Letter(*row))
    return found


def close_gathered(
    connection: Connection, leased: Letter, others: Iterable[Letter], key: str, now: datetime, most_copies: int
) -> set[int]:
    """Close letters of one member, the first of which we hold, because they go as the letter `key`: their ids.

    Those that somebody else has taken meanwhile are not among them; none are when the lease was lost.
    """
    values = {"state": GATHERED, "done_at": now, "reason": key, "leased_until": None}
    if not _change(connection, leased, **values):
        return set()
    wanted = outbox.c.id.in_([letter.id for letter in others])
    query = update(outbox).where(wanted, outbox.c.state == "waiting", outbox.c.copies < most_copies)
    return {leased.id, *connection.execute(query.values(**values).returning(outbox.c.id)).scalars()}


def post_leased(
    connection: Connection,
    key: str,
    notice: notices.Notice,
    now: datetime,
    until: datetime,
    like: Iterable[Letter],
) -> Letter:
    """Queue one letter in place of these, as urgent as the first of them to leave, and hold it until then.

    What may have arrived of it, may have arrived as often as each of these.
    """
    some = tuple(like)
    row = insert(outbox).values(
        key=key,
        kind=notices.kind_of(notice),
        content=notices.to_json(notice),
        member_id=some[0].member_id,
        not_before=now,
        created_at=now,
        state="leased",
        leased_until=until,
        token=1,
        attempts=max(letter.attempts for letter in some),
        copies=max(letter.copies for letter in some),
        rank=min(letter.rank for letter in some),
        queue=some[0].queue,
    )
    return Letter(*connection.execute(row.returning(*LETTER)).one())


def waiting(connection: Connection) -> int:
    """How many letters are not finished."""
    query = select(func.count()).select_from(outbox).where(queues.PENDING)
    return int(connection.execute(query).scalar_one())


def next_due(connection: Connection) -> datetime | None:
    """When the next letter may leave."""
    return connection.execute(select(func.min(outbox.c.not_before)).where(queues.PENDING)).scalar()


def every(connection: Connection, states: Iterable[str] = ()) -> tuple[Row[Any], ...]:
    """All letters (in these states), oldest first: for the operator's check and for tests."""
    query = select(outbox).order_by(outbox.c.id)
    chosen = tuple(states)
    return tuple(connection.execute(query.where(outbox.c.state.in_(chosen)) if chosen else query))


def last_of(connection: Connection, member_id: int) -> Row[Any] | None:
    """The last letter to a member that was sent or failed: "why does nothing arrive?"."""
    query = select(outbox).where(outbox.c.member_id == member_id, outbox.c.state.in_(("sent", "failed")))
    return connection.execute(query.order_by(outbox.c.done_at.desc()).limit(1)).one_or_none()


def per_member(connection: Connection, since: datetime, until: datetime) -> tuple[int, int, int]:
    """How many letters arrived in that time at members, at how many of them, and the most that one got."""
    one = (
        select(func.count().label("n"))
        .where(outbox.c.done_at >= since, outbox.c.done_at < until)
        .where(outbox.c.state == "sent", outbox.c.member_id.is_not(None))
        .group_by(outbox.c.member_id)
        .subquery()
    )
    row = connection.execute(select(func.sum(one.c.n), func.count(), func.max(one.c.n)).select_from(one)).one()
    return int(row[0] or 0), int(row[1]), int(row[2] or 0)


def forget(connection: Connection, before: datetime) -> int:
    """Remove letters that were finished before that; how many."""
    return connection.execute(delete(outbox).where(outbox.c.done_at < before)).rowcount


def chats_due(connection: Connection, now: datetime) -> tuple[int, ...]:
    """The groups and channels for which a letter may leave now."""
    due = (queues.PENDING, outbox.c.not_before <= now, outbox.c.chat_id.is_not(None))
    return tuple(connection.execute(select(outbox.c.chat_id).where(*due).distinct()).scalars())


def hurry(connection: Connection, chat_id: int, now: datetime) -> None:
    """What kept the letters of a chat waiting is over: they may leave now."""
    query = update(outbox).where(outbox.c.chat_id == chat_id, outbox.c.state == "waiting")
    connection.execute(query.values(not_before=now))


def _change(connection: Connection, letter: Letter, **values: Any) -> bool:
    query = update(outbox).where(outbox.c.id == letter.id, outbox.c.token == letter.token)
    return connection.execute(query.where(outbox.c.state == "leased").values(**values)).rowcount == 1


def _queue(member_id: int | None, chat_id: int | None) -> Any:
    """The unit of the addressee; 0 for the whole organisation."""
    if member_id is not None:
        place = select(members.c.unit_id).where(members.c.id == member_id)
    else:
        place = select(chats.c.unit_id).where(chats.c.id == chat_id)
    return func.coalesce(place.scalar_subquery(), 0)
