"""What became of the letters of a period: the delivery arithmetic at the foot of the summary."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from storage.among import among
from storage.figures import Delivered
from storage.outbox import GATHERED
from storage.tables import members, outbox

UNFINISHED = ("waiting", "leased")


def count(connection: Connection, unit_ids: Iterable[int], since: datetime, until: datetime) -> Delivered:
    """The letters planned after `since` and up to `until` for the people of these units, as they stand now.

    Letters that went as one count as that one: those that were gathered into it are no letters any more.
    """
    people = select(members.c.id).where(among(members.c.unit_id, unit_ids))
    twice = func.sum(case((outbox.c.copies > 1, 1), else_=0))
    query = select(outbox.c.state, func.count(), twice).where(
        outbox.c.created_at > since, outbox.c.created_at <= until, outbox.c.member_id.in_(people)
    )
    query = query.where(outbox.c.state != GATHERED)
    found = {"sent": 0, "failed": 0, "dropped": 0, "waiting": 0}
    repeated = 0
    for state, number, again in connection.execute(query.group_by(outbox.c.state)):
        found[_fate(state)] += number
        repeated += again
    return Delivered(
        planned=sum(found.values()),
        delivered=found["sent"],
        repeated=repeated,
        undelivered=found["failed"],
        dropped=found["dropped"],
        waiting=found["waiting"],
    )


def _fate(state: str) -> str:
    """What a stored state means here: closed without having been carried is no longer true."""
    if state in UNFINISHED:
        return "waiting"
    return state if state in ("sent", "failed") else "dropped"
