"""Which letters go next: every unit is a queue, and the queues take turns.

Three ranks: what is urgent leaves before news, news before what can wait. Within a rank the queues are served in
turn, each in the order in which its letters are due. The cost follows the number of queues and of letters taken,
never the number of those that wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Connection, Integer, Row, Select, and_, bindparam, func, not_, select, true

from storage.among import among, among_given
from storage.tables import outbox

WAITING = "waiting"
PENDING = outbox.c.done_at.is_(None)  # the condition of the indexes that hold what is not finished
LEASED = and_(PENDING, outbox.c.leased_until.is_not(None))
RANKS = (0, 1, 2)
_WAITS = select(outbox.c.id).where(PENDING, outbox.c.state == WAITING, outbox.c.not_before <= bindparam("now")).limit(1)

Addressee = tuple[int | None, int | None]  # member, chat


class Held(NamedTuple):
    """Addressees to whom a letter is under way."""

    members: Collection[int]
    chats: Collection[int]


def pick(connection: Connection, now: datetime, limit: int, after: int) -> tuple[int, ...]:
    """The ids of the letters that may leave now, at most one per addressee, in the order in which they should.

    The queues of each rank take turns, beginning behind the queue `after`.
    """
    if not anyone_waits(connection, now):
        return ()
    held = _held(connection)
    chosen: dict[Addressee, None] = {}
    for rank in RANKS:
        room = limit - len(chosen)
        if room <= 0:
            break
        for row in _fairly(_candidates(connection, rank, now, held, room), after):
            if len(chosen) < limit:
                chosen.setdefault((row.member_id, row.chat_id))
    return _oldest(connection, chosen, now)


def anyone_waits(connection: Connection, now: datetime) -> bool:
    """Whether a letter is due that nobody has taken."""
    return connection.execute(_WAITS, {"now": now}).first() is not None


def _held(connection: Connection) -> Held:
    rows = connection.execute(select(outbox.c.member_id, outbox.c.chat_id).where(LEASED)).all()
    return Held([member or 0 for member, chat in rows if chat is None], [chat for _, chat in rows if chat])


def _candidates(connection: Connection, rank: int, now: datetime, held: Held, room: int) -> list[Row[Any]]:
    """The first due letter of each queue; when there are fewer queues than room, more of each."""
    query = _heads(connection.dialect.name)
    values = {"rank": rank, "now": now, "members": held.members, "chats": held.chats}
    first = connection.execute(query, values | {"each": 1}).all()
    if not first or len(first) >= room:
        return list(first)
    return list(connection.execute(query, values | {"each": 2 * -(-room // len(first))}).all())


@lru_cache(maxsize=2)
def _heads(dialect: str) -> Select[Any]:
    """The first due letters of every queue, `each` at most; made once, because making it takes longer than its run."""
    queues, letters = _queues(), outbox.alias("head")
    columns = (letters.c.id, letters.c.member_id, letters.c.chat_id, letters.c.queue, letters.c.not_before)
    due: list[ColumnElement[bool]] = [letters.c.done_at.is_(None), letters.c.rank == bindparam("rank")]
    due += [letters.c.not_before <= bindparam("now"), letters.c.state == WAITING]
    due += [not_(among_given(func.coalesce(letters.c.member_id, 0), "members"))]
    due += [not_(among_given(func.coalesce(letters.c.chat_id, 0), "chats"))]
    order, each = (letters.c.not_before, letters.c.id), bindparam("each", type_=Integer)
    if dialect == "postgresql":
        some = select(*columns).where(*due, letters.c.queue == queues.c.queue).order_by(*order).limit(each)
        found = some.correlate(queues).lateral("some")
        return select(found).select_from(queues.join(found, true()))
    # SQLite has no LATERAL, and looks ids from a subquery up one by one.
    ids = select(letters.c.id).where(*due, letters.c.queue == queues.c.queue).order_by(*order).limit(each)
    whole = outbox.alias("whole")
    taken = (whole.c.id, whole.c.member_id, whole.c.chat_id, whole.c.queue, whole.c.not_before)
    return select(*taken).select_from(queues.join(whole, whole.c.id.in_(ids.correlate(queues))))


def _queues() -> CTE:
    """The queues in which something of a rank waits, found by jumping through the index from one to the next."""

    def least(*beyond: ColumnElement[bool]) -> Select[Any]:
        query = select(func.min(outbox.c.queue).label("queue"))
        return query.where(PENDING, outbox.c.rank == bindparam("rank"), *beyond)

    walk = least().cte("queues", recursive=True)
    following = least(outbox.c.queue > walk.c.queue).correlate(walk).scalar_subquery()
    return walk.union_all(select(following).where(walk.c.queue.is_not(None)))


def _fairly(rows: Iterable[Row[Any]], after: int) -> Iterable[Row[Any]]:
    """One of each queue in turn, from the queue behind `after` on."""
    queues: dict[int, deque[Row[Any]]] = {}
    for row in sorted(rows, key=lambda row: (row.queue <= after, row.queue, row.not_before, row.id)):
        queues.setdefault(row.queue, deque()).append(row)
    while queues:
        for key in list(queues):
            yield queues[key].popleft()
            if not queues[key]:
                del queues[key]


def _oldest(connection: Connection, chosen: Collection[Addressee], now: datetime) -> tuple[int, ...]:
    """The first letter of each addressee: an urgent one does not overtake its own chat, it pulls it along."""
    first: dict[Addressee, int] = {}
    for column, ids in (
        (outbox.c.member_id, [member for member, _ in chosen if member is not None]),
        (outbox.c.chat_id, [chat for _, chat in chosen if chat is not None]),
    ):
        if ids:
            query = select(outbox.c.member_id, outbox.c.chat_id, func.min(outbox.c.id))
            query = query.where(PENDING, among(column, ids), outbox.c.state == WAITING, outbox.c.not_before <= now)
            for member, chat, letter in connection.execute(query.group_by(outbox.c.member_id, outbox.c.chat_id)):
                first[member, chat] = letter
    return tuple(first[addressee] for addressee in chosen)
