"""The pipeline of letters: what breaks, what is repeated, who goes first."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, update

from bot.delivery import LEASE, Courier, places
from handlers.limits import Gate
from handlers.ports import Delivery, Standing
from handlers.rhythms import Lane
from storage import chats, members, outbox, tasks, units
from storage.notices import Facts, Notice, Reminders, Step, TaskNews
from storage.tables import outbox as table
from tests.contracts.test_limits import Clock as Virtual
from tests.contracts.test_limits import settle
from tests.support.world import MONDAY, World

FIRST = 7_500_000_000
DUE = (MONDAY + timedelta(hours=2)).astimezone()


class Crash(BaseException):
    """The power fails."""


class Postman:
    """Stands where letters leave; `before` is called with each address after its attempt was recorded."""

    def __init__(self, before: Callable[[int], Any] = lambda _: None) -> None:
        self.before = before
        self.sent: list[tuple[int, str]] = []
        self.repeated: list[bool] = []
        self.under_way = self.most = 0

    async def reachable(self) -> bool:
        return True

    async def check(self, address: int) -> Standing:
        return Standing("channel")

    async def send(
        self, address: int, notice: Notice, facts: Facts, *, repeated: bool, begin: Callable[[], Awaitable[None]]
    ) -> Delivery:
        await begin()
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            found = self.before(address)
            if asyncio.iscoroutine(found):
                await found
        finally:
            self.under_way -= 1
        self.sent.append((address, notice.note if isinstance(notice, TaskNews) else "reminder"))
        self.repeated.append(repeated)
        return Delivery("sent", len(self.sent))


async def people(world: World, *homes: str) -> list[int]:
    """One person with one task in each of these units; the accounts are FIRST, FIRST + 1 and so on."""

    def work(c: Any) -> list[int]:
        found = {name: units.add(c, name, country="") for name in dict.fromkeys(homes)}
        made = []
        for number, home in enumerate(homes):
            person = members.add(c, f"Person {number}", found[home], language="en")
            assert members.link(c, person, FIRST + number, world.clock(), 1)
            values = {"unit_id": found[home], "owner_id": person, "difficulty": "normal", "state": "in_progress"}
            values |= {"code": f"P-{number:04d}", "title": "Work", "titles": {}, "percent": 0}
            values |= {"assigned_at": world.clock(), "created_at": world.clock(), "due_at": DUE, "original_due_at": DUE}
            tasks.add(c, **values)
            made.append(person)
        return made

    return await world.app.store.write(work)


async def leaders(world: World, some: list[int]) -> None:
    """A channel that gets the weekly summary."""
    bound = {"kind": "channel", "title": "Leaders", "unit_id": None, "purpose": "leadership", "language": "en"}
    bound |= {"linked_by": some[0], "linked_at": world.clock()}
    await world.app.store.write(lambda c: chats.bind(c, -100, **bound))


async def news(world: World, person: int, note: str) -> None:
    """A letter about the person's task."""
    now = world.clock()
    notice = TaskNews(person, "explained", note=note)
    await world.app.store.write(lambda c: outbox.post(c, f"news:{person}:{note}", notice, now, now, member_id=person))


async def reminders(world: World, some: list[int], name: str = "due-day") -> None:
    """A reminder to each of these people about their own task."""
    now, due = world.clock(), DUE.isoformat()

    def work(c: Any) -> None:
        for person in some:
            step = Step(person, name, due)
            outbox.post(c, f"{name}:{person}", Reminders((step,)), now, now, member_id=person)

    await world.app.store.write(work)


def courier(world: World, post: Postman, rate: float = 30.0) -> Courier:
    return Courier(world.app.store, world.app.office, post, world.clock, rate)


async def states(world: World) -> list[str]:
    return [letter.state for letter in await world.letters()]


async def test_a_poison_letter_fails_alone(world: World) -> None:
    some = await people(world, *["A"] * 6)
    await reminders(world, some)
    bad = (await world.letters())[2].id
    await world.app.store.write(lambda c: c.execute(update(table).where(table.c.id == bad).values(kind="nonsense")))
    post = Postman()
    await courier(world, post).deliver()
    assert sorted(address - FIRST for address, _ in post.sent) == [0, 1, 3, 4, 5]
    assert await states(world) == ["sent", "sent", "waiting", "sent", "sent", "sent"]
    assert (await world.letters())[2].reason == "error"


async def test_a_letter_that_cannot_be_recorded_does_not_keep_the_others_from_it(world: World) -> None:
    some = await people(world, "A", "A", "A")
    await reminders(world, some)

    class Odd(Postman):
        async def send(self, address: int, notice: Notice, facts: Facts, **how: Any) -> Delivery:
            sent = await super().send(address, notice, facts, **how)
            return Delivery("no such kind") if address == FIRST + 1 else sent

    await courier(world, Odd()).deliver()
    assert await states(world) == ["sent", "leased", "sent"]


