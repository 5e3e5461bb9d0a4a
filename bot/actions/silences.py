"""The bot did not hear the messenger for a while: whoever has buttons learns that presses may have been lost.

The messenger keeps messages for a day but button presses for 150 seconds.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.actions import letters
from bot.office import Office
from storage import members, tasks, units
from storage.notices import PressesLost

PRESS_LIFE = timedelta(seconds=150)
LATELY = timedelta(hours=24)  # whoever got no buttons for so long before the silence is not disturbed


def tell(connection: Connection, office: Office, since: datetime, until: datetime, now: datetime) -> int:
    """Tell everybody who got buttons lately, once a day at most, in their working hours; how many were looked at."""
    if until - since <= PRESS_LIFE:
        return 0
    tree = units.every(connection)
    addresses = tasks.shown_to_since(connection, since - LATELY)
    found = [members.by_account(connection, address) for address in addresses if address > 0]
    readers = [member for member in found if member is not None and member.reachable]
    notice = PressesLost(since.isoformat(), until.isoformat())
    for reader in readers:
        key = f"presses:{reader.id}:{until.date().isoformat()}"
        letters.tell(connection, office, key, notice, reader, tree, now)
    return len(readers)
