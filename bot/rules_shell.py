"""`dondoc rules`: the thresholds of the organisation and its units, and the wording of the six clears."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine

from bot.actions import replanning
from bot.office import LANGUAGES, Office
from bot.policy import clears, ladder
from bot.policy.rules import DEFAULT, LADDER, NAMES, NUMBERS, fault
from bot.shell import Failed, Say, find_unit
from handlers.views.texts import Texts, without_tags
from storage import history, preferences, units
from storage.database import reading, transaction
from storage.records import Unit

LABELS = tuple(clears.label_name(name, language) for name in clears.ALL for language in LANGUAGES)
DEFAULTS = {name: str(getattr(DEFAULT, name)) for name in NUMBERS} | {LADDER: ladder.text_of(DEFAULT.ladder)}
LONGEST_LABEL = 40  # characters: six of them stand in one line of a card


def show(engine: Engine, t: Texts, say: Say) -> None:
    """Every rule of the organisation, and what units and labels differ in."""
    with reading(engine) as connection:
        stored, tree = preferences.every(connection), units.every(connection)
    for name, default in DEFAULTS.items():
        say(t.plain("cli.rules.line", name=name, value=stored.get((None, name), default)))
    for (unit_id, name), value in sorted(stored.items(), key=str):
        if unit_id is not None:
            say(t.plain("cli.rules.line_unit", name=name, value=value, unit=tree[unit_id].name))
        elif name in LABELS:
            say(t.plain("cli.rules.line", name=name, value=value))


def change(
    engine: Engine, office: Office, name: str, value: str | None, unit: str | None, now: datetime, t: Texts
) -> str:
    """Set a rule or a label, or go back to the default (`value` None), and plan anew what that concerns.

    Raises Failed.
    """
    if name not in (*NAMES, *LABELS):
        raise Failed(t.plain("cli.rules.unknown", name=name, known=", ".join((*NAMES, LABELS[0], "…"))))
    if value is not None:
        value = _checked(name, value, unit, t)
    with transaction(engine) as connection:
        place = find_unit(connection, unit, t) if unit else None
        before, basis = preferences.every(connection), replanning.Basis.now(connection, office)
        _store(connection, name, value, place)
        if name in NAMES:
            replanning.replan(connection, office, basis, now)
        old = before.get((place.id if place else None, name))
        details = {"name": name, "old": old, "new": value, "unit": place.id if place else None}
        history.append(connection, now, "rule", details=details)
    shown = value if value is not None else DEFAULTS.get(name, "")
    if place is not None:
        return t.plain("cli.rules.line_unit", name=name, value=shown, unit=place.name)
    return t.plain("cli.rules.line", name=name, value=shown)


def _checked(name: str, value: str, unit: str | None, t: Texts) -> str:
    """The value as it is stored. Raises Failed."""
    if name in LABELS:
        if unit is not None:
            raise Failed(t.plain("cli.rules.label_unit"))
        if not 1 <= len(value.strip()) <= LONGEST_LABEL:
            raise Failed(t.plain("cli.rules.label", most=LONGEST_LABEL))
        return value.strip()
    if name == LADDER:
        return _ladder(value, t)
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 9 else -1
    if (allowed := fault(name, number)) is not None:
        raise Failed(t.plain("cli.rules.range", name=name, least=allowed[0], most=allowed[1]))
    return value


def _ladder(text: str, t: Texts) -> str:
    try:
        return ladder.text_of(ladder.parse(text))
    except ladder.BadLadder as bad:
        raise Failed(without_tags(t(f"refused.ladder.{bad.fault}", text=text))) from None


def _store(connection: Connection, name: str, value: str | None, place: Unit | None) -> None:
    unit_id = place.id if place else None
    if value is None:
        preferences.remove(connection, unit_id, name)
    else:
        preferences.put(connection, unit_id, name, value)
