"""The morning agenda: one message per person and working day with everything, and silence when nothing speaks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot import burden
from storage import members, outbox
from tests.support.world import MONDAY, Person, World, restart

Cast = tuple[World, Person, Person, Person]
TUESDAY = MONDAY.replace(day=8, hour=8, minute=30)


@pytest.fixture
async def cast(world: World) -> Cast:
    """A head with two people, all of whom have joined on a Monday at ten."""
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Mai Member, Unit A, member, en",
        "Nam Neighbour, Unit A, member, en",
        "Lan Leader, Board, leader, en",
    )
    head, mai, nam = [await world.join(name) for name in ("Hoa Head", "Mai Member", "Nam Neighbour")]
    return world, head, mai, nam


async def give(head: Person, to: Person, name: str, due: str, title: str) -> None:
    """A task that its owner has received."""
    await head.say(f"/assign {name}; {due}; {title}; Report")
    await head.press("✔️")
    await to.press("👀")
    head.news(), to.news()


async def agendas(world: World) -> list[str]:
    return [letter.key for letter in await world.letters() if letter.kind == "agenda"]


async def test_one_message_at_half_past_eight_has_all_sections(cast: Cast) -> None:
    world, head, mai, nam = cast
    await give(head, mai, "mai", "7/12/2026 17:00", "Late work")
    await give(head, mai, "mai", "8/12/2026 17:00", "Work of today")
    await give(head, mai, "mai", "10/12/2026 17:00", "Work to come")
    await give(head, nam, "nam", "18/12/2026 17:00", "Far away")
    await nam.say("/done UA-004 with annex")
    await nam.say("/assign")  # nothing that disturbs anybody
    assert head.news() == []  # a submission waits for the morning
    await world.go(TUESDAY - timedelta(minutes=15))
    mai.news()
    await world.go(TUESDAY)
    assert len(mine := mai.news()) == 1
    assert mine[0].startswith("🔔 Tue 8 Dec: 1 overdue, 1 due today")
    for heading, title in (("Overdue", "Late work"), ("Due today", "Work of today"), ("Coming up", "Work to come")):
        assert mine[0].index(heading) < mine[0].index(title)
    assert len(heads := head.news()) == 1
    assert heads[0].startswith("🔔 Tue 8 Dec: 1 overdue task reported, 1 waits for your decision")
    assert "reported to the next level up" in heads[0]  # the late work
    assert "Far away" in heads[0]
    assert "with annex" in heads[0]
    assert {"📋 UA-004", "👍 UA-004", "↩️ UA-004"} <= set(head.labels())
    assert {"📋 UA-001", "✅ UA-001", "✅ UA-002"} <= set(mai.labels())
    await head.press("👍 UA-004")
    assert "completed" in await nam.say("/task UA-004")
    await world.go(TUESDAY.replace(hour=14))
    assert mai.news() + head.news() == []


async def test_a_planner_that_runs_twice_or_starts_anew_says_nothing_twice(cast: Cast, tmp_path: Path) -> None:
    world, head, mai, _ = cast
    await give(head, mai, "mai", "8/12/2026 17:00", "Work of today")
    await world.go(TUESDAY)
    await restart(world, tmp_path)
    member = await world.member("Mai Member")
    # As if another planner had not seen that it was done.
    await world.app.store.write(lambda c: members.change(c, member.id, agenda_at=TUESDAY, agenda_on=None))
    await world.settle()
    await world.settle()
    assert len(mai.news()) == 1
    assert await agendas(world) == [f"agenda:{member.id}:2026-12-08"]


async def test_a_day_on_which_nothing_speaks_is_silent(cast: Cast) -> None:
    world, head, mai, _ = cast
    await give(head, mai, "mai", "18/12/2026 17:00", "Far away")
    await world.go(MONDAY.replace(day=11, hour=20))
    assert mai.news() + head.news() == []
    await world.go(MONDAY.replace(day=14, hour=9))  # no news for five working days
    assert len(mai.news()) == 1


@pytest.mark.only("sqlite", "weeks of quarters of an hour")
async def test_old_delays_alone_do_not_nag(cast: Cast) -> None:
    world, head, mai, _ = cast
    await give(head, mai, "mai", "7/12/2026 17:00", "Late work")
    await world.go(MONDAY.replace(month=12, day=31, hour=9))
    mai.news()
    await world.go(datetime(2027, 1, 20, 9, tzinfo=MONDAY.tzinfo))
    assert [text for text in mai.news() if "Late work" in text] == []


async def test_a_decision_that_waits_comes_back_every_morning_until_it_is_made(cast: Cast) -> None:
    world, head, mai, _ = cast
    await give(head, mai, "mai", "18/12/2026 17:00", "Write the report")
    await mai.say("/extend UA-001 21/12/2026; figures")
    assert head.news() == []
    for day in (8, 9):
        await world.go(MONDAY.replace(day=day, hour=9))
        assert len(found := head.news()) == 1
        assert "Mai Member asks for your decision" in found[0]
    await head.press("✔️ Approve")
    assert "approved" in mai.said  # the answer does not wait
    head.news()
    await world.go(MONDAY.replace(day=10, hour=9))
    assert head.news() == []


async def test_what_is_due_before_the_next_agenda_does_not_wait_for_it(cast: Cast) -> None:
    _, head, mai, _ = cast
    await give(head, mai, "mai", "7/12/2026 17:00", "Write the report")
    await mai.say("/extend UA-001 9/12/2026; figures")
    assert "Mai Member asks for your decision" in head.said
    await mai.say("/done UA-001")
    assert "has submitted UA-001" in head.said


async def test_the_last_step_new_work_returned_work_and_urging_come_at_once(cast: Cast) -> None:
    world, head, mai, _ = cast
    await head.say("/assign mai; 8/12/2026 17:00; Write the report; Report")
    await head.press("✔️")
    assert "New task" in mai.said
    await mai.press("👀")
    await head.say("/urge UA-001")
    assert "urges you" in mai.said
    await world.go(TUESDAY)
    mai.news()
    await world.go(TUESDAY.replace(hour=15, minute=0))
    assert len(last := mai.news()) == 1
    assert last[0].startswith("🔔 Reminder")
    await mai.say("/done UA-001")
    await head.say("/return UA-001 page two is missing")
    assert "was sent back" in mai.said


async def test_the_chosen_hour_moves_the_agenda_and_the_reminders(cast: Cast) -> None:
    world, head, mai, _ = cast
    await give(head, mai, "mai", "8/12/2026 17:00", "Work of today")
    assert "Morning agenda: 08:30" in await mai.say("/settings")
    assert "⏰ 07:30" not in mai.labels()  # before the working day begins
    await mai.press("13:30")
    assert "Morning agenda: 13:30" in mai.said
    assert "Morning agenda: 14:15" in await mai.say("/settings 14:15")
    await world.go(MONDAY.replace(hour=17))
    assert sum("Coming up" in text for text in mai.news()) == 1  # the hour of that day had not come yet
    await world.go(TUESDAY.replace(hour=14, minute=0))
    assert mai.news() == []
    await world.go(TUESDAY.replace(hour=14, minute=15))
    assert "Work of today" in mai.said


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/settings 7:30", "07:30 is outside your working hours (08:00–12:00, 13:30–17:30)"),
        ("/settings 12:30", "12:30 is outside your working hours"),
        ("/settings 17:30", "17:30 is outside your working hours"),
        ("/settings 25:00", "I did not understand the hour"),
        ("/settings 8 in the morning", "I did not understand the hour"),
    ],
)
async def test_an_hour_that_cannot_be_is_refused_and_the_old_one_stays(cast: Cast, text: str, answer: str) -> None:
    _, _, mai, _ = cast
    assert answer in await mai.say(text)
    assert "Morning agenda: 08:30" in await mai.say("/settings")


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "Pacific/Auckland", "America/New_York", "Asia/Tokyo"])
async def test_whoever_changes_the_zone_gets_one_agenda_for_each_day(cast: Cast, zone: str) -> None:
    world, head, mai, _ = cast
    for day in (8, 9, 10, 11):
        await give(head, mai, "mai", f"{day}/12/2026 17:00", f"Work of {day}")
    await world.go(TUESDAY)
    assert sum(text.startswith("🔔 Tue 8 Dec") for text in mai.news()) == 1
    await mai.say(f"/settings {zone}")
    await world.go(MONDAY.replace(day=12, hour=12))
    came = [text.split(":")[0] for text in mai.news() if text.startswith("🔔 ") and "Reminder" not in text]
    assert sorted(set(came)) == sorted(came)
    assert {"🔔 Wed 9 Dec", "🔔 Thu 10 Dec"} <= set(came)
    assert "🔔 Tue 8 Dec" not in came


async def test_an_hour_that_has_just_passed_in_the_new_zone_is_made_up_for_at_once(cast: Cast) -> None:
    world, head, mai, _ = cast
    await give(head, mai, "mai", "8/12/2026 17:00", "Work of today")
    await world.go(TUESDAY.replace(hour=8, minute=0))
    mai.news()
    await mai.say("/settings Asia/Tokyo")  # ten o'clock there
    assert sum(text.startswith("🔔 Tue 8 Dec") for text in mai.news()) == 1
    await world.go(TUESDAY.replace(hour=12))
    assert sum(text.startswith("🔔 Tue 8 Dec") for text in mai.news()) == 0


async def test_a_day_off_has_no_agenda_and_what_came_meanwhile_stands_in_the_next(cast: Cast) -> None:
    world, head, mai, _ = cast
    await give(head, mai, "mai", "31/12/2026 17:00", "Write the report")
    await world.go(MONDAY.replace(day=11, hour=17))
    await mai.say("/done UA-001 early")
    await world.go(MONDAY.replace(day=14, hour=8, minute=15))
    assert head.news() == []
    await world.go(MONDAY.replace(day=14, hour=8, minute=30))
    assert "early" in "".join(head.news())


async def test_whoever_is_away_gets_no_agenda_and_the_substitute_hears_the_steps_in_theirs(cast: Cast) -> None:
    world, head, mai, nam = cast
    await give(head, mai, "mai", "9/12/2026 17:00", "Work of Mai")
    await give(head, nam, "nam", "8/12/2026 17:00", "Work of Nam")
    await mai.say("/away 11/12/2026 nam")
    mai.news(), nam.news()
    await world.go(TUESDAY)
    assert mai.news() == []
    assert len(heard := nam.news()) == 1
    assert "For Mai Member, who is away" in heard[0]
    assert "Work of Mai" in heard[0]
    assert "Work of Nam" in heard[0]


async def test_whoever_is_back_gets_the_agenda_of_that_day(cast: Cast) -> None:
    world, head, mai, _ = cast
    await give(head, mai, "mai", "8/12/2026 17:00", "Work of today")
    await mai.say("/away 11/12/2026 nam")
    await world.go(TUESDAY.replace(hour=10, minute=0))
    mai.news()
    await mai.say("/back")
    assert sum(text.startswith("🔔 Tue 8 Dec: 1 due today") for text in mai.news()) == 1


async def test_what_is_no_longer_true_in_the_morning_is_not_said(cast: Cast) -> None:
    world, head, mai, _ = cast
    await give(head, mai, "mai", "18/12/2026 17:00", "Write the report")
    await mai.say("/done UA-001")
    await mai.say("/withdraw UA-001")
    await world.go(TUESDAY)
    assert head.news() == []


async def test_an_agenda_that_was_late_says_so_and_does_not_meet_the_next_one(cast: Cast) -> None:
    world, head, mai, _ = cast
    await give(head, mai, "mai", "9/12/2026 17:00", "Write the report")
    world.clock.now = TUESDAY.replace(hour=16).astimezone(UTC)  # the bot was down all day
    await world.app.ticks.plan()
    world.clock.now = MONDAY.replace(day=9, hour=8, minute=0).astimezone(UTC)  # and could not send
    await world.settle()
    await world.go(MONDAY.replace(day=9, hour=12))
    found = [text for text in mai.news() if "Dec:" in text]
    assert len(found) == 1
    assert "Later than planned" in found[0]
    assert "Write the report" in found[0]
    member = await world.member("Mai Member")
    assert member.agenda_on == date(2026, 12, 9)


async def test_two_that_wait_become_one(cast: Cast) -> None:
    world, head, mai, nam = cast
    await give(head, mai, "mai", "9/12/2026 17:00", "Write the report")
    await give(head, nam, "nam", "31/12/2026 17:00", "Other work")
    world.clock.now = TUESDAY.astimezone(UTC)
    await world.app.ticks.plan()  # and nothing can be sent for a day
    world.clock.now = MONDAY.replace(day=9, hour=8, minute=30).astimezone(UTC)
    await world.app.ticks.plan()
    await world.settle()
    found = [text for text in mai.news() if "Dec:" in text]
    assert len(found) == 1
    assert found[0].startswith("⏳")
    assert "Due today" in found[0]


async def test_letters_of_a_day_are_counted_without_names(cast: Cast) -> None:
    world, head, mai, _ = cast
    await give(head, mai, "mai", "8/12/2026 17:00", "Work of today")
    since = MONDAY.astimezone(UTC) - timedelta(hours=3)
    counted = await world.app.store.read(lambda c: outbox.per_member(c, since, since + timedelta(days=1)))
    assert counted == (1, 1, 1)
    await world.go(TUESDAY)
    seen = await world.app.store.read(lambda c: burden.count(c, world.app.office, world.clock()))
    assert seen == {
        "last_working_day": {"people": 1, "mean": 1.0, "most": 1},
        "today": {"people": 1, "mean": 1.0, "most": 1},
    }
