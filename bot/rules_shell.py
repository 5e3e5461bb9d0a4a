"""`dondoc rules`: the thresholds of the organisation and its units, and the wording of the six clears."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Engine

from bot.office import LANGUAGES
from bot.policy import clears
from bot.policy.rules import DEFAULT, NAMES, fault
from bot.shell import Failed, Say, find_unit
from handlers.views.texts import Texts
from storage import history, preferences, units
from storage.database import reading, transaction
from storage.records import Unit

LABELS = tuple(clears.label_name(name, language) for name in clears.ALL for language in LANGUAGES)
LONGEST_LABEL = 40  # characters: six of them stand in one line of a card


def show(engine: Engine, t: Texts, say: Say) -> None:
    """Every rule of the organisation, and what units and labels differ in."""
    with reading(engine) as connection:
        stored, tree = preferences.every(connection), units.every(connection)
    for name, default in asdict(DEFAULT).items():
        say(t.plain("cli.rules.line", name=name, value=stored.get((None, name), default)))
    for (unit_id, name), value in sorted(stored.items(), key=str):
        if unit_id is not None:
            say(t.plain("cli.rules.line_unit", name=name, value=value, unit=tree[unit_id].name))
        elif name in LABELS:
            say(t.plain("cli.rules.line", name=name, value=value))


def change(engine: Engine, name: str, value: str | None, unit: str | None, now: datetime, t: Texts) -> str:
    """Set a rule or a label, or go back to the default (`value` None). Raises Failed."""
    if name not in (*NAMES, *LABELS):
        raise Failed(t.plain("cli.rules.unknown", name=name, known=", ".join((*NAMES, LABELS[0], "…"))))
    if value is not None:
        _check(name, value, unit, t)
    with transaction(engine) as connection:
        place = find_unit(connection, unit, t) if unit else None
        before = preferences.every(connection).get((place.id if place else None, name))
        _store(connection, name, value, place)
        details = {"name": name, "old": before, "new": value, "unit": place.id if place else None}
        history.append(connection, now, "rule", details=details)
    shown = value if value is not None else asdict(DEFAULT).get(name, "")
    if place is not None:
        return t.plain("cli.rules.line_unit", name=name, value=shown, unit=place.name)
    return t.plain("cli.rules.line", name=name, value=shown)


def _check(name: str, value: str, unit: str | None, t: Texts) -> None:
    if name in LABELS:
        if unit is not None:
            raise Failed(t.plain("cli.rules.label_unit"))
        if not 1 <= len(value.strip()) <= LONGEST_LABEL:
            raise Failed(t.plain("cli.rules.label", most=LONGEST_LABEL))
        return
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 9 else -1
    if (allowed := fault(name, number)) is not None:
        raise Failed(t.plain("cli.rules.range", name=name, least=allowed[0], most=allowed[1]))


def _store(connection: Connection, name: str, value: str | None, place: Unit | None) -> None:
    unit_id = place.id if place else None
    if value is None:
        preferences.remove(connection, unit_id, name)
    else:
        preferences.put(connection, unit_id, name, value.strip())
