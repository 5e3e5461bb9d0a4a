"""What people do to tasks. One function is one transaction: load, ask policy, save, write history, queue letters."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import cards, evidence, letters, people, situations
from bot.office import Office
from bot.policy import codes, plan
from bot.policy import requests as policy
from bot.policy.access import Actor, Deed, may, may_in
from bot.policy.workflow import changes, misfit
from handlers.ports import NEED_REASON, Assignment, Refused
from storage import drafts, history, members, recurrences, requests, tasks, units
from storage.notices import TaskNews
from storage.records import Action, Card, Json, Member, Task, Unit

LONGEST_TITLE = 500  # characters
LONGEST_PRODUCT = 200
LONGEST_NOTE = 1000

# Which act tells the other side, and how the letter calls it.
NEWS = {
    Action.SUBMIT: "submitted",
    Action.ACCEPT: "completed",
    Action.RETURN: "returned",
    Action.SUSPEND: "suspended",
    Action.RESUME: "resumed",
    Action.DROP: "cancelled",
}


def visible(actor: Actor, task: Task | None) -> Task:
    """The task if the actor may see it. A hidden task and one that does not exist get the same answer."""
    if task is None or not may(actor, Action.VIEW, task):
        raise Refused("task.unknown")
    return task


def allowed(connection: Connection, actor: Actor, action: Action, task_id: int, now: datetime) -> Task:
    """The task, if the actor may do this to it and it fits its state. Raises Refused."""
    task = visible(actor, tasks.get(connection, task_id))
    if not may(actor, action, task):
        raise Refused(f"forbidden.{action}", code=task.code)
    if (found := misfit(task, action, now)) is not None:
        raise Refused(found, code=task.code)
    return task


def act(
    connection: Connection,
    office: Office,
    actor: Actor,
    action: Action,
    task_id: int,
    now: datetime,
    percent: int | None = None,
    note: str = "",
) -> Card:
    """Carry out one action on a task and tell the other side; the card as it is afterwards."""
    task = visible(actor, tasks.get(connection, task_id))
    if not may(actor, action, task):
        raise Refused(f"forbidden.{action}", code=task.code)
    note = note.strip()
    check_words(action, percent, note)
    values = changes(task, action, now, percent, actor.member.id)
    if values is None:
        raise Refused(misfit(task, action, now) or f"not_now.{task.state}", code=task.code)
    if not tasks.change(connection, task, **values):
        raise Refused("task.changed", code=task.code)
    details = {"from": task.state.value, "to": values["state"]}
    if note:
        details["note"] = note
    if "percent" in values:
        details |= {"percent": values["percent"], "percent_before": task.percent}
    details |= people.in_whose_name(actor, action, task)
    history.append(connection, now, action.value, actor_id=actor.member.id, task_id=task.id, details=details)
    drafts.drop(connection, actor.member.account or 0, "note", "reason")  # a dialogue about something else goes on
    if action in (Action.SUBMIT, Action.ACCEPT, Action.DROP):  # nothing is left to ask for; an order may still stand
        _close_requests(connection, actor, task, now, batches=action is not Action.SUBMIT)
    after = loaded(connection, task.id)
    if action in (Action.REPORT, Action.SUBMIT):
        evidence.add_links(connection, actor, after, note, now)
        evidence.await_it(connection, actor, after, now)
    replan(connection, office, after, now)
    _tell(connection, office, actor, action, after, note, now)
    return cards.make(connection, office, actor, [after], now, notes=True)[0]


def _close_requests(connection: Connection, actor: Actor, task: Task, now: datetime, *, batches: bool) -> None:
    """Nothing is left to ask for; what still waited is closed, and the history says so."""
    if closed := requests.withdraw_of(connection, task.id, now, policy.ABOUT_THE_WORK, batches=batches):
        details = {"requests_withdrawn": closed}
        history.append(connection, now, "close", actor_id=actor.member.id, task_id=task.id, details=details)


def check_words(action: Action, percent: int | None, note: str) -> None:
    """Refuse a number or a note that cannot be stored, and a missing reason."""
    if percent is not None and not 0 <= percent <= 100:
        raise Refused("percent.range")
    if len(note) > LONGEST_NOTE:
        raise Refused("note.too_long", limit=LONGEST_NOTE)
    if action is Action.REPORT and percent is None and not note:
        raise Refused("report.empty")
    if action in NEED_REASON and not note:
        raise Refused(f"reason.{action}")


def loaded(connection: Connection, task_id: int) -> Task:
    """The task as it is after a change in this transaction."""
    task = tasks.get(connection, task_id)
    if task is None:
        raise LookupError(f"task {task_id} vanished inside its own transaction")
    return task


def replan(connection: Connection, office: Office, task: Task, now: datetime) -> None:
    """Say when the planner must look at the task next."""
    owner = members.some(connection, [task.owner_id])[task.owner_id]
    tree = units.every(connection)
    calendar = office.calendar_for(owner, tree)
    taken = tasks.steps_of(tasks.steps_taken(connection, [task.id]), task)
    known = situations.known(connection, [task], tree)[task.id]
    tasks.plan(connection, task.id, plan.next_look(task, taken, calendar, now, known))


def _tell(
    connection: Connection, office: Office, actor: Actor, action: Action, task: Task, note: str, now: datetime
) -> None:
    event = NEWS.get(action)
    if event is None:
        return
    tree = units.every(connection)
    notice = TaskNews(task.id, event, actor.member.id, note)
    key = f"{event}:{task.id}:{task.version}"
    if action is not Action.SUBMIT:
        owner = members.some(connection, [task.owner_id])[task.owner_id]
        letters.tell_owner(connection, office, f"{key}:{owner.id}", notice, owner, tree, now, besides=actor.member.id)
        return
    for reader in people.judges(connection, task, tree, now):
        letters.tell(connection, office, f"{key}:{reader.id}", notice, reader, tree, now, task.due_at)


def assign(connection: Connection, office: Office, actor: Actor, wanted: Assignment, now: datetime) -> Card:
    """Store a new task for somebody and tell the owner."""
    owner = may_assign(connection, actor, wanted.owner_id)
    title, product = checked(wanted.title, wanted.product)
    if wanted.due is not None and wanted.due <= now:
        raise Refused("deadline.past")
    tree = units.every(connection)
    code = new_code(connection, tree[owner.unit_id])
    task = add(connection, code, owner, actor.member, replace(wanted, title=title, product=product), now)
    history.append(connection, now, "assign", actor_id=actor.member.id, task_id=task.id, details=facts_of(task))
    drafts.drop(connection, actor.member.account or 0, "assign")
    replan(connection, office, task, now)
    if owner.id != actor.member.id:
        notice = TaskNews(task.id, "assigned", actor.member.id)
        key = f"assigned:{task.id}:{owner.id}"
        letters.tell_owner(connection, office, key, notice, owner, tree, now, besides=actor.member.id)
    return cards.make(connection, office, actor, [task], now)[0]


def checked(title: str, product: str) -> tuple[str, str]:
    """The words of a task, each in one line. Raises Refused."""
    title, product = " ".join(title.split()), " ".join(product.split())
    if not title:
        raise Refused("title.empty")
    if len(title) > LONGEST_TITLE:
        raise Refused("title.too_long", limit=LONGEST_TITLE)
    if not product:
        raise Refused("product.empty")
    if len(product) > LONGEST_PRODUCT:
        raise Refused("product.too_long", limit=LONGEST_PRODUCT)
    return title, product


def add(
    connection: Connection, code: str, owner: Member, assigner: Member | None, wanted: Assignment, now: datetime
) -> Task:
    """A new task of `owner`, whether somebody dictates it or it comes back."""
    task_id = tasks.add(
        connection,
        code=code,
        title=wanted.title,
        titles={},
        unit_id=owner.unit_id,
        owner_id=owner.id,
        assigner_id=assigner.id if assigner else None,
        leader_id=None,
        product=wanted.product,
        difficulty=wanted.difficulty.value,
        assigned_at=now,
        created_at=now,
        planned_from=now,
        original_due_at=wanted.due,
        due_at=wanted.due,
        state="assigned",
        percent=0,
        urgent=int(wanted.urgent),
    )
    return loaded(connection, task_id)


def facts_of(task: Task) -> Json:
    """What the history keeps of a new task."""
    due = task.due_at.isoformat() if task.due_at else None
    details: Json = {"code": task.code, "title": task.title, "owner": task.owner_id, "due": due}
    details |= {"unit": task.unit_id, "product": task.product, "difficulty": task.difficulty.value}
    return details | ({"urgent": 1} if task.urgent else {})


def may_assign(connection: Connection, actor: Actor, member_id: int) -> Member:
    """The member if the actor may give them work."""
    owner = members.get(connection, member_id)
    if owner is None or owner.left_at is not None or not may_in(actor, Deed.ASSIGN, owner.unit_id):
        raise Refused("forbidden.assign")
    return owner


def new_code(connection: Connection, unit: Unit) -> str:
    """The next code in the series of a unit."""
    prefix = prefix_of(connection, unit)
    return codes.next_code(prefix, tasks.codes(connection, f"{prefix}-"))


def prefix_of(connection: Connection, unit: Unit) -> str:
    """The series of a unit; the days in the codes of recurring tasks are no numbers to go on from."""
    found = tasks.open_in(connection, [unit.id])
    recurring = recurrences.of_tasks(connection, [task.id for task in found])
    return codes.prefix_of(unit.name, [task.code for task in found if task.id not in recurring])
