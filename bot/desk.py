"""The front desk: the actions bound to one person and one incoming update (see `handlers.ports.Desk`).

The first effect marks the update as done in the same transaction, so an update handled twice acts once.
"""

from __future__ import annotations

from bot.desks.absence import AbsenceDesk
from bot.desks.calendar import CalendarDesk
from bot.desks.chats import ChatDesk
from bot.desks.evidence import EvidenceDesk
from bot.desks.history import HistoryDesk
from bot.desks.leavers import LeaverDesk
from bot.desks.people import PeopleDesk
from bot.desks.recurring import RecurringDesk
from bot.desks.requests import RequestDesk
from bot.desks.sheets import SheetDesk
from bot.desks.unit import UnitDesk
from bot.desks.work import WorkDesk


class FrontDesk(
    PeopleDesk,
    WorkDesk,
    UnitDesk,
    RequestDesk,
    AbsenceDesk,
    LeaverDesk,
    EvidenceDesk,
    HistoryDesk,
    ChatDesk,
    CalendarDesk,
    RecurringDesk,
    SheetDesk,
):
    """Everything one person can ask for."""
