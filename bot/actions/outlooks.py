"""The summary so far, with the weeks before it: what its picture is drawn from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import summaries
from bot.office import Office
from bot.policy import trend
from bot.policy.access import Actor
from storage import digests
from storage.figures import Outlook


def outlook(connection: Connection, office: Office, actor: Actor, unit_id: int | None, now: datetime) -> Outlook:
    """The figures so far and the on-time rates of the last weeks, as far as summaries of this unit were posted."""
    figures = summaries.figures_now(connection, office, actor, unit_id, now)
    chosen = summaries.unit_for(connection, actor, unit_id)
    earlier = digests.before(connection, chosen, figures.until, trend.WEEKS)
    return Outlook(figures, trend.weeks(figures, earlier))
