"""Who stands above a task, who judges it and who answers a request: by the roles of an organisation and its tree.

`Holders` says who holds a role for exactly one unit (None: for the whole organisation), so that one task can be asked
about with a query and all of them with a table that was loaded once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from bot.policy.access import chain
from storage.records import Member, Request, RequestState, Role, Task, Unit

Holders = Callable[[Role, int | None], Sequence[Member]]


def superiors(holders: Holders, unit_id: int, barred: Collection[int], tree: Mapping[int, Unit]) -> tuple[Member, ...]:
    """The nearest people above: heads of the unit or of a unit above it, else leaders; never those `barred`."""
    places = tuple(chain(tree, unit_id))
    levels: list[tuple[Role, int | None]] = [(Role.HEAD, place) for place in places]
    levels += [(Role.LEADER, place) for place in (*places, None)]
    for role, place in levels:
        if found := tuple(person for person in holders(role, place) if person.id not in barred):
            return found
    return ()


def above(holders: Holders, unit_id: int, tree: Mapping[int, Unit]) -> tuple[Member, ...]:
    """The next level over a unit: heads of a unit above it, else leaders."""
    places = tuple(chain(tree, unit_id))
    levels: list[tuple[Role, int | None]] = [(Role.HEAD, place) for place in places[1:]]
    levels += [(Role.LEADER, place) for place in (*places, None)]
    return next((tuple(found) for role, place in levels if (found := holders(role, place))), ())


def usable(assigner: Member | None, barred: Collection[int]) -> Member | None:
    """The assigner, if there still is one who may judge the task."""
    gone = assigner is None or assigner.left_at is not None or assigner.id in barred
    return None if gone else assigner


def judges(
    holders: Holders, task: Task, assigner: Member | None, concerned: Collection[int], tree: Mapping[int, Unit]
) -> tuple[Member, ...]:
    """Who hears of a submission and accepts it: the assigner, else the nearest superiors of the owner (R8).

    `concerned`: the owner, with whoever stands in. Never they, nor whoever submitted it.
    """
    barred = {*concerned} | ({task.submitted_by} if task.submitted_by is not None else set())
    found = usable(assigner, barred)
    return (found,) if found is not None else superiors(holders, task.unit_id, barred, tree)


def answerers(
    holders: Holders,
    request: Request,
    task: Task,
    assigner: Member | None,
    concerned: Collection[int],
    tree: Mapping[int, Unit],
    people: Mapping[int, Member],
    releaser: Member | None = None,
) -> tuple[Member, ...]:
    """Who is told that a request waits: the new owner for consent, otherwise those who decide.

    `people` holds the new owner; `releaser`: who alone can release an owner that declines.
    """
    if request.state is RequestState.CONSENT and request.new_owner_id is not None:
        return tuple(people[key] for key in (request.new_owner_id,) if key in people)
    if releaser is not None:
        return (releaser,)
    barred = {request.member_id, request.new_owner_id, *concerned}
    if request.level > 1:
        found = above(holders, task.unit_id, tree)
    else:
        found = judges(holders, task, assigner, concerned, tree)
    left = tuple(member for member in found if member.id not in barred)
    return left or tuple(member for member in holders(Role.LEADER, None) if member.id not in barred)
