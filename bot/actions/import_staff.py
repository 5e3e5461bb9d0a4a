"""The staff list: people, units and roles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.actions.imports import NO, YES, Problem, Problems, Report, Tick
from bot.actions.replanning import Basis, replan
from bot.office import LANGUAGES, Office
from bot.spreadsheets.reading import Row
from storage import history, members, units
from storage.records import Member, Role, Unit, fold


def import_staff(
    connection: Connection, office: Office, rows: Sequence[Row], now: datetime, tick: Tick = lambda: None
) -> Report:
    """Store the people of a staff list with their units and roles. Raises BadRows. `tick` is called for each row."""
    problems = Problems()
    _check_staff(rows, problems)
    problems.stop()
    report = Report()
    before = Basis.now(connection, office)
    known = _units(connection, rows, report, problems, now)
    problems.stop()
    present = {(fold(member.name), member.unit_id): member for member in members.every(connection)}
    by_name: dict[str, list[Member]] = {}
    for member in present.values():
        by_name.setdefault(fold(member.name), []).append(member)
    listed = {(fold(row.values["full_name"]), known[fold(row.values["unit"])]) for row in rows}
    unknown = Counter(name for name, unit_id in listed if (name, unit_id) not in present)
    for row in rows:
        unit_id = known[fold(row.values["unit"])]
        name = fold(row.values["full_name"])
        was = present.get((name, unit_id))
        # One person of that name who is listed nowhere else any more, and one row that nobody fits: a move.
        gone = [member for member in by_name.get(name, []) if (name, member.unit_id) not in listed]
        if was is None and len(gone) == 1 and unknown[name] == 1:
            was = gone[0]
            report.warnings.append(Problem("moved", row.number, "unit", {"value": was.name}))
        _store_person(connection, office, row, unit_id, was, report, now)
        tick()
    replan(connection, office, before, now)  # whoever moved, or whose unit did, may live by another calendar
    return report


def _check_staff(rows: Sequence[Row], problems: Problems) -> None:
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        values = row.values
        for column in ("full_name", "unit"):
            if not values[column]:
                problems.add("missing_value", row, column)
        if fold(values["unit_head"]) not in YES | NO:
            problems.add("not_yes_no", row, "unit_head")
        if values["language"] and values["language"] not in LANGUAGES:
            problems.add("unknown_language", row, "language")
        for role in _roles(values["roles"]):
            if role not in {known.value for known in Role}:
                problems.add("unknown_role", row, "roles", value=role)
        key = fold(values["full_name"]), fold(values["unit"])
        if key in seen:
            problems.add("duplicate", row, "full_name", first=seen[key])
        seen.setdefault(key, row.number)


def _roles(text: str) -> list[str]:
    return [role.strip().casefold() for role in re.split(r"[;,]", text) if role.strip()]


def _units(
    connection: Connection, rows: Sequence[Row], report: Report, problems: Problems, now: datetime
) -> dict[str, int]:
    """The ids of all units in the list by folded name; new ones are made, parents are set where given."""
    tree = units.every(connection)
    known = {fold(unit.name): unit.id for unit in tree.values() if unit.closed_at is None}
    for row in rows:
        for name in (row.values["parent_unit"], row.values["unit"]):
            if name and fold(name) not in known:
                known[fold(name)] = units.add(connection, name)
                report.units_added += 1
    parents = {unit.id: unit.parent_id for unit in tree.values()}
    said: dict[int, int] = {}
    for row in rows:
        if not row.values["parent_unit"]:
            continue
        unit, parent = known[fold(row.values["unit"])], known[fold(row.values["parent_unit"])]
        parents[unit] = parent
        if said.setdefault(unit, parent) != parent or _is_above(parents, unit, parent):
            problems.add("parent_conflict", row, "parent_unit")
            parents[unit] = None  # one mistake is told once, not for every unit of the ring
    for unit, parent in said.items():
        _set_parent(connection, tree.get(unit), unit, parent, report, now)
    return known


def _is_above(parents: Mapping[int, int | None], unit: int, start: int) -> bool:
    """Whether one comes from `start` upwards to `unit`: then `unit` cannot stand below `start`."""
    seen: set[int] = set()
    at: int | None = start
    while at is not None and at not in seen:
        if at == unit:
            return True
        seen.add(at)
        at = parents.get(at)
    return False


def _set_parent(
    connection: Connection, was: Unit | None, unit: int, parent: int, report: Report, now: datetime
) -> None:
    if was is not None and was.parent_id == parent:
        return
    units.change(connection, unit, parent_id=parent)
    if was is not None:
        report.changed += 1
        details = {"unit": unit, "parent": parent, "parent_before": was.parent_id, "file": "staff"}
        history.append(connection, now, "import", details=details)


def _store_person(
    connection: Connection, office: Office, row: Row, unit_id: int, was: Member | None, report: Report, now: datetime
) -> None:
    values = row.values
    wanted: dict[str, Any] = {
        "name": values["full_name"],
        "unit_id": unit_id,
        "position": values["position"] or (was.position if was else ""),
        "language": values["language"] or (was.language if was else office.language),
        "email": values["email"] or (was.email if was else ""),
    }
    if was is None:
        member_id = members.add(connection, wanted.pop("name"), wanted.pop("unit_id"), **wanted)
    else:
        member_id = was.id
        # The language is the person's own choice once they have joined.
        keep = ("language",) if was.account is not None else ()
        wanted = {key: value for key, value in wanted.items() if key not in keep and getattr(was, key) != value}
        if wanted:
            members.change(connection, member_id, **wanted)
    granted = _grant(connection, member_id, unit_id, values)
    if was is None:
        report.added += 1
    elif wanted or granted:
        report.changed += 1
    else:
        report.unchanged += 1
        return
    details = {"fields": sorted(wanted), "roles": granted, "file": "staff", "new": wanted}
    if was is not None:
        details["old"] = {name: getattr(was, name) for name in wanted}
    history.append(connection, now, "import", member_id=member_id, details=details)


def _grant(connection: Connection, member_id: int, unit_id: int, values: Mapping[str, str]) -> list[str]:
    wanted = [role for role in _roles(values["roles"]) if role != Role.MEMBER]
    if fold(values["unit_head"]) in YES:
        wanted.append(Role.HEAD.value)
    return [role for role in wanted if members.grant(connection, member_id, Role(role), unit_id)]
