"""The bot did not hear the messenger for a while: whoever has buttons learns that presses may have been lost.

The messenger keeps messages for a day but button presses for 150 seconds.

While a silence lasts, or is over and not told yet, its beginning is a mark: whoever gets a late message then hears of
the lost presses in it, not in a second one right behind.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.actions import letters
from bot.office import Office
from storage import marks, members, tasks, units
from storage.notices import PressesLost

PRESS_LIFE = timedelta(seconds=150)
LATELY = timedelta(hours=24)  # whoever got no buttons for so long before the silence is not disturbed


def last(connection: Connection, since: datetime) -> None:
    """Nothing has been heard since then."""
    marks.put(connection, marks.SILENT, since)


def forget(connection: Connection) -> None:
    """Whatever was not heard is nobody's loss: what the messenger posts to us it posts again."""
    marks.drop(connection, marks.SILENT)


def end(connection: Connection, office: Office, since: datetime, until: datetime, now: datetime) -> None:
    """The messenger is heard again: tell everybody who has not been told yet."""
    tell(connection, office, since, until, now)
    forget(connection)


def tell_with_what_is_late(connection: Connection, office: Office, member_ids: Collection[int], now: datetime) -> None:
    """To these something late is about to leave: let them hear of a silence along with it."""
    since = marks.get(connection, marks.SILENT) if member_ids else None
    if since is not None:
        tell(connection, office, since, now, now, member_ids)


def tell(
    connection: Connection,
    office: Office,
    since: datetime,
    until: datetime,
    now: datetime,
    among: Collection[int] | None = None,
) -> int:
    """Tell everybody (or `among` these) who got buttons lately, in their working hours; how many were looked at.

    Of silences that began on one day people hear once.
    """
    if until - since <= PRESS_LIFE:
        return 0
    tree = units.every(connection)
    addresses = tasks.shown_to_since(connection, since - LATELY)
    found = [members.by_account(connection, address) for address in addresses if address > 0]
    readers = [member for member in found if member is not None and member.reachable]
    readers = readers if among is None else [member for member in readers if member.id in among]
    notice = PressesLost(since.isoformat(), until.isoformat())
    for reader in readers:
        key = f"presses:{reader.id}:{since.date().isoformat()}"
        letters.tell(connection, office, key, notice, reader, tree, now)
    return len(readers)