async def test_letters_to_one_person_arrive_in_their_order(world: World) -> None:
    some = await people(world, "A", "B")
    for number in range(8):
        for person in some:
            await news(world, person, f"{number}")
    pauses = iter([3, 0, 2, 1] * 4)

    async def slowly(_: int) -> None:
        for _ in range(next(pauses)):
            await asyncio.sleep(0)

    post = Postman(slowly)
    await courier(world, post, rate=1000).deliver()
    for account in (FIRST, FIRST + 1):
        assert [note for address, note in post.sent if address == account] == [f"{number}" for number in range(8)]


async def test_an_urgent_letter_pulls_its_own_chat_along_and_overtakes_the_others(world: World) -> None:
    some = await people(world, *["A"] * 5)
    await reminders(world, some)
    await reminders(world, some[-1:], "before-2h")
    post = Postman()
    await courier(world, post).deliver(1)
    assert post.sent == [(FIRST + 4, "reminder")]
    assert (await states(world)).count("sent") == 1
    assert (await world.letters())[4].state == "sent"


async def test_a_crash_on_the_wire_repeats_the_letter_once_and_marked(world: World) -> None:
    await reminders(world, await people(world, "A"))

    def fail(_: int) -> None:
        raise Crash

    with pytest.raises(Crash):
        await courier(world, Postman(fail)).deliver()
    assert await states(world) == ["leased"]
    after = Postman()
    again = courier(world, after)
    assert await again.deliver() == 0  # somebody may still carry it
    world.clock.now += LEASE
    await again.deliver()
    assert after.repeated == [True]
    assert await states(world) == ["sent"]
    world.clock.now += LEASE
    assert await again.deliver() == 0


async def test_a_letter_is_not_sent_a_third_time(world: World) -> None:
    await reminders(world, await people(world, "A"))

    def fail(_: int) -> None:
        raise Crash

    for _ in range(2):
        with pytest.raises(Crash):
            await courier(world, Postman(fail)).deliver()
        world.clock.now += LEASE
    post = Postman()
    await courier(world, post).deliver()
    assert post.sent == []
    assert [(letter.state, letter.reason) for letter in await world.letters()] == [("failed", "uncertain")]


async def test_no_more_letters_are_on_the_wire_than_may_be_repeated(world: World) -> None:
    await reminders(world, await people(world, *["A"] * 40))

    async def slowly(_: int) -> None:
        await asyncio.sleep(0)

    post = Postman(slowly)
    await courier(world, post, rate=30).deliver()
    assert len(post.sent) == 40
    assert post.most <= places(30) == 3


@pytest.mark.parametrize(("rate", "most"), [(0.1, 3), (30, 3), (100, 10), (1000, 190), (10_000, 200)])
def test_a_paid_broadcast_has_more_places_on_the_wire_and_the_free_limit_no_more_than_it_needs(
    rate: float, most: int
) -> None:
    assert places(rate) == most


async def test_a_lost_lease_is_not_sent(world: World) -> None:
    await reminders(world, await people(world, "A"))
    moment = world.clock()

    class Late(Postman):
        async def send(self, address: int, notice: Notice, facts: Facts, **how: Any) -> Delivery:
            await world.app.store.write(lambda c: outbox.lease(c, moment + LEASE, moment + 2 * LEASE, 9))
            return await super().send(address, notice, facts, **how)

    post = Late()
    await courier(world, post).deliver()
    assert post.sent == []
    assert [(letter.state, letter.copies) for letter in await world.letters()] == [("leased", 0)]


class Away(Postman):
    """Takes letters and does not say what becomes of them; `answers`: whether it answers questions."""

    def __init__(self, answers: bool) -> None:
        super().__init__()
        self.answers = answers
        self.asked = 0

    async def reachable(self) -> bool:
        self.asked += 1
        return self.answers

    async def send(self, address: int, notice: Notice, facts: Facts, **how: Any) -> Delivery:
        await super().send(address, notice, facts, **how)
        return Delivery("unknown", reason="server_error")


async def pass_a_minute(world: World, carrier: Courier) -> None:
    for _ in range(60):
        await carrier.deliver()
        world.clock.now += timedelta(seconds=1)


async def test_after_an_unknown_outcome_nothing_leaves_until_the_messenger_answers(world: World) -> None:
    await reminders(world, await people(world, *["A"] * 40))
    post = Away(answers=False)
    carrier = courier(world, post)
    await pass_a_minute(world, carrier)
    assert carrier.holds
    assert len(post.sent) <= places(30)
    assert post.asked == 6, "at once, and after 1, 2, 4, 8 and 16 seconds more"
    found = await world.letters()
    assert {letter.state for letter in found} == {"waiting"}
    assert sum(letter.attempts for letter in found) == len(post.sent), "what has not left counts as not tried"


async def test_when_only_questions_are_answered_one_letter_at_a_time_is_risked_and_each_another(world: World) -> None:
    await reminders(world, await people(world, *["A"] * 40))
    post = Away(answers=True)
    await pass_a_minute(world, courier(world, post))
    assert places(30) < len(post.sent) < places(30) + 8
    assert max(letter.copies for letter in await world.letters()) == 1


