"""What policy must know of tasks besides their records, loaded in a few queries however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection

from bot.policy import absence
from bot.policy import rules as policy
from bot.policy.access import chain
from bot.policy.plan import Known
from bot.policy.rules import Rules
from storage import absences, history, preferences
from storage.records import Action, Task, Unit

COUNTED = (Action.URGE, Action.SNOOZE, Action.ACKNOWLEDGE, Action.CONTRIBUTE)


def known(connection: Connection, found: Collection[Task], tree: Mapping[int, Unit]) -> dict[int, Known]:
    """What is known of each of these tasks, by task id."""
    tallies = history.tallies(connection, [task.id for task in found], [action.value for action in COUNTED])
    bare = valid(connection, found, tree)
    return {key: Known(one.rules, tallies.get(key, {}), one.back) for key, one in bare.items()}


def valid(connection: Connection, found: Collection[Task], tree: Mapping[int, Unit]) -> dict[int, Known]:
    """The rules of each task and the return of its owner, by task id; nothing of what was done to it."""
    rules = rules_of(connection, {task.unit_id for task in found}, tree)
    back = absence.back_at(absences.of_members(connection, {task.owner_id for task in found}))
    there = {unit_id: Known(one) for unit_id, one in rules.items()}
    return {
        task.id: Known(rules[task.unit_id], back=back[task.owner_id]) if task.owner_id in back else there[task.unit_id]
        for task in found
    }


def labels(connection: Connection) -> dict[str, str]:
    """The organisation's own words for the six clears."""
    return {
        name: value
        for (unit_id, name), value in preferences.every(connection).items()
        if unit_id is None and name.startswith("clear.")
    }


def rules_of(connection: Connection, unit_ids: Iterable[int], tree: Mapping[int, Unit]) -> dict[int, Rules]:
    """The rules of each of these units."""
    chains = {unit_id: tuple(chain(tree, unit_id)) for unit_id in unit_ids}
    asked = {None, *(place for some in chains.values() for place in some)}  # what other units say may be illegible
    values = {
        (unit_id, name): policy.read(name, value)
        for (unit_id, name), value in preferences.every(connection).items()
        if name in policy.NAMES and unit_id in asked
    }
    return {unit_id: policy.resolve(values, some) for unit_id, some in chains.items()}


def notice(connection: Connection, task: Task, tree: Mapping[int, Unit]) -> int:
    """Working days before the deadline at which an extension of the task must be asked for (R29)."""
    return rules_of(connection, [task.unit_id], tree)[task.unit_id].extension_notice
