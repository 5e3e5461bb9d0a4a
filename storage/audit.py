"""Reading the whole history again: does every line still stand as it was written?

The walk takes the lines in the order of their positions and keeps only the last one, however many there are.
At the first line that does not fit it stops, and only then looks around to say what was done to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, Row, func, select

from storage import chain
from storage.history import head
from storage.records import Breach, ChainHead, ChainReport, Harm
from storage.tables import history, history_head

AT_ONCE = 1000  # rows fetched together
REACH = 10_000  # positions to both sides in which the first home of a line is looked for


def verify(connection: Connection, heads: Iterable[ChainHead] = ()) -> ChainReport:
    """The state of the chain, and the first thing that is wrong with it.

    `heads` were printed earlier and kept by somebody else: only against them a cut tail and a history written anew
    from beginning to end can be seen, when the end of the chain was changed along.
    """
    known = tuple(heads)
    end = head(connection)
    last, before, erased = ChainHead(0, ""), 0, 0
    query = select(history).where(history.c.position <= end.length).order_by(history.c.position, history.c.id)
    with closing(connection.execute(query.execution_options(yield_per=AT_ONCE))) as rows:
        broken = None
        for row in rows:
            if not _fits(row, last, before):
                broken = row
                break
            last, before = ChainHead(last.length + 1, row.hash), row.id
            erased += row.salt is None
            if any(one.length == last.length and one.printed != last.printed for one in known):
                return ChainReport(last.length, erased, end, Breach(Harm.REWRITTEN, last.length, row.id))
    problem = _diagnose(connection, broken, last) if broken is not None else _at_the_end(connection, last, end, known)
    return ChainReport(last.length, erased, end, problem)


def _fits(row: Row[Any], last: ChainHead, before: int) -> bool:
    """Whether a line is the one that follows; `before` is the id of the last one, and ids only grow."""
    follows = row.position == last.length + 1 and row.previous == last.hash and row.id > before
    return follows and row.hash == _hash_at(row, row.position) and _sealed(row)


def _hash_at(row: Row[Any], position: int) -> str:
    who_and_what = (row.actor_id, row.action, row.task_id, row.member_id)
    return chain.link(row.previous, position, row.at, *who_and_what, row.commitment)


def _sealed(row: Row[Any]) -> bool:
    """Whether the details are those that were committed to, or were erased as the rules say."""
    if row.salt is None:
        return bool(row.details == {})
    return bool(row.commitment == chain.commitment(row.salt, row.details))


def _home(row: Row[Any]) -> int | None:
    """The position at which the line was written, by its own hash; None when the line itself was changed."""
    nearest = sorted(range(max(1, row.position - REACH), row.position + REACH), key=lambda p: abs(p - row.position))
    return next((place for place in nearest if _hash_at(row, place) == row.hash), None)


def _diagnose(connection: Connection, row: Row[Any], last: ChainHead) -> Breach:
    """What was done where the first line stands that does not fit."""
    here = last.length + 1
    if row.position != here:
        return Breach(Harm.MISSING if row.position > here else Harm.INSERTED, here, row.id)
    home = _home(row)
    if home is None:
        after = connection.execute(select(history).where(history.c.position == here + 1)).first()
        pushed_on = after is not None and _home(after) == here
        return Breach(Harm.INSERTED if pushed_on else Harm.EDITED, here, row.id)
    if home > here:
        return Breach(Harm.REORDERED if _exists(connection, row.previous) else Harm.MISSING, here, row.id)
    if home < here:  # something that fitted well stands in its place
        return Breach(Harm.INSERTED, home, _id_at(connection, home))
    if row.previous == last.hash:
        return Breach(Harm.REORDERED if _sealed(row) else Harm.EDITED, here, row.id)
    # The line vouches for another one before it: that one was changed, and its hash made anew.
    return Breach(Harm.EDITED, max(1, last.length), _id_at(connection, max(1, last.length)))


def _at_the_end(connection: Connection, last: ChainHead, end: ChainHead, known: tuple[ChainHead, ...]) -> Breach | None:
    """What is wrong although every line that is there follows the one before it."""
    longest = max((end, *known), key=lambda one: one.length)
    if last.length < longest.length:
        return Breach(Harm.CUT, last.length + 1)
    if last.hash != end.hash:
        return Breach(Harm.REWRITTEN, last.length, _id_at(connection, last.length))
    # One statement, so that lines which are being added meanwhile are not taken for strangers.
    length = func.coalesce(select(history_head.c.length).scalar_subquery(), 0)
    query = select(history.c.position, history.c.id).where(history.c.position > length)
    beyond = connection.execute(query.order_by(history.c.position).limit(1)).first()
    return Breach(Harm.INSERTED, beyond.position, beyond.id) if beyond else None


def _exists(connection: Connection, made: str) -> bool:
    return connection.execute(select(history.c.id).where(history.c.hash == made)).first() is not None


def _id_at(connection: Connection, position: int) -> int | None:
    return connection.execute(select(history.c.id).where(history.c.position == position)).scalar()