async def test_a_single_broken_connection_delays_nobody(world: World) -> None:
    await reminders(world, await people(world, *["A"] * 40))
    broken = iter([True])

    class Hiccup(Away):
        async def send(self, address: int, notice: Notice, facts: Facts, **how: Any) -> Delivery:
            sent = await Postman.send(self, address, notice, facts, **how)
            return Delivery("unknown") if next(broken, False) else sent

    post = Hiccup(answers=True)
    await courier(world, post).deliver()
    assert len(post.sent) == 40, "in one round"
    assert post.asked == 1


async def test_stopping_puts_back_what_waits_and_records_what_is_on_the_wire(world: World) -> None:
    await reminders(world, await people(world, *["A"] * 10))
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def hold(_: int) -> None:
        reached.set()
        await go_on.wait()

    post = Postman(hold)
    carrier = courier(world, post)
    running = asyncio.create_task(carrier.deliver())
    await reached.wait()
    running.cancel()
    stopping = asyncio.create_task(carrier.rest())
    await settle()
    go_on.set()
    await stopping
    found = await states(world)
    assert found.count("sent") == len(post.sent) > 0
    assert found.count("waiting") == 10 - len(post.sent)


async def test_a_round_that_is_stopped_while_it_leases_keeps_nothing(world: World) -> None:
    await reminders(world, await people(world, *["A"] * 3))
    begun, freed = threading.Event(), threading.Event()
    holding = asyncio.create_task(world.app.store.write(lambda _: begun.set() or freed.wait(30)))
    await asyncio.to_thread(begun.wait, 30)
    running = asyncio.create_task(courier(world, Postman()).deliver())
    await settle()
    running.cancel()
    freed.set()
    await asyncio.gather(running, holding, return_exceptions=True)
    await world.app.store.write(lambda _: None)  # what was ordered before is done
    assert await states(world) == ["waiting"] * 3


async def test_a_round_that_is_stopped_while_it_asks_about_a_chat_keeps_nothing(world: World) -> None:
    await leaders(world, await people(world, "A"))
    world.clock.now = MONDAY.replace(day=11, hour=16).astimezone(UTC)
    await world.app.ticks.plan()
    asked = asyncio.Event()

    class Slow(Postman):
        async def check(self, address: int) -> Standing:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

    running = asyncio.create_task(courier(world, Slow()).deliver())
    await asked.wait()
    assert "leased" in await states(world)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert set(await states(world)) == {"waiting"}


async def test_units_take_turns_so_that_a_small_one_does_not_wait_for_a_large_one(world: World) -> None:
    await reminders(world, await people(world, *["Large"] * 60, "Small"))
    post = Postman()
    await courier(world, post).deliver(10)
    assert FIRST + 60 in [address for address, _ in post.sent]


async def test_answers_overtake_ten_thousand_letters() -> None:
    clock = Virtual()
    gate = Gate(monotonic=clock.monotonic, sleep=clock.sleep)
    waits: list[float] = []

    async def answer(chat: int) -> None:
        asked = clock.now
        await gate.turn(chat, Lane.ANSWER)
        waits.append(clock.now - asked)

    letters = [asyncio.create_task(gate.letter(chat)) for chat in range(1, 10_001)]
    await settle()
    answers = []
    for number in range(100):
        answers += [asyncio.create_task(answer(100_000 + 3 * number + one)) for one in range(3)]
        await clock.run(0.25)
    await clock.run(2)
    sent = sum(one.done() for one in letters)
    for one in letters:
        one.cancel()
    assert len(waits) == 300
    assert sorted(waits)[int(0.95 * len(waits))] <= 1.0
    assert sent + 300 >= 0.97 * 30 * 27


async def test_a_tick_with_nothing_due_is_five_transactions(world: World) -> None:
    await people(world, "A", "A")
    world.app.ticks.stop()
    await world.settle()
    begun: list[bool] = []

    def note(connection: Connection) -> None:
        begun.append(connection.get_execution_options().get("writes", False))

    event.listen(world.app.store.engine, "begin", note)
    await world.app.ticks.plan()
    await world.app.ticks.deliver()
    assert begun == [True, True, True, True, False], "planning waits for its turn to write, delivery never"


async def test_a_summary_that_becomes_due_while_letters_leave_is_posted_in_the_same_round(world: World) -> None:
    some = await people(world, "A")
    await leaders(world, some)
    world.app.ticks.stop()
    world.clock.now = (MONDAY.replace(day=11, hour=15, minute=59)).astimezone(UTC)
    await news(world, some[0], "news")

    async def a_minute_passes(address: int) -> None:
        if address == FIRST:
            world.clock.now += timedelta(minutes=1)
            await world.app.ticks.plan()

    post = Postman(a_minute_passes)
    await courier(world, post).deliver()
    assert [address for address, _ in post.sent][:2] == [FIRST, -100]
