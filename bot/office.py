"""What the whole organisation has in common: its name and the defaults that units and members may differ from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.policy.calendar import WorkCalendar, calendar_of
from storage.records import Member, Unit

LANGUAGES = ("vi", "en", "pl")


@dataclass(frozen=True, slots=True)
class Office:
    """Defaults of the organisation; `contact` is whom people may ask about their data."""

    name: str = "Dondoc"
    zone: str = "Asia/Ho_Chi_Minh"
    language: str = "vi"
    country: str = "VN"
    contact: str = ""

    def calendar(self, unit: Unit | None, member: Member | None = None) -> WorkCalendar:
        """The calendar of a member, else of the unit, else of the organisation."""
        zone = (member.zone if member else None) or (unit.zone if unit else None) or self.zone
        country = unit.country if unit and unit.country is not None else self.country
        return calendar_of(zone, country)

    def calendar_for(self, member: Member, units: Mapping[int, Unit]) -> WorkCalendar:
        """The calendar by which a member lives."""
        return self.calendar(units.get(member.unit_id), member)
