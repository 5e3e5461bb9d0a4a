"""What the whole organisation has in common: its name and the defaults that units and members may differ from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import time

from bot.policy.access import chain
from bot.policy.calendar import MORNING, OFFICE_HOURS, WorkCalendar, parse_hours
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
        """By which calendar a member or a unit lives, with the days decided on in `tree`.

        What the member does not say, the unit says; what that does not say, the nearest unit above it that does;
        else the organisation.
        """
        above = [tree[unit_id] for unit_id in chain(tree, unit.parent_id)] if unit is not None else []
        units = [unit, *above] if unit is not None else []
        places: list[Unit | Member] = [*([member] if member is not None else []), *units]
        zone = next((place.zone for place in places if place.zone), self.zone)
        country = next((place.country for place in places if place.country is not None), self.country)
        hours = next((parse_hours(place.hours) for place in units if place.hours), OFFICE_HOURS)
        clock = time.fromisoformat(member.agenda_clock) if member and member.agenda_clock else MORNING
        return WorkCalendar(zone, country, tree.days.get(country, {}), hours, clock)

    def calendar_of(self, tree: Tree, country: str) -> WorkCalendar:
        """The calendar of a country, seen from the organisation."""
        return replace(self.calendar(tree, None), country=country, days=tree.days.get(country, {}))

    def calendar_for(self, member: Member, tree: Tree) -> WorkCalendar:
        """The calendar by which a member lives."""
        return self.calendar(tree, tree.get(member.unit_id), member)


class Calendars:
    """The calendars of people at one moment: who lives alike shares one, and what it has worked out."""

    def __init__(self, office: Office, tree: Tree) -> None:
        self._office = office
        self._tree = tree
        self._made: dict[tuple[object, ...], WorkCalendar] = {}

    def of(self, member: Member) -> WorkCalendar:
        """The calendar by which a member lives."""
        key = (member.unit_id, member.zone, member.country, member.agenda_clock)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._office.calendar_for(member, self._tree)
        return found
