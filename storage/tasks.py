"""Tasks, the steps they have earned, and the messages that speak about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Delete,
    Insert,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from storage.among import among, rows_given
from storage.legible import legible
from storage.records import Difficulty, State, Task
from storage.tables import coordinators, history, mentions, steps, tasks

OPEN = tuple(state.value for state in State if state.open)
FIELDS = [name for name in Task.__dataclass_fields__ if name != "coordinators"]
_ID, _STATE, _DIFFICULTY, _URGENT = map(FIELDS.index, ("id", "state", "difficulty", "urgent"))
# Looked up by value: an enumeration itself takes several times as long, in every list of tasks.
_STATES, _DIFFICULTIES = {one.value: one for one in State}, {one.value: one for one in Difficulty}
_ROWS = select(*(tasks.c[name] for name in FIELDS))
TASKS_EACH = 20  # due tasks of one owner, more than usual: so many are looked through to find the owners who wait


def add(connection: Connection, *, coordinator_ids: Iterable[int] = (), **values: Any) -> int:
    """A new task; its id. The database refuses a second task with the same code."""
    task_id = int(connection.execute(insert(tasks).values(version=1, **values).returning(tasks.c.id)).scalar_one())
    set_coordinators(connection, task_id, coordinator_ids)
    return task_id


def set_coordinators(connection: Connection, task_id: int, unit_ids: Iterable[int]) -> None:
    """Replace the coordinating units of a task."""
    connection.execute(delete(coordinators).where(coordinators.c.task_id == task_id))
    rows = [{"task_id": task_id, "unit_id": unit_id} for unit_id in unit_ids]
    if rows:
        connection.execute(insert(coordinators), rows)


def change(connection: Connection, task: Task, **values: Any) -> bool:
    """Set columns of a task unless somebody changed it since it was read; False in that case."""
    query = (
        update(tasks)
        .where(tasks.c.id == task.id, tasks.c.version == task.version)
        .values(version=task.version + 1, **values)
    )
    return connection.execute(query).rowcount == 1


def get(connection: Connection, task_id: int) -> Task | None:
    """The task with that id."""
    return next(iter(_load(connection, _ROWS.where(tasks.c.id == task_id))), None)


def some(connection: Connection, ids: Iterable[int]) -> dict[int, Task]:
    """The tasks with these ids."""
    return {task.id: task for task in _load(connection, _ROWS.where(among(tasks.c.id, ids)))}


def legible_of(connection: Connection, ids: Iterable[int]) -> dict[int, Task]:
    """The tasks with these ids that can be read."""
    return {task.id: task for task in legible(connection, _ROWS.where(among(tasks.c.id, ids)), _load)}


def listed(connection: Connection, ids: Iterable[int]) -> tuple[Task, ...]:
    """The tasks with these ids, the nearest deadline first."""
    return _load(connection, _ROWS.where(among(tasks.c.id, ids)).order_by(*_by_deadline()))


def urgent(connection: Connection, ids: Iterable[int]) -> frozenset[int]:
    """Which of the tasks with these ids are urgent."""
    query = select(tasks.c.id).where(among(tasks.c.id, ids), tasks.c.urgent != 0)
    return frozenset(connection.execute(query).scalars())


def by_code(connection: Connection, code: str) -> Task | None:
    """The task with that code; codes are stored in capitals, so small letters do."""
    query = _ROWS.where(tasks.c.code == code.strip().upper())
    return next(iter(_load(connection, query)), None)


def codes(connection: Connection, prefix: str) -> set[str]:
    """The codes that begin with `prefix`."""
    query = select(tasks.c.code).where(tasks.c.code.startswith(prefix, autoescape=True))
    return set(connection.execute(query).scalars())


def open_of(connection: Connection, owner_id: int) -> tuple[Task, ...]:
    """The open tasks of one owner, the nearest deadline first, those without one last."""
    return _load(connection, _ROWS.where(tasks.c.owner_id == owner_id, _open()).order_by(*_by_deadline()))


def open_in(connection: Connection, unit_ids: Iterable[int]) -> tuple[Task, ...]:
    """The open tasks of these units, the nearest deadline first."""
    query = _ROWS.where(among(tasks.c.unit_id, unit_ids), _open())
    return _load(connection, query.order_by(*_by_deadline()))


def open_of_all(connection: Connection, owner_ids: Iterable[int]) -> dict[int, tuple[Task, ...]]:
    """The open tasks of these owners that can be read, the nearest deadline first."""
    query = _ROWS.where(tasks.c.owner_id.in_(set(owner_ids)), _open())
    found: dict[int, list[Task]] = {}
    for task in legible(connection, query.order_by(*_by_deadline()), _load):
        found.setdefault(task.owner_id, []).append(task)
    return {owner_id: tuple(some) for owner_id, some in found.items()}


def submitted_in(connection: Connection, unit_ids: Iterable[int]) -> tuple[Task, ...]:
    """The tasks of these units that wait for a confirmation and can be read, the nearest deadline first."""
    query = _ROWS.where(tasks.c.unit_id.in_(set(unit_ids)), tasks.c.state == State.SUBMITTED.value)
    return legible(connection, query.order_by(*_by_deadline()), _load)


def owners_with_open(connection: Connection, owner_ids: Iterable[int]) -> set[int]:
    """Which of these people own an open task."""
    query = select(tasks.c.owner_id).where(among(tasks.c.owner_id, owner_ids), _open()).distinct()
    return set(connection.execute(query).scalars())


def counted_in(connection: Connection, unit_ids: Iterable[int], since: datetime) -> tuple[Task, ...]:
    """What a summary counts: tasks still open, and those completed after `since`, the nearest deadline first.

    Two queries, each with an index of its own: asked in one, SQLite would read everything that ever was. The sum
    keeps it from choosing the index over units for what was completed.
    """
    ids = frozenset(unit_ids)
    recent = (tasks.c.state == State.COMPLETED.value, tasks.c.completed_at > since)
    completed = _load(connection, _ROWS.where(*recent, among(tasks.c.unit_id + 0, ids)))
    return tuple(sorted(open_in(connection, ids) + completed, key=_deadline))


def _deadline(task: Task) -> tuple[bool, float, int]:
    return (task.due_at is None, task.due_at.timestamp() if task.due_at else 0.0, task.id)


def alive(connection: Connection, unit_ids: Iterable[int], since: datetime, until: datetime) -> tuple[int, ...]:
    """The ids of tasks that were open at some time from `since` to `until`, both inclusive, by code.

    Of these units now, or given to somebody else at some time: whose they were then is told by the history.
    """
    moved = select(history.c.task_id).where(history.c.action == "hand_over")
    query = select(tasks.c.id).where(
        or_(among(tasks.c.unit_id, unit_ids), tasks.c.id.in_(moved)),
        tasks.c.assigned_at <= until,
        or_(
            _open(),
            and_(tasks.c.state == State.COMPLETED.value, tasks.c.completed_at >= since),
            and_(tasks.c.state == State.CANCELLED.value, tasks.c.updated_at >= since),
        ),
    )
    return tuple(connection.execute(query.order_by(tasks.c.code)).scalars())


def to_check(connection: Connection, now: datetime, owners: int) -> tuple[int, ...]:
    """The ids of the tasks that the planner must look at now: all that are due of the owners who wait longest.

    Whole owners, so that everything one person has earned goes into one letter.
    """
    given = {"now": now, "owners": owners, "tasks": owners * TASKS_EACH}
    return tuple(connection.execute(_to_check(), given).scalars())


@lru_cache(maxsize=1)
def _to_check() -> Select[Any]:
    """Made once: it is asked at every tick, and making it takes longer than its run."""
    # Found through the index of `check_at`: grouping alone would go through all open tasks, owner by owner.
    is_due = tasks.c.check_at <= bindparam("now")
    due = select(tasks.c.owner_id, tasks.c.check_at).where(is_due)
    due_first = due.order_by(tasks.c.check_at).limit(bindparam("tasks", type_=Integer)).subquery()
    waiting = (
        select(due_first.c.owner_id)
        .group_by(due_first.c.owner_id)
        .order_by(func.min(due_first.c.check_at), due_first.c.owner_id)
        .limit(bindparam("owners", type_=Integer))
    )
    return select(tasks.c.id).where(is_due, tasks.c.owner_id.in_(waiting)).order_by(*_by_deadline())


def next_check(connection: Connection) -> datetime | None:
    """When the planner has something to look at."""
    return connection.execute(select(func.min(tasks.c.check_at))).scalar()


def plan(connection: Connection, task_id: int, check_at: datetime | None) -> None:
    """Say when the planner must look at the task again. Not a change of the task: its version stays."""
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(check_at=check_at))


def plan_some(connection: Connection, checks: Mapping[int, datetime | None]) -> None:
    """The same for many tasks, by their ids."""
    query = update(tasks).where(tasks.c.id == bindparam("task")).values(check_at=bindparam("check"))
    rows = [{"task": task_id, "check": check_at} for task_id, check_at in checks.items()]
    if rows:
        connection.execute(query, rows)


def touch(connection: Connection, task: Task, at: datetime) -> None:
    """Note that the owner gave news of a task. Not a change that others could miss: its version stays."""
    connection.execute(update(tasks).where(tasks.c.id == task.id).values(updated_at=at))


def start_planning(connection: Connection, task: Task, since: datetime) -> Task:
    """Let the reminder steps before `since` count as past; the task as it is then."""
    connection.execute(update(tasks).where(tasks.c.id == task.id).values(planned_from=since))
    return replace(task, planned_from=since)


def usual_products(connection: Connection, unit_id: int, limit: int) -> tuple[str, ...]:
    """The expected products that tasks of a unit name most often."""
    query = (
        select(tasks.c.product)
        .where(tasks.c.unit_id == unit_id, tasks.c.product != "")
        .group_by(tasks.c.product)
        .order_by(func.count().desc(), func.max(tasks.c.id).desc())
        .limit(limit)
    )
    return tuple(connection.execute(query).scalars())


def steps_taken(connection: Connection, task_ids: Iterable[int]) -> set[tuple[int, int, str, datetime]]:
    """The steps that were already taken: (task, member, step, deadline)."""
    query = select(steps.c.task_id, steps.c.member_id, steps.c.name, steps.c.due_at)
    return {tuple(row) for row in connection.execute(query.where(among(steps.c.task_id, task_ids)))}


def steps_of(taken: Iterable[tuple[int, int, str, datetime]], task: Task) -> set[tuple[str, datetime]]:
    """The steps that the present owner of a task has used up; those of an earlier owner do not count."""
    return {(name, at) for key, owner_id, name, at in taken if (key, owner_id) == (task.id, task.owner_id)}


def take_step(
    connection: Connection,
    task_id: int,
    member_id: int,
    name: str,
    due_at: datetime,
    at: datetime,
    sent: bool,
) -> None:
    """Note that a step is used up. Raises IntegrityError when it was: a step is taken once, whoever plans."""
    values = {"task_id": task_id, "member_id": member_id, "name": name, "due_at": due_at, "at": at}
    connection.execute(insert(steps).values(**values, sent=int(sent)))


def skip_steps(connection: Connection, skipped: Iterable[tuple[Task, str]], at: datetime) -> None:
    """Note that steps of the present owners and deadlines are used up without a word."""
    rows = [
        {"task_id": task.id, "member_id": task.owner_id, "name": name, "due_at": task.due_at, "at": at, "sent": 0}
        for task, name in skipped
    ]
    if rows:
        connection.execute(insert(steps), rows)


def mention(connection: Connection, address: int, message_id: int, task_ids: Iterable[int], at: datetime) -> None:
    """Remember which tasks a message speaks about (again: replaces what was remembered of it)."""
    mention_all(connection, [(address, message_id, task_ids)], at)


def mention_all(connection: Connection, said: Iterable[tuple[int, int, Iterable[int]]], at: datetime) -> None:
    """The same for many messages, each as address, number, and tasks."""
    messages = list(said)
    if not messages:
        return
    forget, add = _mention_rows(connection.dialect.name)
    connection.execute(forget, {"places": [(address, number) for address, number, _ in messages]})
    spoken = [(address, number, key) for address, number, ids in messages for key in dict.fromkeys(ids)]
    if spoken:
        connection.execute(add, {"spoken": spoken, "at": at})


@lru_cache(maxsize=2)
def _mention_rows(dialect: str) -> tuple[Delete, Insert]:
    """What forgets messages, given as "places", and what stores them, given as "spoken"."""
    places = rows_given(dialect, "places", "address", "message_id")
    place = tuple_(mentions.c.address, mentions.c.message_id)
    spoken = rows_given(dialect, "spoken", "address", "message_id", "task_id")
    rows = select(spoken, bindparam("at", type_=mentions.c.at.type))
    return (
        delete(mentions).where(place.in_(select(places))),
        insert(mentions).from_select(["address", "message_id", "task_id", "at"], rows),
    )


def mentioned(connection: Connection, address: int, message_id: int) -> tuple[int, ...]:
    """The tasks that a message speaks about."""
    query = select(mentions.c.task_id).where(mentions.c.address == address, mentions.c.message_id == message_id)
    return tuple(connection.execute(query.order_by(mentions.c.task_id)).scalars())


def shown_to_since(connection: Connection, since: datetime) -> tuple[int, ...]:
    """The addresses that got a message about a task, with its buttons, after that moment."""
    query = select(mentions.c.address).where(mentions.c.at >= since).distinct()
    return tuple(connection.execute(query.order_by(mentions.c.address)).scalars())


def forget_mentions_of(connection: Connection, address: int) -> int:
    """Remove what the messages of one chat spoke about; how many."""
    return connection.execute(delete(mentions).where(mentions.c.address == address)).rowcount


def forget_mentions(connection: Connection, before: datetime) -> int:
    """Remove what old messages spoke about; how many."""
    return connection.execute(delete(mentions).where(mentions.c.at < before)).rowcount


def _open() -> Any:
    return tasks.c.state.in_(OPEN)


def _by_deadline() -> tuple[Any, ...]:
    # NULLs sort first on SQLite and last on PostgreSQL; this says the same on both.
    return (tasks.c.due_at.is_(None), tasks.c.due_at, tasks.c.id)


def _load(connection: Connection, query: Any, given: Mapping[str, Any] | None = None) -> tuple[Task, ...]:
    rows = connection.execute(query, given).all()
    if not rows:
        return ()
    together: dict[int, tuple[int, ...]] = {}
    pairs = select(coordinators).where(among(coordinators.c.task_id, [row[_ID] for row in rows]))
    for task_id, unit_id in connection.execute(pairs.order_by(coordinators.c.unit_id)):
        together[task_id] = (*together.get(task_id, ()), unit_id)
    return tuple(_task(row, together) for row in rows)


def _task(row: Row[Any], together: Mapping[int, tuple[int, ...]]) -> Task:
    # By position: thirty names would take four times as long to compare, in every list of tasks.
    values = [*row, together.get(row[_ID], ())]
    values[_STATE], values[_DIFFICULTY] = _STATES[values[_STATE]], _DIFFICULTIES[values[_DIFFICULTY]]
    values[_URGENT] = bool(values[_URGENT])
    return Task(*values)
