"""`dondoc export sheet`: the counted facts of a person or of everybody in a unit, for a month or quarter."""

from __future__ import annotations

import argparse
from datetime import date, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine

from bot import export_files
from bot.actions import sheets
from bot.office import Office
from bot.policy import span
from bot.policy.access import subtree
from bot.shell import Failed, Say, find_person, find_unit
from handlers.ports import Refused
from handlers.views.reader import Reader
from handlers.views.screens import refusal
from handlers.views.sheet_file import book, main_table
from handlers.views.texts import LANGUAGES, Texts, without_tags
from storage import units
from storage.database import reading
from storage.sheets import OwnSheet, Span, UnitSheet


def arguments(parser: argparse.ArgumentParser, t: Texts) -> None:
    """The options of `dondoc export sheet`."""
    parser.add_argument("file", type=Path, metavar="OUT.xlsx", help=t.plain("cli.help.export.output"))
    parser.add_argument("--unit", help=t.plain("cli.help.export.sheet_unit"))
    parser.add_argument("--person", metavar="NAME", help=t.plain("cli.help.export.person"))
    parser.add_argument("--period", metavar="10/2026", default="", help=t.plain("cli.help.export.period"))
    parser.add_argument("--language", choices=LANGUAGES, help=t.plain("cli.help.export.language"))
    parser.add_argument("--csv", action="store_true", help=t.plain("cli.help.export.sheet_csv"))
    parser.add_argument("--force", action="store_true", help=t.plain("cli.help.export.force"))


def export(engine: Engine, office: Office, wanted: argparse.Namespace, now: datetime, t: Texts, say: Say) -> None:
    """Write the sheet, and with --csv its main table beside it. Raises Failed."""
    language, path = wanted.language or t.language, wanted.file
    flat = export_files.beside(path, t, csv=wanted.csv)
    with reading(engine) as connection:
        found = _found(connection, office, wanted, now, t)
    reader = Reader(language, found.zone)
    sheets_of, table = book(found, reader).sheets, partial(main_table, found, reader)
    export_files.write(path, sheets_of, flat, table, language, t, force=wanted.force)
    rows = len(found.people) if isinstance(found, UnitSheet) else len(found.tasks)
    key = "cli.export.done_people" if isinstance(found, UnitSheet) else "cli.export.done"
    for written in (path, flat) if flat is not None else (path,):
        say(t.plain(key, n=rows, file=str(written)))


def _found(
    connection: Connection, office: Office, wanted: argparse.Namespace, now: datetime, t: Texts
) -> OwnSheet | UnitSheet:
    """The sheet that is meant. With both names the unit says which person. Raises Failed."""
    tree = units.every(connection)
    unit = find_unit(connection, wanted.unit, t) if wanted.unit else None
    if wanted.person:
        member = find_person(connection, wanted.person, t, unit)
        today = office.calendar_for(member, tree).local(now).date()
        return sheets.of_person(connection, office, member, _period(wanted.period, today, t), now)
    if unit is None:
        raise Failed(t.plain("cli.export.whose"))
    today = office.calendar(tree, unit).local(now).date()
    during = _period(wanted.period, today, t)
    return sheets.of_units(connection, office, unit.id, subtree(tree, unit.id), during, now)


def _period(text: str, today: date, t: Texts) -> Span:
    """The month or quarter in the text (default: the present month), and nothing else. Raises Failed."""
    try:
        found, rest = span.read(text, today)
    except span.BadSpan as bad:
        raise Failed(_told(bad.reason, t)) from None
    if rest:
        raise Failed(_told("unclear", t))
    return found


def _told(reason: str, t: Texts) -> str:
    return without_tags(refusal(Refused(f"sheet.period.{reason}"), t))
