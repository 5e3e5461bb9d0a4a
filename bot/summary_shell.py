"""`dondoc export summary`: the weekly summary of a unit as a spreadsheet, so far or as it was posted last."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from bot import export_files
from bot.actions import summaries
from bot.office import Office
from bot.policy import digest
from bot.shell import Failed, Say, find_unit
from bot.spreadsheets.writing import Sheet
from handlers.views.reader import Reader
from handlers.views.spreadsheet import spreadsheet
from handlers.views.texts import LANGUAGES, Texts
from storage import digests, units
from storage.database import reading
from storage.figures import Figures
from storage.listing import Listing

MAIN_TABLE = 1  # of the sheets: the units with all their figures


def arguments(parser: argparse.ArgumentParser, t: Texts) -> None:
    """The options of `dondoc export summary`."""
    parser.add_argument("file", type=Path, metavar="OUT.xlsx", help=t.plain("cli.help.export.output"))
    parser.add_argument("--unit", help=t.plain("cli.help.export.unit"))
    parser.add_argument("--language", choices=LANGUAGES, help=t.plain("cli.help.export.language"))
    parser.add_argument("--posted", action="store_true", help=t.plain("cli.help.export.posted"))
    parser.add_argument("--csv", action="store_true", help=t.plain("cli.help.export.csv"))
    parser.add_argument("--force", action="store_true", help=t.plain("cli.help.export.force"))


def export(engine: Engine, office: Office, wanted: argparse.Namespace, now: datetime, t: Texts, say: Say) -> None:
    """Write the spreadsheet, and with --csv its main table beside it. Raises Failed."""
    language, path = wanted.language or t.language, wanted.file
    flat = export_files.beside(path, t, csv=wanted.csv)
    with reading(engine) as connection:
        unit = find_unit(connection, wanted.unit, t) if wanted.unit else None
        look = _posted if wanted.posted else _now
        found = look(connection, office, unit.id if unit else None, now)
    if found is None:
        raise Failed(t.plain("cli.export.not_posted"))

    def made() -> tuple[Sheet, ...]:
        return spreadsheet(*found, Reader(language, office.zone), names=True).sheets

    export_files.write(path, made(), flat, lambda: made()[MAIN_TABLE], language, t, force=wanted.force)
    say(t.plain("cli.export.done", n=len(found[1].tasks), file=str(path)))
    if flat is not None:
        say(t.plain("cli.export.done_csv", n=len(found[0].units), file=str(flat)))


def _now(connection: Connection, office: Office, unit_id: int | None, now: datetime) -> tuple[Figures, Listing] | None:
    tree = units.every(connection)
    since = digest.last_slot(now, office.calendar(tree, tree[unit_id] if unit_id is not None else None))
    reach = frozenset(tree) if unit_id is None else None
    return summaries.counted(connection, office, unit_id, reach, since, now, now)


def _posted(
    connection: Connection, _office: Office, unit_id: int | None, now: datetime
) -> tuple[Figures, Listing] | None:
    """The figures and the list as they were frozen; None when there are none, or no list any more."""
    digest_id = digests.newest(connection, unit_id, now)
    found = digests.get(connection, digest_id) if digest_id is not None else None
    listing = digests.listing(connection, digest_id) if digest_id is not None else None
    return (found[1], listing) if found is not None and listing is not None else None
