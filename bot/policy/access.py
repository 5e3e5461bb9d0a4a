"""Who may do what: one pure function, deny by default, asked by every action and again before sending.

Rights belong to the person who acts, never to the chat in which it happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.policy.absence import SUBSTITUTE_ACTIONS
from storage.records import Action, Grant, Member, Role, Task, Unit


class Deed(StrEnum):
    """What can be done to a unit rather than to a task."""

    ASSIGN = "assign"
    TEAM = "team"
    SUMMARY = "summary"
    LINK = "link"
    CALENDAR = "calendar"
    LEAVER = "leaver"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class Actor:
    """A member with the units that each role reaches (the unit of the grant and everything below it).

    `stands_for`: the members who are away and whose substitute this person is now.
    """

    member: Member
    reach: Mapping[Role, frozenset[int]] = field(default_factory=dict)
    stands_for: frozenset[int] = frozenset()

    def over(self, unit_id: int, *roles: Role) -> bool:
        """Whether one of these roles reaches the unit."""
        return any(unit_id in self.reach.get(role, frozenset()) for role in roles)

    def units(self, *roles: Role) -> frozenset[int]:
        """All units that these roles reach."""
        return frozenset().union(*(self.reach.get(role, frozenset()) for role in roles))


def subtree(units: Mapping[int, Unit], root: int | None) -> frozenset[int]:
    """A unit with everything below it; None stands for the whole organisation. Survives a cycle in the data."""
    if root is None:
        return frozenset(units)
    found: set[int] = {root}
    while more := {unit.id for unit in units.values() if unit.parent_id in found} - found:
        found |= more
    return frozenset(found)


def chain(units: Mapping[int, Unit], unit_id: int | None) -> Iterator[int]:
    """The unit and the units above it. Survives a cycle in the data."""
    seen: set[int] = set()
    at = unit_id
    while at is not None and at in units and at not in seen:
        seen.add(at)
        yield at
        at = units[at].parent_id


def make_actor(
    member: Member, grants: Iterable[Grant], units: Mapping[int, Unit], stands_for: frozenset[int] = frozenset()
) -> Actor:
    """The actor for a member with these grants in this tree of units, who stands in for these members now."""
    reach: dict[Role, frozenset[int]] = {}
    for grant in grants:
        reach[grant.role] = reach.get(grant.role, frozenset()) | subtree(units, grant.unit_id)
    return Actor(member, reach, stands_for)


MANAGERS = (Role.HEAD, Role.LEADER)
VIEWERS = (Role.HEAD, Role.LEADER, Role.TRACKER, Role.AUDITOR)
URGERS = (Role.HEAD, Role.LEADER, Role.TRACKER)
OWNER_ACTIONS = frozenset(
    {
        Action.RECEIVE,
        Action.REPORT,
        Action.SUBMIT,
        Action.WITHDRAW,
        Action.EXTEND,
        Action.BLOCK,
        Action.HAND_OVER,
        Action.DECLINE,
        Action.CLAIM,
        Action.SNOOZE,
        Action.EXPLAIN,
        Action.ATTACH,
    }
)
JUDGE_ACTIONS = frozenset(
    {
        Action.ACCEPT,
        Action.RETURN,
        Action.SUSPEND,
        Action.RESUME,
        Action.DROP,
        Action.REASSIGN,
        Action.ACKNOWLEDGE,
        Action.LADDER,
        Action.URGENT,
    }
)


def may(actor: Actor, action: Action, task: Task) -> bool:
    """Whether the actor may do this to the task at all (whether it fits the state is the workflow's question)."""
    if actor.member.left_at is not None:
        return False
    owns = task.owner_id == actor.member.id
    stands_in = task.owner_id in actor.stands_for
    if action in OWNER_ACTIONS:
        return owns or (stands_in and action in SUBSTITUTE_ACTIONS)
    assigned = task.assigner_id == actor.member.id
    if action in JUDGE_ACTIONS:  # nobody accepts, or gets rid of, their own work or what they submitted (R8)
        own_work = owns or stands_in or task.submitted_by == actor.member.id
        return not own_work and (assigned or actor.over(task.unit_id, *MANAGERS))
    if action is Action.URGE:  # whoever looks after the unit, and the assigner; auditors change nothing
        return not (owns or stands_in) and (assigned or actor.over(task.unit_id, *URGERS))
    if action is Action.CONTRIBUTE:  # a coordinator reports a part; the whole stays with the owner (R5)
        return not owns and _helps(actor, task)
    if action is Action.VIEW:
        return owns or stands_in or assigned or _helps(actor, task) or actor.over(task.unit_id, *VIEWERS)
    return False


def _helps(actor: Actor, task: Task) -> bool:
    """Whether the actor heads a unit that coordinates the task."""
    return any(actor.over(unit_id, Role.HEAD) for unit_id in task.coordinators)


def may_in(actor: Actor, deed: Deed, unit_id: int) -> bool:
    """Whether the actor may do this to the unit."""
    if actor.member.left_at is not None:
        return False
    if deed in (Deed.ASSIGN, Deed.LINK, Deed.LEAVER, Deed.SHEET):
        return actor.over(unit_id, *MANAGERS)
    if deed in (Deed.TEAM, Deed.SUMMARY):
        return actor.over(unit_id, *VIEWERS)
    if deed is Deed.CALENDAR:  # to look at it is free
        return actor.over(unit_id, Role.ADMINISTRATOR)
    return False


def reach_of(actor: Actor, deed: Deed) -> frozenset[int]:
    """The units to which the actor may do this."""
    return frozenset(unit for unit in actor.units(*Role) if may_in(actor, deed, unit))
