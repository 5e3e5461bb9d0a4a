"""Everybody who can stand before a task: which role, over which unit. The table in docs/roles.md is made from this.

`python -m tests.support.roles` prints the table anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.policy.access import Actor, Deed, make_actor, may, may_in
from storage.records import Action, Grant, Member, Role, State, Task, Unit

NOW = datetime(2026, 12, 7, 3, 0, tzinfo=UTC)
BOARD, OFFICE, DESK, ELSEWHERE, HELPING = 1, 2, 3, 4, 5
UNITS = {
    BOARD: Unit(BOARD, "Board"),
    OFFICE: Unit(OFFICE, "Office", parent_id=BOARD),
    DESK: Unit(DESK, "Desk", parent_id=OFFICE),
    ELSEWHERE: Unit(ELSEWHERE, "Elsewhere", parent_id=BOARD),
    HELPING: Unit(HELPING, "Helping", parent_id=BOARD),
}
OWNER, ASSIGNER, OTHER = 1, 2, 3
STANDS_FOR = frozenset({OWNER})
PLACES = {"unit": DESK, "above": OFFICE, "everywhere": None, "coordinating": HELPING, "elsewhere": ELSEWHERE}


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody as the table knows them. `place` is where the role was granted."""

    name: str
    member_id: int = OTHER
    role: Role | None = None
    place: str = ""
    stands_in: bool = False

    def actor(self) -> Actor:
        """The same as an actor of the policy."""
        grants = [] if self.role is None else [Grant(self.member_id, self.role, PLACES[self.place])]
        return make_actor(
            Member(self.member_id, self.name, DESK), grants, UNITS, STANDS_FOR if self.stands_in else frozenset()
        )


def personas() -> Iterator[Persona]:
    """Owner, assigner, a colleague, and every role in every place."""
    yield Persona("owner", OWNER)
    yield Persona("owner who is head", OWNER, Role.HEAD, "unit")
    yield Persona("assigner", ASSIGNER)
    yield Persona("colleague")
    yield Persona("substitute of the owner", OTHER, stands_in=True)
    yield Persona("substitute who is head", OTHER, Role.HEAD, "unit", stands_in=True)
    for role in (Role.HEAD, Role.LEADER, Role.TRACKER, Role.AUDITOR, Role.ADMINISTRATOR):
        for place in PLACES:
            yield Persona(f"{role.value}, {place}", OTHER, role, place)


def task(**changed: object) -> Task:
    """The task before which everybody stands: of the desk, with a coordinating unit."""
    values: dict[str, object] = {
        "id": 1,
        "code": "DESK-001",
        "title": "x",
        "unit_id": DESK,
        "owner_id": OWNER,
        "assigner_id": ASSIGNER,
        "assigned_at": NOW - timedelta(days=9),
        "created_at": NOW - timedelta(days=9),
        "due_at": NOW + timedelta(days=9),
        "coordinators": (HELPING,),
    }
    return Task(**(values | changed))  # type: ignore[arg-type]


# A state in which each action makes sense, so that only the right decides.
FITTING: dict[Action, State] = {
    Action.WITHDRAW: State.SUBMITTED,
    Action.ACCEPT: State.SUBMITTED,
    Action.RETURN: State.SUBMITTED,
    Action.RESUME: State.SUSPENDED,
}
LATE = (Action.CLAIM, Action.EXPLAIN, Action.ACKNOWLEDGE)  # make sense for an overdue task only


def allowed(persona: Persona, action: Action) -> bool:
    """Whether the policy lets this person do it."""
    return may(persona.actor(), action, task())


def table() -> str:
    """The matrix as it stands in docs/roles.md."""
    names = [action.value for action in Action]
    head = "| who, granted for | " + " | ".join(names) + " |"
    rows = [head, "| --- " * (len(names) + 1) + "|"]
    for persona in personas():
        cells = ["✔" if allowed(persona, action) else "·" for action in Action]
        rows.append(f"| {persona.name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def deeds() -> str:
    """The same for what is done to a unit: the desk."""
    names = [deed.value for deed in Deed]
    rows = ["| who, granted for | " + " | ".join(names) + " |", "| --- " * (len(names) + 1) + "|"]
    for persona in personas():
        cells = ["✔" if may_in(persona.actor(), deed, DESK) else "·" for deed in Deed]
        rows.append(f"| {persona.name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table(), deeds(), sep="\n\n")
