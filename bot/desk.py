"""The front desk: the actions bound to one person and one incoming update (see `handlers.ports.Desk`).

The first effect marks the update as done in the same transaction, so an update handled twice acts once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.actions import cards, joining, people, teams
from bot.actions import chats as chat_actions
from bot.actions import tasks as task_actions
from bot.office import LANGUAGES, Office
from bot.policy import deadlines
from bot.policy.access import Actor, Deed, reach_of
from bot.policy.calendar import WorkCalendar
from handlers.ports import (
    AlreadyDone,
    Assignment,
    Caller,
    ChatClaim,
    Deadline,
    Invitation,
    Me,
    Page,
    Refused,
    Team,
)
from storage import chats, drafts, history, inbox, members, outbox, tasks, units
from storage.database import Store
from storage.records import Action, Card, Draft, Figures, Member, Person, Unit

T = TypeVar("T")
MATCHES = 8  # people offered when a name fits several


@dataclass(frozen=True, slots=True)
class Parts:
    """What every desk shares. `secret` gives 128 random bits as URL-safe text."""

    store: Store
    office: Office
    clock: Callable[[], datetime]
    secret: Callable[[], str]


class FrontDesk:
    """One person at the desk."""

    def __init__(self, parts: Parts, caller: Caller, update_id: int | None) -> None:
        self._parts = parts
        self._caller = caller
        self._update_id = update_id
        self._settled = update_id is None
        self.now = parts.clock()

    # how work is run

    async def _look(self, work: Callable[[Connection], T]) -> T:
        return await self._parts.store.read(work)

    async def _effect(self, work: Callable[[Connection], T]) -> T:
        """Run the effect of this update: it and the mark "done" are committed together, or neither is."""

        def once(connection: Connection) -> T:
            if not self._settled and not inbox.settle(connection, self._update_id or 0, self.now, "effect"):
                raise AlreadyDone
            self._note_reachable(connection)
            return work(connection)

        result = await self._parts.store.write(once)
        self._settled = True
        return result

    def _note_reachable(self, connection: Connection) -> None:
        """Whoever writes to us can be written to."""
        member = members.set_reach(connection, self._caller.account, None) if self._caller.account else None
        if member is not None:
            history.append(connection, self.now, "reach", member_id=member.id, details={"possible": True})

    def _member(self, connection: Connection) -> Member:
        member = members.by_account(connection, self._caller.account)
        if member is None:
            raise Refused("stranger")
        return member

    def _actor(self, connection: Connection) -> Actor:
        return people.actor_of(connection, self._member(connection))

    # who is talking

    async def me(self) -> Me:
        return await self._look(lambda connection: self._me(connection, self._member(connection)))

    def _me(self, connection: Connection, member: Member) -> Me:
        tree = units.every(connection)
        actor = people.actor_of(connection, member, tree)
        last = outbox.last_of(connection, member.id)
        return Me(
            member=member,
            unit=tree[member.unit_id].name,
            roles=frozenset({"member"} | {role.value for role, reach in actor.reach.items() if reach}),
            deeds=frozenset(deed.value for deed in Deed if reach_of(actor, deed)),
            language=member.language,
            zone=self._parts.office.calendar_for(member, tree).zone,
            last_letter=last.done_at if last and last.state == "sent" else None,
        )

    async def greet_stranger(self) -> bool:
        since = self.now - joining.STRANGER_PAUSE
        return await self._effect(
            lambda connection: members.answer_stranger(connection, self._caller.account, self.now, since)
        )

    # joining

    async def invitation(self, code: str) -> Invitation:
        def work(connection: Connection) -> Invitation:
            if members.by_account(connection, self._caller.account) is not None:
                raise Refused("join.linked")
            return joining.look(connection, self._parts.office, code, self.now)

        return await self._look(work)

    async def join(self, code: str, language: str) -> Me:
        if language not in LANGUAGES:
            raise Refused("settings.language")

        def work(connection: Connection) -> Me:
            return self._me(connection, joining.join(connection, self._caller.account, code, language, self.now))

        return await self._effect(work)

    # own work

    async def my_tasks(self, start: int = 0) -> Page:
        def work(connection: Connection) -> Page:
            actor = self._actor(connection)
            found = list(tasks.open_of(connection, actor.member.id))
            return teams.page(connection, self._parts.office, actor, found, start, self.now)

        return await self._look(work)

    async def card(self, task_id: int) -> Card:
        return await self._look(lambda connection: self._card(connection, tasks.get(connection, task_id)))

    async def card_by_code(self, code: str) -> Card:
        return await self._look(lambda connection: self._card(connection, tasks.by_code(connection, code)))

    def _card(self, connection: Connection, task: Any) -> Card:
        actor = self._actor(connection)
        found = task_actions.visible(actor, task)
        return cards.make(connection, self._parts.office, actor, [found], self.now, notes=True)[0]

    async def act(self, action: Action, task_id: int, *, percent: int | None = None, note: str = "") -> Card:
        return await self._effect(
            lambda connection: task_actions.act(
                connection, self._parts.office, self._actor(connection), action, task_id, self.now, percent, note
            )
        )

    async def mentioned(self, address: int, message_id: int) -> tuple[Card, ...]:
        def work(connection: Connection) -> tuple[Card, ...]:
            actor = self._actor(connection)
            found = tasks.some(connection, tasks.mentioned(connection, address, message_id)).values()
            seen = [task for task in found if people.may_view(actor, task)]
            return cards.make(connection, self._parts.office, actor, seen, self.now)

        return await self._look(work)

    async def mention(self, address: int, message_id: int, task_ids: Sequence[int]) -> None:
        # Not an effect of the update: only a help to understand a later reply.
        await self._parts.store.write(
            lambda connection: tasks.mention(connection, address, message_id, task_ids, self.now)
        )

    # a unit

    async def team(self, unit_id: int | None = None) -> Team:
        return await self._look(lambda connection: teams.team(connection, self._actor(connection), unit_id, self.now))

    async def late(self, start: int = 0) -> Page:
        return await self._look(
            lambda connection: teams.late(connection, self._parts.office, self._actor(connection), start, self.now)
        )

    async def waiting(self, start: int = 0) -> Page:
        return await self._look(
            lambda connection: teams.waiting(connection, self._parts.office, self._actor(connection), start, self.now)
        )

    async def figures(self, unit_id: int | None = None) -> Figures:
        return await self._look(
            lambda connection: teams.figures_now(
                connection, self._parts.office, self._actor(connection), unit_id, self.now
            )
        )

    async def find_people(self, text: str) -> tuple[Person, ...]:
        def work(connection: Connection) -> tuple[Person, ...]:
            reach = self._assignable_units(self._actor(connection))
            tree = units.every(connection)
            found = members.find(connection, text, reach, MATCHES)
            return tuple(Person(member, tree[member.unit_id].name) for member in found)

        return await self._look(work)

    async def colleagues(self) -> tuple[Person, ...]:
        def work(connection: Connection) -> tuple[Person, ...]:
            actor = self._actor(connection)
            reach = self._assignable_units(actor)
            return teams.roster(connection, [teams.default_unit(actor, reach)], self.now)

        return await self._look(work)

    @staticmethod
    def _assignable_units(actor: Actor) -> frozenset[int]:
        reach = reach_of(actor, Deed.ASSIGN)
        if not reach:
            raise Refused("forbidden.assign")
        return reach

    async def assignable(self, member_id: int) -> Person:
        def work(connection: Connection) -> Person:
            member = task_actions.may_assign(connection, self._actor(connection), member_id)
            return Person(member, units.every(connection)[member.unit_id].name)

        return await self._look(work)

    async def understand(self, text: str, member_id: int) -> Deadline:
        def work(connection: Connection) -> Deadline:
            calendar = self._calendar(connection, member_id)
            try:
                at = deadlines.parse(text, self.now, calendar)
            except deadlines.Unclear as unclear:
                raise Refused(f"deadline.{unclear.reason}", text=text) from None
            return _deadline(at, calendar)

        return await self._look(work)

    async def deadline_at(self, at: datetime, member_id: int) -> Deadline:
        return await self._look(lambda connection: _deadline(at, self._calendar(connection, member_id)))

    async def choices(self, member_id: int) -> tuple[datetime, ...]:
        return await self._look(lambda connection: deadlines.choices(self.now, self._calendar(connection, member_id)))

    def _calendar(self, connection: Connection, member_id: int) -> WorkCalendar:
        owner = task_actions.may_assign(connection, self._actor(connection), member_id)
        return self._parts.office.calendar_for(owner, units.every(connection))

    async def assign(self, assignment: Assignment) -> Card:
        return await self._effect(
            lambda connection: task_actions.assign(
                connection, self._parts.office, self._actor(connection), assignment, self.now
            )
        )

    # an unfinished dialogue

    async def draft(self) -> Draft | None:
        return await self._look(lambda connection: drafts.get(connection, self._caller.account))

    async def keep_draft(self, kind: str, data: Mapping[str, Any]) -> Draft:
        token = self._parts.secret()[:8]
        fresh = Draft(self._caller.account, kind, token, dict(data), self.now)

        def work(connection: Connection) -> Draft:
            self._member(connection)
            drafts.save(connection, fresh.account, kind, token, fresh.data, self.now)
            return fresh

        return await self._effect(work)

    async def drop_draft(self) -> bool:
        return await self._effect(lambda connection: drafts.drop(connection, self._caller.account))

    # settings

    async def set_language(self, language: str) -> Me:
        return await self._set("language", language)

    async def set_zone(self, zone: str) -> Me:
        return await self._set("zone", zone)

    async def _set(self, column: str, value: str) -> Me:
        def work(connection: Connection) -> Me:
            member = self._member(connection)
            _check_setting(column, value)
            before = getattr(member, column)
            if before != value:
                members.change(connection, member.id, **{column: value})
                details = {"field": column, "old": before, "new": value}
                history.append(
                    connection, self.now, "settings", actor_id=member.id, member_id=member.id, details=details
                )
            after = replace(member, **{column: value})  # type: ignore[arg-type]
            if column == "zone":
                for task in tasks.open_of(connection, member.id):
                    task_actions.replan(connection, self._parts.office, task, self.now)
            return self._me(connection, after)

        return await self._effect(work)

    # groups and channels

    async def link_code(self, unit_id: int | None = None) -> tuple[str, Unit, tuple[Unit, ...]]:
        return await self._effect(
            lambda connection: chat_actions.link_code(
                connection, self._parts.office, self._actor(connection), unit_id, self.now, self._parts.secret
            )
        )

    async def claim_chat(self, code: str, title: str) -> ChatClaim:
        return await self._look(
            lambda connection: chat_actions.claim(connection, self._parts.office, code, title, self.now)
        )

    async def ask_binding(self, claim: ChatClaim, address: int, kind: str) -> None:
        await self._effect(lambda connection: chat_actions.ask(connection, claim, address, kind, self.now))

    async def bind_chat(self, invite_id: int) -> str:
        return await self._effect(
            lambda connection: chat_actions.bind(
                connection, self._parts.office, self._actor(connection), invite_id, self.now
            )
        )

    async def chat_closed(self, address: int) -> None:
        await self._effect(lambda connection: chat_actions.close(connection, address, self.now))

    async def chat_moved(self, old: int, new: int) -> None:
        await self._effect(lambda connection: chats.move(connection, old, new))

    async def reach(self, *, possible: bool, reason: str = "") -> None:
        def work(connection: Connection) -> None:
            if possible:
                return  # noted for every effect
            member = members.set_reach(connection, self._caller.account, self.now, reason)
            if member is not None:
                details = {"possible": False, "reason": reason}
                history.append(connection, self.now, "reach", member_id=member.id, details=details)

        await self._effect(work)


def _check_setting(column: str, value: str) -> None:
    if column == "language" and value not in LANGUAGES:
        raise Refused("settings.language")
    if column == "zone":
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise Refused("settings.zone", zone=value) from None


def _deadline(at: datetime, calendar: WorkCalendar) -> Deadline:
    day = calendar.local(at).date()
    if calendar.is_working(day):
        return Deadline(at, calendar.zone, day_off=False)
    return Deadline(at, calendar.zone, True, calendar.shift(day, -1), calendar.shift(day, 1))
