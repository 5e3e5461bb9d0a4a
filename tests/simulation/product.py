"""The same script through the product: real actions, planner, outbox and courier, on a clock that is set.

Nothing is sent: `Recorder` takes the place of Telegram. Instead of every 3 seconds the bell rings at each moment at
which something is due or somebody does something, and only for what is due; every other ring would find nothing.
SQLite with `synchronous=OFF`, its transactions run in place instead of on the writer's thread.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event

from bot import planning
from bot.actions import absences, agendas, ladders, owners, people, requests
from bot.actions import tasks as task_actions
from bot.delivery import Courier
from bot.office import Office
from handlers.ports import Assignment, Delivery
from storage import agenda, history, members, outbox, preferences, tasks, units
from storage import requests as stored_requests
from storage.database import Store, Work, open_engine, reading, transaction
from storage.migrate import migrate
from storage.notices import AbsenceNews, Agenda, Facts, Notice, Reminders, RequestNews, Step, TaskNews
from storage.records import Action, Member, RequestKind, Role
from tests.simulation.invented import UNIT_LADDER, ZONES
from tests.simulation.script import Event, Message, Script
from tests.support.world import Clock

T = TypeVar("T")
ACTS = {
    "receive": Action.RECEIVE,
    "report": Action.REPORT,
    "submit": Action.SUBMIT,
    "accept": Action.ACCEPT,
    "return": Action.RETURN,
}
FIRST_ACCOUNT = 1_000_000
TIDY = timedelta(days=1)


class Recorder:
    """A post that takes everything at once and remembers what it took."""

    def __init__(self, clock: Clock) -> None:
        self.took: list[tuple[int, Notice, datetime]] = []
        self._clock = clock

    async def reachable(self) -> bool:
        """Always."""
        return True

    async def send(
        self, address: int, notice: Notice, facts: Facts, *, repeated: bool, begin: Callable[[], Awaitable[None]]
    ) -> Delivery:
        """Take a letter."""
        await begin()
        assert not repeated
        self.took.append((address, notice, self._clock()))
        return Delivery("sent", message_id=len(self.took))


class InPlace(Store):
    """A store whose work runs where it is ordered: nobody else waits in a simulation."""

    async def read(self, work: Work[T]) -> T:
        """Run `work` in a reading transaction."""
        with reading(self.engine) as connection:
            return work(connection)

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a writing transaction."""
        with transaction(self.engine) as connection:
            return work(connection)


