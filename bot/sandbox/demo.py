"""The sample department in a fresh database: dates shifted to today, people joined, some work done.

Everything is done by the real actions, at the moments of the past when it would have happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from importlib.resources import as_file, files

from sqlalchemy import Connection

from bot import shell
from bot.actions import agendas, people
from bot.actions import tasks as task_actions
from bot.actions.import_staff import import_staff
from bot.actions.import_tasks import import_tasks
from bot.office import Office
from bot.policy.calendar import calendar_of
from bot.spreadsheets.reading import Row
from storage import agenda, chats, members, outbox, tasks, units
from storage.records import Action, Member, Role, State, Task, Unit

SAMPLE_TODAY = date(2026, 11, 23)  # a Monday: the day for which the sample was written
FIRST_ACCOUNT = 1001
CHANNEL = -1001000000001
DIRECTOR = "Nguyễn Mẫu Đức An"
DEPUTIES = ("Trần Thị Mẫu Bích", "Lê Mẫu Quang Chính", "Hoàng Mẫu Duy Khôi")
NOT_JOINED = ("Đỗ Thị Mẫu Hương", "Triệu Thị Mẫu Đào")  # the two without a user name in the sample
TRACKER = "Bùi Mẫu Trọng Hiếu"


def load(connection: Connection, office: Office, now: datetime) -> dict[int, Member]:
    """Fill the database; the people by the account each of them has joined (or could join) with."""
    calendar = calendar_of(office.zone, office.country)
    today = calendar.local(now).date()
    weeks = timedelta(weeks=(today - SAMPLE_TODAY).days // 7)
    long_ago = now - timedelta(days=150)
    import_staff(connection, office, list(_rows("staff", timedelta())), long_ago)
    import_tasks(connection, office, list(_rows("tasks", weeks)), long_ago)
    everybody = {member.name: member for member in members.every(connection)}
    _give_roles(connection, everybody)
    tree = units.every(connection)
    for number, task in enumerate(sorted(tasks.open_in(connection, tree), key=lambda task: task.code)):
        _work_on(connection, office, task, number, now)
    _submit_some(connection, office, tree, now)
    outbox.drop_waiting(connection, now, "before the demonstration")
    accounts = _join(connection, everybody, now)
    agenda.forget(connection, now)
    agendas.replan(connection, office, members.every(connection), tree, now)
    _bind_channel(connection, everybody[DIRECTOR], now)
    for task in tasks.open_in(connection, tree):
        task_actions.replan(connection, office, tasks.start_planning(connection, task, now), now)
    return accounts


def _rows(what: str, shift: timedelta) -> Iterator[Row]:
    with as_file(files("bot.sample") / f"{what}.csv") as path:
        found = shell.rows_of(path, what)
    for row in found:
        values = dict(row.values)
        for column in ("assigned_on", "due_on"):
            if values.get(column):
                values[column] = (date.fromisoformat(values[column]) + shift).isoformat()
        yield Row(row.number, values)


def _give_roles(connection: Connection, everybody: dict[str, Member]) -> None:
    for name in (DIRECTOR, *DEPUTIES):
        members.grant(connection, everybody[name].id, Role.LEADER, None)
    members.grant(connection, everybody[TRACKER].id, Role.TRACKER, None)


def _work_on(connection: Connection, office: Office, task: Task, number: int, now: datetime) -> None:
    """What has happened to one task so far: most past deadlines were met, some were not, some still are not."""
    owner = people.actor_of(connection, members.some(connection, [task.owner_id])[task.owner_id], now)
    done = task.due_at is not None and task.due_at < now - timedelta(days=3) and number % 4 != 0
    last_week = now - timedelta(days=2, hours=number % 20)
    if task.due_at is None or task.assigned_at > last_week:
        return
    task_actions.act(connection, office, owner, Action.RECEIVE, task.id, task.assigned_at + timedelta(hours=2))
    if done:
        late = timedelta(days=2) if number % 5 == 0 else timedelta(days=-1)
        at = min(task.due_at + late, last_week)
        task_actions.act(connection, office, owner, Action.SUBMIT, task.id, at)
        if number % 6:
            _accept(connection, office, task, min(at + timedelta(days=1), now - timedelta(hours=1)))
    elif number % 3:
        percent = 20 + number % 7 * 10
        task_actions.act(connection, office, owner, Action.REPORT, task.id, last_week, percent)


def _submit_some(connection: Connection, office: Office, tree: Mapping[int, Unit], now: datetime) -> None:
    """One task of each unit waits for its head."""
    for unit_id in tree:
        working = [task for task in tasks.open_in(connection, [unit_id]) if task.state is State.IN_PROGRESS]
        for task in working[-1:]:
            owner = people.actor_of(connection, members.some(connection, [task.owner_id])[task.owner_id], now)
            task_actions.act(connection, office, owner, Action.SUBMIT, task.id, now - timedelta(hours=20))


def _accept(connection: Connection, office: Office, task: Task, at: datetime) -> None:
    judge = people.judges(connection, task, units.every(connection), at)[0]
    task_actions.act(connection, office, people.actor_of(connection, judge, at), Action.ACCEPT, task.id, at)


def _join(connection: Connection, everybody: dict[str, Member], now: datetime) -> dict[int, Member]:
    accounts: dict[int, Member] = {}
    for number, member in enumerate(everybody.values()):
        account = FIRST_ACCOUNT + number
        if member.name not in NOT_JOINED:
            members.link(connection, member.id, account, now, 1)
        accounts[account] = members.some(connection, [member.id])[member.id]
    return accounts


def _bind_channel(connection: Connection, director: Member, now: datetime) -> None:
    chats.bind(
        connection,
        CHANNEL,
        kind="channel",
        title=sample_text("channel"),
        unit_id=None,
        purpose="leadership",
        language=director.language,
        linked_by=director.id,
        linked_at=now - timedelta(days=30),
    )


def sample_text(name: str) -> str:
    """A name of the sample: of the organisation, or of its leadership channel."""
    return (files("bot.sample") / f"{name}.txt").read_text(encoding="utf-8").strip()


def roles(connection: Connection) -> dict[int, tuple[str, str]]:
    """For each member the highest role and the unit, as the list of personas shows them."""
    tree = units.every(connection)
    found = {}
    for member in members.every(connection):
        held = {grant.role for grant in members.grants_of(connection, member.id)}
        order = (Role.LEADER, Role.HEAD, Role.TRACKER)
        role = next((role for role in order if role in held), Role.MEMBER)
        found[member.id] = (role.value, tree[member.unit_id].name)
    return found


def next_moments(connection: Connection) -> tuple[datetime, ...]:
    """When the planner or the outbox have something to do next."""
    found = (tasks.next_check(connection), agenda.next_due(connection), outbox.next_due(connection))
    return tuple(at for at in found if at is not None)
