"""After a long delay: one message per person with everything, marked late, lost nothing, told nothing twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.ports import Delivery
from storage import tasks
from storage.notices import Facts, Notice
from tests.stories.test_delivery import Crash
from tests.support.world import MONDAY, Person, World, restart

Cast = tuple[World, Person, Person]
LATE = "Later than planned"


@pytest.fixture
async def cast(world: World) -> Cast:
    """A head and one member who have joined on a Monday at ten."""
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    return world, await world.join("Hoa Head"), await world.join("Mai Member")


class Wire:
    """Between the courier and the real sender: while `cut`, no letter gets through."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.post = world.app.courier._post
        self.cut = False
        self.fault: Callable[[], Delivery] = lambda: Delivery("not_sent", reason="connect")
        world.app.courier._post = self

    async def reachable(self) -> bool:
        return not self.cut

    async def send(
        self, address: int, notice: Notice, facts: Facts, *, repeated: bool, begin: Callable[[], Awaitable[None]]
    ) -> Delivery:
        if not self.cut:
            return await self.post.send(address, notice, facts, repeated=repeated, begin=begin)
        await begin()
        return self.fault()


async def give(head: Person, due: str, title: str) -> None:
    await head.say(f"/assign mai; {due}; {title}; Report")
    await head.press("✔️")


async def states(world: World, person: str) -> list[str]:
    member = await world.member(person)
    return [letter.state for letter in await world.letters() if letter.member_id == member.id]


async def test_a_person_with_one_letter_gets_exactly_that_letter_marked_late(cast: Cast) -> None:
    world, head, mai = cast
    wire = Wire(world)
    wire.cut = True
    await give(head, "18/12/2026 17:00", "Write the report")
    await world.go(MONDAY.replace(hour=12))
    assert mai.news() == []
    wire.cut = False
    await world.go(MONDAY.replace(hour=12, minute=15))
    (text,) = mai.news()
    assert text.startswith(f"⏳ {LATE}")
    assert "New task" in text
    assert "👀" in "".join(mai.labels())
    assert await states(world, "Mai Member") == ["sent"]


async def test_what_is_late_for_less_than_half_an_hour_comes_as_always(cast: Cast) -> None:
    world, head, mai = cast
    wire = Wire(world)
    wire.cut = True
    for title in ("One", "Two"):
        await give(head, "18/12/2026 17:00", title)
    await world.go(MONDAY.replace(minute=15))
    wire.cut = False
    await world.go(MONDAY.replace(minute=30))
    found = mai.news()
    assert len(found) == 2
    assert not any(LATE in text for text in found)


async def test_six_hours_without_telegram_end_in_one_message_per_person(cast: Cast) -> None:
    world, head, mai = cast
    await give(head, "18/12/2026 17:00", "Comes back")
    await mai.press("✅")
    await give(head, "7/12/2026 16:00", "Due today")
    await mai.press("👀", next(one for one in mai.messages if "Due today" in one["text"]))
    head.news(), mai.news()
    wire = Wire(world)
    wire.cut = True
    await give(head, "17/12/2026 17:00", "Brand new")
    await head.say("/return UA-001 annex 2 is missing")
    await mai.say("/extend UA-002; 10/12/2026 17:00; waiting for data")
    await world.go(MONDAY.replace(hour=13))
    await head.say("/urge UA-002")
    await world.go(MONDAY.replace(hour=15, minute=45))
    told_in_chat = len(mai.news()) + len(head.news())
    assert told_in_chat  # answers to commands are not letters
    wire.cut = False
    await world.go(MONDAY.replace(hour=16, minute=45))
    mine = mai.news()
    assert len(mine) == 1
    text = mine[0]
    assert text.startswith(f"⏳ {LATE}")
    for piece in ("New task", "Brand new", "annex 2 is missing", "UA-001", "urges", "UA-002"):
        assert piece in text
    assert text.index("Brand new") < text.index("annex 2 is missing") < text.index("urges")
    assert {"📋 UA-001", "📋 UA-002", "📋 UA-003"} <= set(mai.labels())
    assert len(head.news()) <= 1
    await world.go(MONDAY.replace(hour=17))
    assert mai.news() == []
    found = await states(world, "Mai Member")
    assert found.count("gathered") >= 3
    assert set(found) <= {"sent", "gathered", "dropped"}


