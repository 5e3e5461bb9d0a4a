"""What the whole organisation has in common: its name and the defaults that units and members may differ from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.policy.calendar import OFFICE_HOURS, WorkCalendar, parse_hours
from storage.records import Member, Tree, Unit

LANGUAGES = ("vi", "en", "pl")


@dataclass(frozen=True, slots=True)
class Office:
    """Defaults of the organisation; `contact` is whom people may ask about their data."""

    name: str = "Dondoc"
    zone: str = "Asia/Ho_Chi_Minh"
    language: str = "vi"
    country: str = "VN"
    contact: str = ""

    def calendar(self, tree: Tree, unit: Unit | None, member: Member | None = None) -> WorkCalendar:
        """The calendar of a member, else of the unit, else of the organisation, with the days decided on in `tree`."""
        places = [place for place in (member, unit) if place is not None]
        zone = next((place.zone for place in places if place.zone), self.zone)
        country = next((place.country for place in places if place.country is not None), self.country)
        hours = parse_hours(unit.hours) if unit and unit.hours else OFFICE_HOURS
        return WorkCalendar(zone, country, tree.days.get(country, {}), hours)

    def calendar_of(self, tree: Tree, country: str) -> WorkCalendar:
        """The calendar of a country, seen from the organisation."""
        return replace(self.calendar(tree, None), country=country, days=tree.days.get(country, {}))

    def calendar_for(self, member: Member, tree: Tree) -> WorkCalendar:
        """The calendar by which a member lives."""
        return self.calendar(tree, tree.get(member.unit_id), member)
