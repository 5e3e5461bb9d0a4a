"""Weekly figures, frozen as they were posted, and for a time the tasks they were counted from."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from storage.figures import Corrected, Delivered, Figures, LateTask, Obstacle, Rank, UnitFigures, UrgedTask
from storage.listing import Listing
from storage.listings import from_json, to_json
from storage.records import (
    Json,
)
from storage.tables import digests

later = digests.alias("later")


def freeze(
    connection: Connection, unit_id: int | None, figures: Figures, now: datetime, listing: Listing | None = None
) -> int | None:
    """Keep the figures of a unit (None: of all) for a period; None when that period was frozen before."""
    if of_period(connection, unit_id, figures.until, figures.since) is not None:
        return None
    values = {"unit_id": unit_id, "until": figures.until, "since": figures.since, "composed_at": now}
    query = insert(digests).values(**values, **_stored(figures, listing))
    return int(connection.execute(query.returning(digests.c.id)).scalar_one())


def correct(
    connection: Connection,
    digest_id: int,
    unit_id: int | None,
    figures: Figures,
    reason: str,
    now: datetime,
    listing: Listing | None = None,
) -> int:
    """Keep other figures beside those that they correct, which stay as they were; the id of the new ones."""
    values = {"unit_id": unit_id, "until": figures.until, "since": figures.since, "composed_at": now}
    about = {"corrects": digest_id, "reason": reason}
    query = insert(digests).values(**values, **about, **_stored(figures, listing))
    return int(connection.execute(query.returning(digests.c.id)).scalar_one())


def corrected(connection: Connection, digest_id: int) -> Corrected | None:
    """When and why these figures took the place of others; None for the first ones of their period."""
    query = select(digests.c.composed_at, digests.c.reason, digests.c.corrects).where(digests.c.id == digest_id)
    row = connection.execute(query).one_or_none()
    return Corrected(row.composed_at, row.reason or "") if row and row.corrects else None


def get(connection: Connection, digest_id: int) -> tuple[int | None, Figures] | None:
    """The unit and the figures under that id."""
    query = select(digests.c.unit_id, digests.c.figures).where(digests.c.id == digest_id)
    row = connection.execute(query).one_or_none()
    return (row.unit_id, figures_of(row.figures)) if row else None


def listing(connection: Connection, digest_id: int) -> Listing | None:
    """What was frozen beside the figures under that id; None when it was not, or is forgotten."""
    found = connection.execute(select(digests.c.listing).where(digests.c.id == digest_id)).scalar_one_or_none()
    return from_json(found) if found else None


def forget_listings(connection: Connection, before: datetime) -> int:
    """Forget what stood beside figures that were composed before that; how many. The figures stay."""
    old = (digests.c.composed_at < before, digests.c.listing.is_not(None))
    return connection.execute(update(digests).where(*old).values(listing=None)).rowcount


def before(connection: Connection, unit_id: int | None, until: datetime, limit: int) -> tuple[Figures, ...]:
    """The last figures of a unit for periods that ended before that, oldest first."""
    same_unit = func.coalesce(digests.c.unit_id, 0) == (unit_id or 0)
    corrected = select(later.c.id).where(later.c.corrects == digests.c.id).exists()
    query = select(digests.c.figures).where(same_unit, digests.c.until < until, ~corrected)
    found = connection.execute(query.order_by(digests.c.until.desc()).limit(limit)).scalars()
    return tuple(figures_of(values) for values in found)[::-1]


def of_period(connection: Connection, unit_id: int | None, until: datetime, since: datetime) -> int | None:
    """The id of a unit's figures for that period, as they stand now: the last correction, if there is one."""
    same_unit = func.coalesce(digests.c.unit_id, 0) == (unit_id or 0)
    query = select(digests.c.id).where(same_unit, digests.c.until == until, digests.c.since == since)
    return connection.execute(query.order_by(digests.c.id.desc()).limit(1)).scalar_one_or_none()


def newest(connection: Connection, unit_id: int | None, until: datetime) -> int | None:
    """The id of a unit's last figures of a period that had ended by then, as they were corrected."""
    same_unit = func.coalesce(digests.c.unit_id, 0) == (unit_id or 0)
    query = select(digests.c.id).where(same_unit, digests.c.until <= until)
    return connection.execute(query.order_by(digests.c.until.desc(), digests.c.id.desc()).limit(1)).scalar_one_or_none()


def behind(connection: Connection, digest_id: int, unit_id: int, figure: str) -> tuple[int, ...]:
    """The tasks that a number counted when it was frozen; unit 0: of all its units."""
    kept = connection.execute(select(digests.c.behind).where(digests.c.id == digest_id)).scalar_one_or_none() or {}
    return tuple(key for place, ids in kept.items() if unit_id in (0, int(place)) for key in ids.get(figure, ()))


def _stored(figures: Figures, listing: Listing | None) -> Json:
    """The columns that hold figures; what is behind them is read only when somebody opens it."""
    values = asdict(figures)
    return {
        "behind": {str(key): ids for key, ids in values.pop("behind").items()},
        "figures": _to_json(figures, values),
        "listing": to_json(listing) if listing is not None else None,
    }


def _to_json(figures: Figures, values: Json) -> Json:
    return {**values, "since": figures.since.isoformat(), "until": figures.until.isoformat()}


def figures_of(values: Json) -> Figures:
    """The figures as they were frozen; what an older version did not count keeps its default."""
    obstacles = tuple(Obstacle(**{**line, "answers": tuple(line["answers"])}) for line in values.get("obstacles", ()))
    return Figures(
        unit=values["unit"],
        since=datetime.fromisoformat(values["since"]),
        until=datetime.fromisoformat(values["until"]),
        zone=values["zone"],
        units=tuple(UnitFigures(**line) for line in values["units"]),
        total=UnitFigures(**values["total"]),
        late_tasks=tuple(LateTask(**line) for line in values["late_tasks"]),
        briefing=tuple(UrgedTask(**line) for line in values.get("briefing", ())),
        unreachable=values["unreachable"],
        chain=values.get("chain", ""),
        before=UnitFigures(**values["before"]) if values.get("before") else None,
        obstacles=obstacles,
        ranks=tuple(Rank(**line) for line in values.get("ranks", ())),
        silent=tuple(values.get("silent", ())),
        lost=tuple(values.get("lost", ())),
        units_before=tuple(UnitFigures(**line) for line in values.get("units_before", ())),
        delivered=Delivered(**values["delivered"]) if values.get("delivered") else None,
    )
