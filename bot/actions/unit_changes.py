"""Units change: renamed, merged, closed. What was posted stays as it was; open tasks are carried over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.policy.access import chain
from handlers.ports import Refused
from storage import history, merging, tasks, units
from storage.records import Unit


def rename(connection: Connection, unit: Unit, name: str, now: datetime) -> str:
    """Give a unit another name; the new name. Raises Refused when an open unit has it."""
    name = " ".join(name.split())
    if not name:
        raise Refused("unit.no_name")
    other = units.named(connection, name)
    if other is not None and other.id != unit.id:
        raise Refused("unit.name_taken", name=other.name)
    if name != unit.name:
        units.change(connection, unit.id, name=name)
        details = {"unit": unit.id, "old": {"name": unit.name}, "new": {"name": name}}
        history.append(connection, now, "rename_unit", details=details)
    return name


def merge(connection: Connection, source: Unit, target: Unit, now: datetime) -> int:
    """Carry a unit over into another one and close it; how many open tasks moved. Raises Refused.

    The closed unit stays below the other one: what it finished in this period is still counted there.
    """
    tree = units.every(connection)
    if source.id == target.id:
        raise Refused("unit.same")
    if source.id in chain(tree, target.id):
        raise Refused("unit.below", unit=source.name, target=target.name)
    moved = merging.move(connection, source.id, target.id)
    units.change(connection, source.id, parent_id=target.id)
    units.close(connection, source.id, now)
    details = {"unit": source.id, "name": source.name, "into": target.id, "tasks": len(moved)}
    history.append(connection, now, "merge_unit", details=details)
    for key in moved:
        about = {"old": {"unit_id": source.id}, "new": {"unit_id": target.id}}
        history.append(connection, now, "move_unit", task_id=key, details=about)
        tasks.plan(connection, key, now)  # another unit may live by another calendar
    return len(moved)


def close(connection: Connection, unit: Unit, now: datetime) -> tuple[Unit | None, int]:
    """Close a unit: what is left in it goes to the unit above. That unit, and how many open tasks moved.

    Raises Refused for a unit with people or open work and nothing above it.
    """
    tree = units.every(connection)
    above = tree[unit.parent_id] if unit.parent_id is not None else None
    if above is not None and above.closed_at is None:
        return above, merge(connection, unit, above, now)
    if merging.holds_anything(connection, unit.id):
        raise Refused("unit.not_empty", unit=unit.name)
    units.close(connection, unit.id, now)
    history.append(connection, now, "close_unit", details={"unit": unit.id, "name": unit.name})
    return None, 0
