"""`dondoc units`: the tree of units; renaming, merging and closing them."""

from __future__ import annotations

import argparse
from datetime import datetime

from sqlalchemy import Connection, Engine

from bot.actions import unit_changes
from bot.policy.access import chain
from bot.shell import Failed, find_unit
from handlers.ports import Refused
from handlers.views.screens import refusal
from handlers.views.texts import Texts, without_tags
from storage import units
from storage.database import reading, transaction

DEEDS = {"list": 0, "rename": 2, "merge": 2, "close": 1}  # how many names each of them takes


def arguments(command: argparse.ArgumentParser, t: Texts) -> None:
    """`dondoc units [list]`, `rename UNIT NAME`, `merge UNIT INTO`, `close UNIT`"""
    command.add_argument("what", nargs="?", choices=tuple(DEEDS), default="list", help=t.plain("cli.help.units.what"))
    command.add_argument("names", nargs="*", metavar="UNIT", help=t.plain("cli.help.units.names"))


def answer(engine: Engine, wanted: argparse.Namespace, now: datetime, t: Texts) -> list[str]:
    """The tree, or what was done. Raises Failed."""
    if len(wanted.names) != DEEDS[wanted.what]:
        raise Failed(t.plain("cli.units.usage"))
    if wanted.what == "list":
        with reading(engine) as connection:
            return _tree(connection) or [t.plain("cli.units.none")]
    try:
        with transaction(engine) as connection:
            return [_change(connection, wanted.what, wanted.names, now, t)]
    except Refused as refused:
        raise Failed(without_tags(refusal(refused, t))) from None


def _tree(connection: Connection) -> list[str]:
    tree = units.every(connection)
    paths = {unit.id: [tree[key].name for key in chain(tree, unit.id)][::-1] for unit in tree.values()}
    shown = [unit for unit in tree.values() if unit.closed_at is None]
    return ["    " * (len(paths[unit.id]) - 1) + unit.name for unit in sorted(shown, key=lambda one: paths[one.id])]


def _change(connection: Connection, what: str, names: list[str], now: datetime, t: Texts) -> str:
    unit = find_unit(connection, names[0], t)
    if what == "rename":
        return t.plain("cli.units.renamed", old=unit.name, new=unit_changes.rename(connection, unit, names[1], now))
    if what == "merge":
        target = find_unit(connection, names[1], t)
        moved = unit_changes.merge(connection, unit, target, now)
        return t.plain("cli.units.merged", unit=unit.name, target=target.name, n=moved)
    above, moved = unit_changes.close(connection, unit, now)
    if above is None:
        return t.plain("cli.units.closed", unit=unit.name)
    return t.plain("cli.units.merged", unit=unit.name, target=above.name, n=moved)
