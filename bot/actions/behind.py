"""The list behind a number of a summary: the tasks that were counted then, as they stand now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import people, teams
from bot.office import Office
from bot.policy.access import Actor, Deed, reach_of
from handlers.ports import Opened, Refused
from storage import digests, tasks, units
from storage.figures import OPENABLE

WHOLE = 0  # the unit id that stands for all units of a summary


def open_list(
    connection: Connection,
    office: Office,
    actor: Actor,
    digest_id: int,
    unit_id: int,
    figure: str,
    start: int,
    now: datetime,
) -> Opened:
    """The tasks behind a number. Raises Refused when there is no such number, or it is not the actor's to see."""
    found = digests.get(connection, digest_id)
    if found is None or figure not in OPENABLE:
        raise Refused("behind.gone")
    scope, figures = found
    place = unit_id or scope
    reach = reach_of(actor, Deed.SUMMARY)
    if not (frozenset(units.every(connection)) <= reach if place is None else place in reach):
        raise Refused("forbidden.summary")
    line = next((one for one in (figures.total, *figures.units) if one.unit_id == unit_id), None)
    if line is None:
        raise Refused("behind.gone")
    ids = digests.behind(connection, digest_id, unit_id, figure)
    known = tasks.some(connection, ids)
    shown = [known[key] for key in ids if key in known and people.may_view(actor, known[key])]
    page = teams.page(connection, office, actor, shown, start, now)
    number = getattr(line, figure)
    return Opened(line.unit, figures.until, figures.zone, figure, number, len(ids), len(ids) - len(shown), page)