class Product:
    """A script on its way through the product. Its indices are the ids of the database minus one."""

    def __init__(self, script: Script, folder: Path) -> None:
        self.script = script
        self.clock = Clock(script.start)
        self.office = Office("Simulation", *ZONES[0][:1], language="en", country=ZONES[0][1])
        engine = open_engine(f"sqlite:///{folder / 'simulation.db'}")
        event.listen(engine, "connect", _careless)
        migrate(engine)
        self._found(engine)
        self.store = InPlace(engine)
        self.post = Recorder(self.clock)
        self.courier = Courier(self.store, self.office, self.post, self.clock, rate=1000)
        self.asked: dict[int, int] = {}  # the request that waits, by task
        self.about: dict[int, int] = {}  # the task of each request

    def _found(self, engine: Engine) -> None:
        """Units, people, roles, and the first look at every agenda."""
        now = self.script.start
        with transaction(engine) as c:
            for place in self.script.places:
                parent = None if place.parent is None else place.parent + 1
                made = units.add(c, place.name, parent, place.country)
                units.change(c, made, zone=place.zone)
                if parent == 1 and place.zone == ZONES[UNIT_LADDER[0]][0]:
                    preferences.put(c, made, "ladder", UNIT_LADDER[1])
            for number, human in enumerate(self.script.people):
                made = members.add(c, human.name, human.unit + 1, language="en", agenda_clock=human.clock)
                assert made == number + 1
                assert members.link(c, made, FIRST_ACCOUNT + number, now, 1)
                if human.leader:
                    members.grant(c, made, Role.LEADER, None)
                if human.head_of is not None:
                    members.grant(c, made, Role.HEAD, human.head_of + 1)
            agendas.replan(c, self.office, members.every(c), units.every(c), now)

    async def run(self) -> list[Message]:
        """Everything that arrived, in time order."""
        events = list(reversed(self.script.events))
        tidy = self.script.start + TIDY
        try:
            while True:
                due = await self.store.read(_due)
                now = min(filter(None, [*due, tidy, events[-1].at if events else None]))
                if now > self.script.end:
                    break
                self.clock.now = now
                while events and events[-1].at == now:
                    await self._happen(events.pop())
                await self._settle(now)
                if now == tidy:
                    await self.store.write(lambda connection: planning.tidy(connection, self.clock()))
                    tidy += TIDY
        finally:
            self.store.close()
        return [self._message(*one) for one in self.post.took]

    async def _settle(self, now: datetime) -> None:
        """What `bot.ticks` does, in its order, as far as anything is due."""
        due = await self.store.read(_due)
        for number, work in enumerate((planning.remind, agendas.plan)):
            while _is_due(due[number], now):
                await self.store.write(partial(_work, work, self.office, now))
                due = await self.store.read(_due)
        if _is_due(due[2], now):
            await self.courier.deliver()

    async def _happen(self, one: Event) -> None:
        await self.store.write(lambda connection: self._do(connection, one))

    def _do(self, c: Connection, one: Event) -> None:
        member = members.some(c, [one.who + 1])[one.who + 1]
        actor = people.actor_of(c, member, one.at)
        task = one.task + 1
        if one.kind in ACTS:
            done = {"percent": 50, "note": "a note"} if one.kind == "report" else {"note": "a note"}
            task_actions.act(c, self.office, actor, ACTS[one.kind], task, one.at, **done)  # type: ignore[arg-type]
        elif one.kind == "assign":
            wanted = Assignment(one.other + 1, f"Matter {one.task}", one.until, "Report", urgent=one.urgent)
            given = task_actions.assign(c, self.office, actor, wanted, one.at)
            assert given.task.id == task
            if one.text:
                ladders.change(c, self.office, actor, task, one.text, one.at)
        elif one.kind == "ask":
            kind = RequestKind.EXTENSION
            card = requests.ask(c, self.office, actor, kind, task, one.at, "more time", new_due=one.until)
            self.asked[one.task] = card.request.id
            self.about[card.request.id] = one.task
        elif one.kind == "approve":
            requests.decide(c, self.office, actor, self.asked[one.task], one.at, yes=True)
        elif one.kind == "reassign":
            owners.reassign(c, self.office, actor, task, one.other + 1, one.at, "a reason")
            moved = stored_requests.of_tasks(c, [task])[task][-1]
            self.about[moved.id] = one.task
        else:
            self._live(c, member, one)

    def _live(self, c: Connection, member: Member, one: Event) -> None:
        if one.kind == "away":
            assert one.until is not None
            absences.go(c, self.office, member, one.until, one.other + 1, one.at)
        elif one.kind == "back":
            absences.come_back(c, self.office, member, one.at)
        else:  # what the desk does for /settings
            members.change(c, member.id, **{"zone" if one.kind == "zone" else "agenda_clock": one.text})
            history.append(c, one.at, "settings", actor_id=member.id, member_id=member.id)
            for task in tasks.open_of(c, member.id):
                task_actions.replan(c, self.office, task, one.at)
            agendas.replan(c, self.office, members.some(c, [member.id]).values(), units.every(c), one.at)

    # --- what a notice says, in the words of the script

    def _message(self, address: int, notice: Notice, at: datetime) -> Message:
        who = address - FIRST_ACCOUNT
        if isinstance(notice, Agenda):
            parts: set[tuple[object, ...]] = {("own", key - 1) for key in notice.own}
            parts |= {("decide", key - 1) for key in notice.submitted}
            parts |= {("decide", self.about[key]) for key in notice.requests}
            parts |= {self._said(one) for one in (*notice.steps, *notice.news)}
            return Message(who, "agenda", at, frozenset(parts | {("lost", key) for key in notice.lost}))
        if isinstance(notice, Reminders):
            return Message(who, "reminders", at, frozenset(map(self._said, notice.steps)))
        kind = {TaskNews: "news", RequestNews: "request", AbsenceNews: "absence"}.get(type(notice), "other")
        return Message(who, kind, at, frozenset({self._said(notice)}))

    def _said(self, one: Step | Notice) -> tuple[Any, ...]:
        if isinstance(one, Step):
            return ("step", one.task_id - 1, one.name)
        if isinstance(one, TaskNews):
            return ("news", one.task_id - 1, one.event)
        if isinstance(one, RequestNews):
            return ("request", self.about[one.request_id], one.event)
        if isinstance(one, AbsenceNews):
            return ("absence", one.absence_id - 1, one.event)
        return ("other", repr(one))


def _work(work: Callable[[Connection, Office, datetime], int], office: Office, now: datetime, c: Connection) -> int:
    return work(c, office, now)


def _due(c: Connection) -> tuple[datetime | None, datetime | None, datetime | None]:
    """When the next reminder, agenda and letter is due."""
    return tasks.next_check(c), agenda.next_due(c), outbox.next_due(c)


def _is_due(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now


def _careless(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()