async def test_three_days_off_over_a_weekend_end_in_one_message_at_the_first_allowed_moment(
    cast: Cast, tmp_path: Path
) -> None:
    world, head, mai = cast
    friday = MONDAY.replace(day=11)
    for due, title in (("11/12/2026 17:00", "Was due"), ("14/12/2026 17:00", "Is due"), ("16/12/2026 17:00", "Later")):
        await give(head, due, title)
        await mai.press("👀")
    await world.go(MONDAY.replace(day=10, hour=17))
    wire = Wire(world)
    wire.cut = True
    await give(head, "18/12/2026 17:00", "Not heard of")
    head.news(), mai.news()
    await world.app.stop()
    world.clock.now = (friday + timedelta(days=2)).astimezone(world.clock.now.tzinfo)  # a Sunday
    await restart(world, tmp_path)
    await world.settle()
    await world.go(MONDAY.replace(day=13, hour=23))
    assert mai.news() + head.news() == []
    world.clock.now = MONDAY.replace(day=14, hour=8, minute=30).astimezone(world.clock.now.tzinfo)
    await world.settle()
    await world.app.ticks.plan()
    await restart(world, tmp_path)
    await world.settle()
    mine = mai.news()
    assert len(mine) == 1
    text = mine[0]
    assert LATE in text
    for piece in ("Was due", "Is due", "Later", "Not heard of", "overtaken"):
        assert piece in text
    assert len(head.news()) <= 1
    await world.go(MONDAY.replace(day=14, hour=12))
    assert mai.news() == []


async def test_steps_that_were_overtaken_are_counted_and_used_up(cast: Cast) -> None:
    world, head, mai = cast
    await give(head, "16/12/2026 17:00", "Write the report")
    await mai.press("👀")
    mai.news()
    world.clock.now = MONDAY.replace(day=16, hour=9).astimezone(world.clock.now.tzinfo)
    await world.settle()
    (text,) = mai.news()
    assert "2 earlier reminders have been overtaken" in text
    assert "Due today" in text
    taken = await world.app.store.read(lambda c: tasks.steps_taken(c, [1]))
    assert {"before-3", "before-1", "due-day"} <= {name for _, _, name, _ in taken}


async def test_what_may_have_arrived_is_gathered_too_and_the_whole_says_so(cast: Cast) -> None:
    world, head, mai = cast
    wire = Wire(world)
    wire.cut = True
    wire.fault = lambda: Delivery("unknown", reason="timeout")
    await give(head, "18/12/2026 17:00", "Perhaps arrived")
    wire.fault = lambda: Delivery("not_sent", reason="connect")
    for title in ("Second", "Third"):
        await give(head, "18/12/2026 17:00", title)
    await world.go(MONDAY.replace(hour=12))
    wire.cut = False
    await world.go(MONDAY.replace(hour=12, minute=30))
    (text,) = mai.news()
    assert "Perhaps you have read this, or part of it, before" in text
    for title in ("Perhaps arrived", "Second", "Third"):
        assert title in text
    (letter,) = [letter for letter in await world.letters() if letter.kind == "agenda" and letter.state == "sent"]
    assert letter.copies == 2, "there is no third copy of what may have arrived"


async def test_a_crash_on_the_wire_repeats_the_gathered_letter_once(cast: Cast) -> None:
    world, head, mai = cast
    wire = Wire(world)
    wire.cut = True
    for title in ("One", "Two", "Three"):
        await give(head, "18/12/2026 17:00", title)
    await world.go(MONDAY.replace(hour=11))

    def fail() -> Delivery:
        raise Crash

    wire.fault = fail
    with pytest.raises(Crash):
        await world.go(MONDAY.replace(hour=12))
    wire.cut = False
    await world.go(MONDAY.replace(hour=13))
    (text,) = mai.news()
    assert "Perhaps you have read this, or part of it, before" in text
    for title in ("One", "Two", "Three"):
        assert title in text


async def test_what_is_no_longer_true_is_not_in_it(cast: Cast) -> None:
    world, head, mai = cast
    wire = Wire(world)
    wire.cut = True
    for title in ("Taken back", "Second", "Third"):
        await give(head, "18/12/2026 17:00", title)
    await world.go(MONDAY.replace(hour=12))
    await world.app.store.write(lambda c: tasks.change(c, tasks.some(c, [1])[1], state="cancelled"))
    wire.cut = False
    await world.go(MONDAY.replace(hour=12, minute=15))
    (text,) = mai.news()
    assert "Taken back" not in text
    assert "Second" in text


async def test_urgent_work_does_not_wait_for_the_rest_in_the_evening(cast: Cast) -> None:
    world, head, mai = cast
    wire = Wire(world)
    wire.cut = True
    await world.go(MONDAY.replace(hour=16))
    await give(head, "18/12/2026 17:00", "Calm")
    await give(head, "8/12/2026 17:00", "Hurry")
    await head.say("/urgent UA-002")
    await world.go(MONDAY.replace(hour=19))
    mai.news()
    wire.cut = False
    await world.go(MONDAY.replace(hour=19, minute=30))
    found = mai.news()
    assert len(found) == 1
    assert "Hurry" in found[0]
    assert "Calm" not in found[0]
    await world.go(MONDAY.replace(day=8, hour=8, minute=15))
    (text,) = mai.news()
    assert "Calm" in text
    assert "Hurry" not in text
