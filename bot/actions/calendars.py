"""The working calendar: looking ahead, deciding about single days, and who lives by which calendar.

A change plans the reminders of the tasks it touches anew and says which tasks these are. It never moves a deadline.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.actions.replanning import Basis, replan
from bot.office import Office
from bot.policy import country as countries
from bot.policy.access import Actor, Deed, reach_of
from bot.policy.calendar import BadDay, BadHours, WorkCalendar, hours_text, parse_day, parse_hours
from handlers.ports import Refused
from storage import calendar_days, history, members, units
from storage.records import CalendarDay, Days, Member, SpecialDay, Touched, Tree, Unit

AHEAD = timedelta(days=365)  # how far a look at the calendar goes
LONGEST_NOTE = 200  # characters
LONGEST_SOURCE = 300


def look(
    connection: Connection,
    office: Office,
    actor: Actor | None,
    now: datetime,
    language: str,
    country: str | None = None,
    year: int | None = None,
) -> Days:
    """The special days of a year (None: from today on) in the calendar of a country (None: of the actor)."""
    tree = units.every(connection)
    calendar = office.calendar_for(actor.member, tree) if actor else office.calendar(tree, None)
    if country is not None:
        calendar = office.calendar_of(tree, known(country))
    first = calendar.local(now).date() if year is None else date(year, 1, 1)
    last = first + AHEAD if year is None else date(year, 12, 31)
    return Days(
        country=calendar.country,
        zone=calendar.zone,
        hours=hours_text(calendar.hours),
        first=first,
        last=last,
        special=_special(calendar, calendar_days.of_country(connection, calendar.country), first, last, language),
        working=calendar.working_days_after(first - timedelta(days=1), last),
        may_change=actor is not None and _may_change(actor, tree),
    )


def known(country: str) -> str:
    """The code of a country that has a calendar."""
    code = country.strip().upper()
    if not countries.is_known(code):
        raise Refused("calendar.country", country=country, near=", ".join(countries.near(country)) or "VN, PL")
    return code


def _special(
    calendar: WorkCalendar, decided: Mapping[date, CalendarDay], first: date, last: date, language: str
) -> tuple[SpecialDay, ...]:
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(
        SpecialDay(
            day=day,
            working=calendar.is_working(day),
            name=countries.name(calendar.country, day, language),
            provisional=calendar.is_provisional(day),
            decision=decided.get(day),
        )
        for day in days
        if day in decided or calendar.is_working(day) is not countries.usually_works(calendar.country, day)
    )


def decide(
    connection: Connection,
    office: Office,
    actor: Actor | None,
    country: str | None,
    text: str,
    now: datetime,
    *,
    working: bool | None,
    note: str = "",
    source: str = "",
) -> Touched:
    """Make a day a working day or a day off, or (`working` None) take such a decision back.

    `actor` None stands for the operator at the shell; `country` None for the calendar of whoever decides.
    """
    tree = units.every(connection)
    if actor is not None and not _may_change(actor, tree):
        raise Refused("forbidden.calendar")
    own = office.calendar_for(actor.member, tree) if actor else office.calendar(tree, None)
    code, day = own.country if country is None else known(country), _day(text)
    note, source = _words(note, LONGEST_NOTE), _words(source, LONGEST_SOURCE)
    before = Basis.now(connection, office)
    old = calendar_days.of_country(connection, code).get(day)
    _store(connection, actor, code, day, old, now, working, note, source)
    touched = replan(connection, office, before, now, day)
    details = {
        "country": code,
        "day": day.isoformat(),
        "old": None if old is None else old.working,
        "new": working,
        "note": note,
        "source": source,
        "tasks": len(touched),
    }
    history.append(connection, now, "calendar", actor_id=actor.member.id if actor else None, details=details)
    after = office.calendar_of(units.every(connection), code)
    return Touched(touched, code, day, after.is_working(day))


def _may_change(actor: Actor, tree: Tree) -> bool:
    """A day concerns everybody who lives by the calendar, hence the role for the whole organisation."""
    return reach_of(actor, Deed.CALENDAR).issuperset(tree)


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except BadDay:
        raise Refused("calendar.day", text=text) from None


def _words(text: str, limit: int) -> str:
    line = " ".join(text.split())
    if len(line) > limit:
        raise Refused("note.too_long", limit=limit)
    return line


def _store(
    connection: Connection,
    actor: Actor | None,
    country: str,
    day: date,
    old: CalendarDay | None,
    now: datetime,
    working: bool | None,
    note: str,
    source: str,
) -> None:
    if old is None and working is None:
        raise Refused("calendar.nothing")
    if old is not None and (old.working, old.note, old.source) == (working, note, source):
        raise Refused("calendar.same")
    calendar_days.remove(connection, country, day, now)
    if working is not None:
        made_by = actor.member.id if actor else None
        values = {"working": int(working), "note": note, "source": source, "made_by": made_by, "at": now}
        calendar_days.add(connection, country, day, **values)


def assign(
    connection: Connection, office: Office, place: Unit | Member, now: datetime, wanted: Mapping[str, str | None]
) -> Touched:
    """Let a unit or a person live by another country, zone or (a unit) hours; None: as what is above has it."""
    before = Basis.now(connection, office)
    values = {name: value for name, value in _checked(wanted).items() if getattr(place, name) != value}
    if not values:
        return Touched(())
    change = units.change if isinstance(place, Unit) else members.change
    change(connection, place.id, **values)
    touched = replan(connection, office, before, now)
    person = place.id if isinstance(place, Member) else None
    details = {"old": {name: getattr(place, name) for name in values}, "new": values, "tasks": len(touched)}
    if person is None:
        details["unit"] = place.id
    history.append(connection, now, "calendar", member_id=person, details=details)
    return Touched(touched)


def _checked(values: Mapping[str, str | None]) -> dict[str, str | None]:
    """The same as it is stored. Raises Refused."""
    found = dict(values)
    if country := found.get("country"):
        found["country"] = known(country)
    if zone := found.get("zone"):
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise Refused("settings.zone", zone=zone) from None
    if hours := found.get("hours"):
        try:
            found["hours"] = hours_text(parse_hours(hours))
        except BadHours:
            raise Refused("calendar.hours", text=hours) from None
    return found
