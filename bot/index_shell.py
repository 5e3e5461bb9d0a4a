"""`dondoc index`: results in yearly indices, as their publishers gave them (R37)."""

from __future__ import annotations

import argparse
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import Connection, Engine

from bot.shell import Failed, find_unit
from handlers.views.indices import index_message, place
from handlers.views.reader import Reader
from handlers.views.texts import Texts, without_tags
from storage import history, indices
from storage.database import reading, transaction
from storage.records import Unit, fold

YEARS = range(1990, 2200)
LONGEST = 20  # characters of a value


def arguments(parser: argparse.ArgumentParser, t: Texts) -> None:
    """The options of `dondoc index` and what can be done to it."""
    deeds = parser.add_subparsers(dest="deed", metavar="DEED")
    deeds.add_parser("list", help=t.plain("cli.help.index.list"))
    for name in ("set", "remove"):
        one = deeds.add_parser(name, help=t.plain(f"cli.help.index.{name}"))
        one.add_argument("name", help=t.plain("cli.help.index.name"))
        one.add_argument("year", help=t.plain("cli.help.index.year"))
        one.add_argument("--unit", help=t.plain("cli.help.index.unit"))
        if name == "set":
            one.add_argument("--score", dest="value", metavar="VALUE", help=t.plain("cli.help.index.value"))
            one.add_argument("--rank", type=int, metavar="N", help=t.plain("cli.help.index.rank"))
            one.add_argument("--of", dest="ranked", type=int, metavar="N", help=t.plain("cli.help.index.of"))
            one.add_argument("--source", default="", help=t.plain("cli.help.index.source"))


def answer(engine: Engine, wanted: argparse.Namespace, zone: str, now: datetime, t: Texts) -> str:
    """What the shell answers. Raises Failed."""
    if wanted.deed in (None, "list"):
        with reading(engine) as connection:
            return without_tags(index_message(indices.every(connection), Reader(t.language, zone)).text)
    with transaction(engine) as connection:
        return (_set if wanted.deed == "set" else _remove)(connection, wanted, now, t)


def _set(connection: Connection, wanted: argparse.Namespace, now: datetime, t: Texts) -> str:
    year, unit = _year(wanted.year, t), _unit(connection, wanted.unit, t)
    unit_id, place_of = (unit.id, unit.name) if unit else (None, "")
    value = None if wanted.value is None else _value(wanted.value, t)
    rank, ranked = wanted.rank, wanted.ranked
    if value is None and rank is None:
        raise Failed(t.plain("cli.index.nothing"))
    if (ranked is not None and ranked < 1) or (rank is not None and not 1 <= rank <= (ranked or rank)):
        raise Failed(t.plain("cli.index.bad_rank"))
    stored = {"value": value, "rank": rank, "ranked": ranked, "source": wanted.source}
    indices.put(connection, wanted.name, year, unit_id, **stored)
    told = {"name": wanted.name, "year": year, "unit": unit_id, "new": {**stored, "value": wanted.value}}
    history.append(connection, now, "index", details=told)
    key = (fold(wanted.name), year, place_of)
    entry = next(one for one in indices.every(connection) if (fold(one.name), one.year, one.unit) == key)
    return t.plain("cli.index.done", name=entry.name, year=year, place=place(entry, t))


def _remove(connection: Connection, wanted: argparse.Namespace, now: datetime, t: Texts) -> str:
    year, unit = _year(wanted.year, t), _unit(connection, wanted.unit, t)
    unit_id = unit.id if unit else None
    if not indices.remove(connection, wanted.name, year, unit_id):
        raise Failed(t.plain("cli.index.none", name=wanted.name, year=year))
    history.append(connection, now, "index", details={"name": wanted.name, "year": year, "unit": unit_id})
    return t.plain("cli.index.removed", name=wanted.name, year=year)


def _unit(connection: Connection, name: str | None, t: Texts) -> Unit | None:
    return find_unit(connection, name, t) if name else None


def _year(text: str, t: Texts) -> int:
    if not text.isdecimal() or int(text) not in YEARS:
        raise Failed(t.plain("cli.index.bad_year", text=text))
    return int(text)


def _value(text: str, t: Texts) -> Decimal:
    """The number as it was typed: 87.50 stays 87.50."""
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise Failed(t.plain("cli.index.bad_value", text=text)) from None
    if not found.is_finite() or len(str(found)) > LONGEST or "E" in str(found):
        raise Failed(t.plain("cli.index.bad_value", text=text))
    return found
