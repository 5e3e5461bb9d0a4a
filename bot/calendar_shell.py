"""`dondoc calendar`: the days off of a year, decisions about single days, and who lives by which calendar."""

from __future__ import annotations

import argparse
from datetime import datetime

from sqlalchemy import Connection, Engine

from bot.actions import calendars
from bot.office import Office
from bot.policy.calendar import YEARS, hours_text
from bot.shell import Failed, find_person, find_unit
from handlers.ports import Refused
from handlers.views import calendar as views
from handlers.views.reader import Reader
from handlers.views.screens import refusal
from handlers.views.texts import Texts, without_tags
from storage import members, units
from storage.database import reading, transaction
from storage.records import Member, Unit

DEEDS = {"off": False, "work": True, "remove": None}
INHERIT = "-"  # typed instead of a value: as the organisation, or the unit, has it


def arguments(parser: argparse.ArgumentParser, t: Texts) -> None:
    """The options of `dondoc calendar` and what can be done to it."""
    parser.add_argument("--country", help=t.plain("cli.help.country"))
    parser.add_argument("--year", type=year, help=t.plain("cli.help.year"))
    deeds = parser.add_subparsers(dest="deed", metavar="DEED")
    for name in DEEDS:
        one = deeds.add_parser(name, help=t.plain(f"cli.help.calendar.{name}"))
        one.add_argument("day", help=t.plain("cli.help.day"))
        # Without a default of its own, so that a --country before the deed is not forgotten.
        one.add_argument("--country", default=argparse.SUPPRESS, help=t.plain("cli.help.country"))
        if name != "remove":
            one.add_argument("--note", default="", help=t.plain("cli.help.note"))
            one.add_argument("--source", default="", help=t.plain("cli.help.source"))
    lives = deeds.add_parser("assign", help=t.plain("cli.help.calendar.assign"))
    whom = lives.add_mutually_exclusive_group(required=True)
    whom.add_argument("--unit", help=t.plain("cli.help.calendar.unit"))
    whom.add_argument("--person", help=t.plain("cli.help.calendar.person"))
    lives.add_argument("--country", default=argparse.SUPPRESS, help=t.plain("cli.help.country"))
    lives.add_argument("--zone", help=t.plain("cli.help.zone"))
    lives.add_argument("--hours", help=t.plain("cli.help.hours"))


def year(text: str) -> int:
    """A year whose calendar can be shown. Raises ValueError."""
    found = int(text)
    if found not in YEARS:
        raise ValueError(text)
    return found


def answer(engine: Engine, office: Office, wanted: argparse.Namespace, now: datetime, t: Texts) -> str:
    """What the shell answers. Raises Failed."""
    try:
        if wanted.deed is None:
            return _show(engine, office, wanted, now, t)
        with transaction(engine) as connection:
            done = _assign if wanted.deed == "assign" else _decide
            return done(connection, office, wanted, now, t)
    except Refused as refused:
        raise Failed(without_tags(refusal(refused, t))) from None


def _show(engine: Engine, office: Office, wanted: argparse.Namespace, now: datetime, t: Texts) -> str:
    with reading(engine) as connection:
        found = calendars.look(connection, office, None, now, t.language, wanted.country, wanted.year)
    return without_tags(views.calendar_message(found, Reader(t.language, office.zone)).text)


def _decide(connection: Connection, office: Office, wanted: argparse.Namespace, now: datetime, t: Texts) -> str:
    words = {} if wanted.deed == "remove" else {"note": wanted.note, "source": wanted.source}
    working = DEEDS[wanted.deed]
    touched = calendars.decide(connection, office, None, wanted.country, wanted.day, now, working=working, **words)
    return without_tags(views.touched_message(touched, Reader(t.language, office.zone)).text)


def _assign(connection: Connection, office: Office, wanted: argparse.Namespace, now: datetime, t: Texts) -> str:
    chosen = {name: getattr(wanted, name) for name in ("country", "zone", "hours")}
    values = {name: None if value == INHERIT else value for name, value in chosen.items() if value is not None}
    if not values:
        raise Failed(t.plain("cli.calendar.which"))
    if wanted.person is not None and "hours" in values:
        raise Failed(t.plain("cli.calendar.hours_of_units"))
    place: Unit | Member = (
        find_unit(connection, wanted.unit, t) if wanted.unit is not None else find_person(connection, wanted.person, t)
    )
    touched = calendars.assign(connection, office, place, now, values)
    return f"{_lives(connection, office, place, t)}\n{without_tags(views.touched_tasks(touched, t))}"


def _lives(connection: Connection, office: Office, place: Unit | Member, t: Texts) -> str:
    tree = units.every(connection)
    if isinstance(place, Unit):
        calendar = office.calendar(tree, tree[place.id])
    else:
        calendar = office.calendar_for(members.some(connection, [place.id])[place.id], tree)
    values = {"country": calendar.country or "–", "zone": calendar.zone, "hours": hours_text(calendar.hours)}
    return t.plain("cli.calendar.lives", name=place.name, **values)
