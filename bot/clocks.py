"""The clock of the machine was put back: what was said by the wrong time must keep nothing waiting until then.

A clock that runs ahead makes reminders come early; nothing can be done about that. But it also says until when a
letter waits, who holds what, and on which day somebody had an agenda: all of this is said anew by the right time.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.actions import agendas
from bot.delivery import LEASE
from bot.mailbox import LEASE as CLAIM
from bot.office import Calendars, Office
from storage import chats, inbox, marks, members, outbox, units

log = logging.getLogger(__name__)

TOLERATED = timedelta(minutes=1)  # so much a clock may be corrected without anybody minding


def is_back(seen: datetime | None, now: datetime) -> bool:
    """Whether the clock was put back since it showed `seen`."""
    return seen is not None and seen - now > TOLERATED


def put_back(connection: Connection, office: Office, now: datetime) -> None:
    """Say anew what was said by a clock that ran ahead."""
    log.warning("the clock was put back: what waits is looked at again")
    outbox.ask_again(connection, now, now + LEASE)
    inbox.shorten(connection, now + CLAIM)
    chats.forget_pauses(connection)  # the process that keeps quiet knows by another clock how long, and notes it anew
    marks.put(connection, marks.CLOCK, now)
    _agendas(connection, office, now)


def _agendas(connection: Connection, office: Office, now: datetime) -> None:
    """A day that has not come yet had no agenda."""
    tree = units.every(connection)
    calendars = Calendars(office, tree)
    people = members.every(connection)
    days = {one.id: calendars.of(one).local(now).date() for one in people}
    had = {one.id: one.agenda_on and min(one.agenda_on, days[one.id]) for one in people}
    agendas.replan(connection, office, [replace(one, agenda_on=had[one.id]) for one in people], tree, now)
