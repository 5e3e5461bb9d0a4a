"""`dondoc export`: files for people outside the chat. The inspection pack is one; others stand beside it."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine

from bot import export_files, sheet_shell, summary_shell
from bot.actions import inspections
from bot.auditing import describe
from bot.office import Office
from bot.policy import inspection as policy
from bot.policy.calendar import BadDay, parse_day
from bot.shell import Say, find_unit
from bot.spreadsheets.writing import look_ahead, write_workbook
from handlers.views.inspection import sheets
from handlers.views.reader import Reader
from handlers.views.texts import Texts
from storage import units
from storage.database import reading
from storage.inspection import Inspection, Period
from storage.records import Unit


class WrongUse(Exception):
    """What was typed makes no sense; the text says why, in the reader's language."""


def arguments(parser: argparse.ArgumentParser, t: Texts) -> None:
    """The options of `dondoc export` and what can be exported."""
    kinds = parser.add_subparsers(dest="what", metavar="WHAT")
    parser.set_defaults(show_help=parser.format_help)
    pack = kinds.add_parser("inspection", help=t.plain("cli.help.export.inspection"))
    pack.add_argument("--from", dest="first", metavar="DATE", required=True, help=t.plain("cli.help.export.from"))
    pack.add_argument("--to", dest="last", metavar="DATE", required=True, help=t.plain("cli.help.export.to"))
    pack.add_argument("--unit", help=t.plain("cli.help.export.unit"))
    pack.add_argument("--output", type=Path, metavar="FILE", help=t.plain("cli.help.export.output"))
    pack.add_argument("--force", action="store_true", help=t.plain("cli.help.export.force"))
    sheet_shell.arguments(kinds.add_parser("sheet", help=t.plain("cli.help.export.sheet")), t)
    summary_shell.arguments(kinds.add_parser("summary", help=t.plain("cli.help.export.summary")), t)


def inspection(
    engine: Engine, office: Office, wanted: argparse.Namespace, now: datetime, t: Texts, say: Say, warn: Say
) -> None:
    """Write the inspection pack of a period. Raises WrongUse and Failed."""
    with reading(engine) as connection:
        calendar = office.calendar(units.every(connection), None)
        during = _period(wanted, t, lambda first, last: policy.period(first, last, now, calendar))
        path = wanted.output or Path(f"inspection-{during.first}-{during.last}.xlsx")
        unit = find_unit(connection, wanted.unit, t) if wanted.unit else None
        with export_files.named(path, t):
            look_ahead(path, force=wanted.force)
            found = inspections.load(connection, office, unit, during, now, _command(during, unit))
            lines = inspections.lines(connection, found)
            write_workbook(path, sheets(found, lines, Reader(t.language, office.zone)), force=wanted.force)
    _tell(found, path, t, say, warn)


def _tell(found: Inspection, path: Path, t: Texts, say: Say, warn: Say) -> None:
    if found.chain.problem is not None:
        text = t.plain("cli.export.broken", text=describe(found.chain.problem, t))
        warn(t.plain("cli.warning", text=text))
    say(t.plain("cli.export.done", n=len(found.tasks), file=str(path)))


def _period(wanted: argparse.Namespace, t: Texts, make: Callable[[date, date], Period]) -> Period:
    try:
        return make(_day(wanted.first, t), _day(wanted.last, t))
    except policy.BadPeriod as bad:
        raise WrongUse(t.plain(f"cli.export.{bad.reason}")) from None


def _day(text: str, t: Texts) -> date:
    try:
        return parse_day(text)
    except BadDay:
        raise WrongUse(t.plain("cli.export.bad_day", text=text)) from None


def _command(during: Period, unit: Unit | None) -> str:
    """What was asked for, so that it can be asked again; without the place of the file, which is nobody's business."""
    words = ["dondoc", "export", "inspection", "--from", str(during.first), "--to", str(during.last)]
    return shlex.join([*words, "--unit", unit.name] if unit else words)
