"""Members, their roles, and the one account each of them may have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from storage.among import among
from storage.records import Grant, Member, Role, fold
from storage.tables import grants, members, strangers

MEMBER = tuple(members.c[name] for name in Member.__dataclass_fields__)


def add(connection: Connection, name: str, unit_id: int, **values: object) -> int:
    """A new member; the id."""
    query = insert(members).values(name=name, folded=fold(name), unit_id=unit_id, **values)
    return int(connection.execute(query.returning(members.c.id)).scalar_one())


def change(connection: Connection, member_id: int, **values: object) -> None:
    """Set columns of one member."""
    if isinstance(values.get("name"), str):
        values["folded"] = fold(str(values["name"]))
    connection.execute(update(members).where(members.c.id == member_id).values(**values))


def get(connection: Connection, member_id: int) -> Member | None:
    """The member with that id."""
    row = connection.execute(select(*MEMBER).where(members.c.id == member_id)).one_or_none()
    return Member(*row) if row else None


def by_account(connection: Connection, account: int) -> Member | None:
    """The present member who linked that account."""
    query = select(*MEMBER).where(members.c.account == account, members.c.left_at.is_(None))
    row = connection.execute(query).one_or_none()
    return Member(*row) if row else None


def every(connection: Connection) -> tuple[Member, ...]:
    """All present members in the order they came."""
    query = select(*MEMBER).where(members.c.left_at.is_(None)).order_by(members.c.id)
    return tuple(Member(*row) for row in connection.execute(query))


def some(connection: Connection, ids: Iterable[int]) -> dict[int, Member]:
    """The members with these ids, those who left too."""
    query = select(*MEMBER).where(among(members.c.id, ids))
    return {row.id: Member(*row) for row in connection.execute(query)}


def names(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """The names of the members with these ids, of those who left too."""
    query = select(members.c.id, members.c.name).where(among(members.c.id, ids))
    return {member_id: name for member_id, name in connection.execute(query).all()}  # noqa: C416


def known(connection: Connection) -> dict[int, Member]:
    """Everybody who is or was a member, by id."""
    return {row.id: Member(*row) for row in connection.execute(select(*MEMBER).order_by(members.c.id))}


def of_units(connection: Connection, unit_ids: Iterable[int], since: datetime | None = None) -> tuple[Member, ...]:
    """The present members of these units, with `since` also those who were still there at that instant."""
    there = [members.c.left_at.is_(None)] + ([members.c.left_at > since] if since is not None else [])
    query = select(*MEMBER).where(among(members.c.unit_id, unit_ids), or_(*there))
    return tuple(Member(*row) for row in connection.execute(query.order_by(members.c.id)))


def find(connection: Connection, text: str, unit_ids: Iterable[int], limit: int) -> tuple[Member, ...]:
    """Members of these units whose name holds every word of `text`, accents aside, in the order they came."""
    words = fold(text).split()
    if not words:
        return ()
    query = (
        select(*MEMBER)
        .where(among(members.c.unit_id, unit_ids), members.c.left_at.is_(None))
        .where(and_(*(members.c.folded.contains(word, autoescape=True) for word in words)))
        .order_by(members.c.id)
        .limit(limit)
    )
    return tuple(Member(*row) for row in connection.execute(query))


def link(connection: Connection, member_id: int, account: int, at: datetime, privacy_version: int) -> bool:
    """Bind an account to a member; False when either is bound already. The database refuses a second too."""
    query = (
        update(members)
        .where(members.c.id == member_id, members.c.account.is_(None), members.c.left_at.is_(None))
        .where(~select(1).where(_other.c.account == account).exists())
        .values(
            account=account,
            linked_at=at,
            privacy_version=privacy_version,
            unreachable_since=None,
            unreachable_reason="",
        )
    )
    return connection.execute(query).rowcount == 1


_other = members.alias("other")


def set_reach(connection: Connection, account: int, since: datetime | None, reason: str = "") -> Member | None:
    """Note that an account can (since=None) or cannot be reached; the member when that was news."""
    was = by_account(connection, account)
    if was is None or (was.unreachable_since is None) == (since is None):
        return None
    change(connection, was.id, unreachable_since=since, unreachable_reason=reason)
    return was


def grant(connection: Connection, member_id: int, role: Role, unit_id: int | None) -> bool:
    """Give a role; False when the member had it."""
    if _grant_rows(connection, member_id, role, unit_id):
        return False
    connection.execute(insert(grants).values(member_id=member_id, role=role.value, unit_id=unit_id))
    return True


def revoke(connection: Connection, member_id: int, role: Role, unit_id: int | None) -> bool:
    """Take a role away; False when the member did not have it."""
    ids = _grant_rows(connection, member_id, role, unit_id)
    connection.execute(delete(grants).where(grants.c.id.in_(ids)))
    return bool(ids)


def _grant_rows(connection: Connection, member_id: int, role: Role, unit_id: int | None) -> list[int]:
    query = select(grants.c.id).where(
        grants.c.member_id == member_id,
        grants.c.role == role.value,
        func.coalesce(grants.c.unit_id, 0) == (unit_id or 0),
    )
    return list(connection.execute(query).scalars())


def positions(connection: Connection) -> dict[tuple[Role, int | None], tuple[Member, ...]]:
    """Everybody who holds a role, by role and unit (None: the whole organisation), in the order of `holders`."""
    found: dict[tuple[Role, int | None], list[Member]] = {}
    query = select(*MEMBER, grants.c.role, grants.c.unit_id.label("of_unit"))
    query = query.join(grants, grants.c.member_id == members.c.id).where(members.c.left_at.is_(None))
    for row in connection.execute(query.order_by(members.c.id)):
        found.setdefault((Role(row.role), row.of_unit), []).append(Member(*row[:-2]))
    return {place: tuple(people) for place, people in found.items()}


def grants_of(connection: Connection, member_id: int) -> tuple[Grant, ...]:
    """The roles of one member."""
    query = select(grants).where(grants.c.member_id == member_id).order_by(grants.c.id)
    return tuple(Grant(row.member_id, Role(row.role), row.unit_id) for row in connection.execute(query))


def grants_of_some(connection: Connection, ids: Iterable[int]) -> dict[int, tuple[Grant, ...]]:
    """The roles of these members; who has none is left out."""
    found: dict[int, list[Grant]] = {}
    for row in connection.execute(select(grants).where(among(grants.c.member_id, ids)).order_by(grants.c.id)):
        found.setdefault(row.member_id, []).append(Grant(row.member_id, Role(row.role), row.unit_id))
    return {key: tuple(some) for key, some in found.items()}


def holders(connection: Connection, role: Role, unit_id: int | None) -> tuple[Member, ...]:
    """The present members who hold a role for exactly this unit (None: for the whole organisation)."""
    query = (
        select(*MEMBER)
        .join(grants, grants.c.member_id == members.c.id)
        .where(grants.c.role == role.value, members.c.left_at.is_(None))
        .where(grants.c.unit_id == unit_id if unit_id is not None else grants.c.unit_id.is_(None))
        .order_by(members.c.id)
    )
    return tuple(Member(*row) for row in connection.execute(query))


def answer_stranger(connection: Connection, account: int, now: datetime, not_since: datetime) -> bool:
    """Whether this stranger may be answered now; remembers the answer."""
    query = select(strangers.c.answered_at).where(strangers.c.account == account)
    last = connection.execute(query).scalar_one_or_none()
    if last is not None and last > not_since:
        return False
    if last is None:
        connection.execute(insert(strangers).values(account=account, answered_at=now))
    else:
        connection.execute(update(strangers).where(strangers.c.account == account).values(answered_at=now))
    return True


def forget_strangers(connection: Connection, before: datetime) -> int:
    """Remove what is known of strangers who were quiet since `before`; how many."""
    return connection.execute(delete(strangers).where(strangers.c.answered_at < before)).rowcount


def unreachable(connection: Connection, unit_ids: Iterable[int] | None = None) -> tuple[Member, ...]:
    """The present members of these units (None: of all) to whom no letter can go."""
    chosen = [among(members.c.unit_id, unit_ids)] if unit_ids is not None else []
    query = (
        select(*MEMBER)
        .where(*chosen, members.c.left_at.is_(None))
        .where(or_(members.c.account.is_(None), members.c.unreachable_since.is_not(None)))
        .order_by(members.c.id)
    )
    return tuple(Member(*row) for row in connection.execute(query))
