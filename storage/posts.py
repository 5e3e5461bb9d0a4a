"""What was posted in which chat: at most one weekly summary for each chat and ISO week."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from storage.digests import figures_of
from storage.figures import Figures
from storage.records import Copy, Posted
from storage.tables import digests, posts


def add(connection: Connection, chat_id: int, week: str, digest_id: int, until: datetime, at: datetime) -> None:
    """Note a post that was queued. The database refuses a second one for the same chat and week."""
    values = {"chat_id": chat_id, "week": week, "digest_id": digest_id, "until": until, "at": at}
    connection.execute(insert(posts).values(**values))


def exists(connection: Connection, chat_id: int, week: str) -> bool:
    """Whether that chat has its post of that week."""
    query = select(posts.c.week).where(posts.c.chat_id == chat_id, posts.c.week == week)
    return connection.execute(query).first() is not None


def last(connection: Connection, chat_id: int, unit_id: int | None, *, standing: bool = False) -> Posted | None:
    """The last post of a chat about that unit: a chat that was bound anew begins anew. `standing`: that arrived."""
    same_unit = func.coalesce(digests.c.unit_id, 0) == (unit_id or 0)
    query = select(posts).join(digests, digests.c.id == posts.c.digest_id).where(posts.c.chat_id == chat_id, same_unit)
    query = query.where(posts.c.message_id.is_not(None)) if standing else query
    row = connection.execute(query.order_by(posts.c.until.desc()).limit(1)).one_or_none()
    return _posted(row) if row else None


def before(
    connection: Connection, chat_id: int, unit_id: int | None, until: datetime, limit: int
) -> tuple[Figures, ...]:
    """The last figures of a unit that were posted in a chat for periods that ended before that, oldest first."""
    same_unit = func.coalesce(digests.c.unit_id, 0) == (unit_id or 0)
    query = select(digests.c.figures).join(posts, digests.c.id == posts.c.digest_id)
    query = query.where(posts.c.chat_id == chat_id, same_unit, posts.c.until < until, posts.c.until == digests.c.until)
    found = connection.execute(query.order_by(posts.c.until.desc()).limit(limit)).scalars()
    return tuple(figures_of(values) for values in found)[::-1]


def of_digest(connection: Connection, digest_id: int) -> tuple[Posted, ...]:
    """Where these figures stand."""
    query = select(posts).where(posts.c.digest_id == digest_id).order_by(posts.c.chat_id)
    return tuple(_posted(row) for row in connection.execute(query))


def delivered(connection: Connection, chat_id: int, digest_id: int, message_id: int, *, picture: bool) -> None:
    """Remember the message in which these figures stand."""
    here = (posts.c.chat_id == chat_id, posts.c.digest_id == digest_id)
    value = {"picture_id": message_id} if picture else {"message_id": message_id}
    connection.execute(update(posts).where(*here).values(**value))


def ask_again(connection: Connection, chat_id: int, week: str, now: datetime, earlier: datetime) -> bool:
    """Note that a post is to be sent again; False when one of that chat was asked for after `earlier`."""
    lately = connection.execute(select(func.max(posts.c.again_at)).where(posts.c.chat_id == chat_id)).scalar()
    if lately is not None and lately > earlier:
        return False
    here = (posts.c.chat_id == chat_id, posts.c.week == week)
    # The condition stands here once more: another replica may have been faster.
    free = or_(posts.c.again_at.is_(None), posts.c.again_at <= earlier)
    return connection.execute(update(posts).where(*here, free).values(again_at=now)).rowcount == 1


def copied(connection: Connection, chat_id: int, digest_id: int, again: str, message_id: int, *, picture: bool) -> None:
    """Remember the message in which these figures stand again, since that was asked for at the moment `again`."""
    here = (posts.c.chat_id == chat_id, posts.c.digest_id == digest_id)
    row = connection.execute(select(posts).where(*here).with_for_update()).one_or_none()
    if row is None:
        return
    known = {one.again: one for one in _copies(row.copies)}
    before = known.get(again)
    if picture:
        known[again] = Copy(again, before.message_id if before else 0, message_id)
    else:
        known[again] = Copy(again, message_id, before.picture_id if before else None)
    values = [[one.again, one.message_id, one.picture_id] for one in known.values()]
    connection.execute(update(posts).where(*here).values(copies=values))


def detach(connection: Connection, chat_id: int) -> None:
    """The messages of a chat have lost their numbers: what was posted stands there, but cannot be edited (number 0)."""
    here = (posts.c.chat_id == chat_id, posts.c.message_id.is_not(None))
    connection.execute(update(posts).where(*here).values(message_id=0, picture_id=None, copies=None))


def replace(connection: Connection, old: int, new: int) -> tuple[Posted, ...]:
    """Other figures stand in the place of these, wherever they were delivered; where that is."""
    here = (posts.c.digest_id == old, posts.c.message_id.is_not(None))
    connection.execute(update(posts).where(*here).values(digest_id=new))
    return of_digest(connection, new)


def give_up(connection: Connection, chat_id: int, digest_id: int, since: datetime) -> None:
    """It was never delivered: the next period begins where this one began, and nothing is compared with it."""
    here = (posts.c.chat_id == chat_id, posts.c.digest_id == digest_id)
    connection.execute(update(posts).where(*here).values(until=since))


def _posted(row: Row[tuple[object, ...]]) -> Posted:
    return Posted(
        chat_id=row.chat_id,
        week=row.week,
        digest_id=row.digest_id,
        until=row.until,
        at=row.at,
        message_id=row.message_id,
        picture_id=row.picture_id,
        copies=_copies(row.copies),
        again_at=row.again_at,
    )


def _copies(values: list[tuple[str, int, int | None]] | None) -> tuple[Copy, ...]:
    return tuple(Copy(*one) for one in values or ())
