"""Away with a substitute: reminders are redirected, nothing is counted as silence, nobody accepts their own work."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from bot.actions import summaries
from storage import evidence, history, requests, tasks
from storage.records import State
from tests.support.world import MONDAY, Person, World, restart

Cast = tuple[World, Person, Person, Person]


@pytest.fixture
async def cast(world: World) -> Cast:
    """A head, an owner with a task for Wednesday week, and a colleague."""
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Mai Member, Unit A, member, en",
        "Nam Neighbour, Unit A, member, en",
        "Lan Leader, Board, leader, en",
        "Binh Boss, Unit B, head, en",
    )
    head, mai, nam = [await world.join(name) for name in ("Hoa Head", "Mai Member", "Nam Neighbour")]
    await head.say("/assign mai; 16/12/2026 17:00; Write the report; Report")
    await head.press("✔️")
    mai.news(), nam.news(), head.news()
    return world, head, mai, nam


async def task(world: World, task_id: int = 1):
    return await world.app.store.read(lambda c: tasks.get(c, task_id))


def reminders(person: Person) -> list[str]:
    return [text for text in person.news() if text.startswith("🔔")]


async def test_a_reminder_due_while_away_reaches_the_substitute_once_and_the_owner_not_at_all(cast: Cast) -> None:
    world, _, mai, nam = cast
    await mai.say("/received UA-001")
    await mai.say("/away 14/12/2026 nam")
    mai.news(), nam.news()
    await world.go(MONDAY.replace(day=11, hour=12))  # three working days before
    assert reminders(mai) == []
    heard = reminders(nam)
    assert len(heard) == 1
    assert "For Mai Member, who is away until Mon 14 Dec" in heard[0]
    assert "Mai Member is away until Mon 14 Dec; substitute: Nam Neighbour" in heard[0]
    await world.go(MONDAY.replace(day=16, hour=9))  # back since Tuesday: one day before, and the due morning
    assert len(reminders(mai)) == 2
    assert reminders(nam) == []


async def test_the_substitute_and_the_head_are_told_and_told_again_when_it_ends(cast: Cast) -> None:
    world, head, mai, nam = cast
    assert "You are away until Mon 14 Dec" in await mai.say("/away until 14/12/2026; nam")
    assert "you stand in" in nam.said
    assert "1 open task" in nam.said
    await world.morning(head)
    assert "Mai Member is away until Mon 14 Dec" in head.said
    await mai.press("↩️ I am back")
    assert "Welcome back" in mai.said
    assert "You no longer stand in for Mai Member" in nam.said
    assert "You are not away" in await mai.say("/back")


async def test_the_owner_who_comes_back_early_hears_what_was_waiting_for_the_substitute(cast: Cast) -> None:
    world, head, mai, nam = cast
    await mai.say("/received UA-001")
    await head.say("/assign mai; 9/12/2026 18:30; Second; Report")
    await head.press("✔️")
    await mai.say("/received UA-002")
    await mai.say("/away 14/12/2026 nam")
    await world.go(MONDAY.replace(day=8, hour=8))
    mai.news(), nam.news()
    # The reminder of half past eight is planned, and waits because nothing can be sent.
    world.clock.now = MONDAY.replace(day=8, hour=8, minute=30).astimezone(UTC)
    await world.app.ticks.plan()
    await mai.say("/back")
    await world.morning(mai)
    heard = reminders(mai)
    assert len(heard) == 1
    assert "UA-002" in heard[0]
    assert reminders(nam) == []


async def test_what_waits_for_the_owner_in_the_evening_goes_to_the_substitute(cast: Cast) -> None:
    world, _, mai, nam = cast
    await mai.say("/received UA-001")
    await world.go(MONDAY.replace(day=11, hour=8))
    world.clock.now = MONDAY.replace(day=11, hour=8, minute=30).astimezone(UTC)
    await world.app.ticks.plan()
    mai.news(), nam.news()
    await mai.say("/away 14/12/2026 nam")
    await world.go(MONDAY.replace(day=11, hour=17))
    assert reminders(mai) + reminders(nam) == []
    await world.go(MONDAY.replace(day=14, hour=17))
    assert reminders(mai) == []
    heard = reminders(nam)
    assert len(heard) == 1
    assert "For Mai Member, who is away until Mon 14 Dec" in heard[0]


async def test_when_the_substitute_is_away_too_the_head_hears_it(cast: Cast) -> None:
    world, head, mai, nam = cast
    await world.join("Lan Leader")
    await mai.say("/received UA-001")
    await mai.say("/away 18/12/2026 nam")
    await nam.say("/away 15/12/2026 hoa")
    head.news(), nam.news()
    await world.go(MONDAY.replace(day=11, hour=12))
    assert reminders(mai) + reminders(nam) == []
    heard = [text for text in reminders(head) if "UA-001" in text]
    assert len(heard) == 1
    assert "For Mai Member, who is away" in heard[0]
    assert "cannot reach" not in heard[0]


async def test_nobody_who_is_away_is_asked_for_receipt_and_the_hours_begin_anew_afterwards(cast: Cast) -> None:
    world, head, mai, nam = cast
    await mai.say("/away 15/12/2026 nam")
    mai.news(), nam.news(), head.news()
    await world.go(MONDAY.replace(day=15, hour=17))
    everything = "".join(mai.news() + nam.news() + head.news())
    assert "confirm receipt" not in everything
    assert "Not received" not in everything
    await world.go(MONDAY.replace(day=16, hour=16))
    assert "confirm receipt" not in "".join(mai.news())
    await world.go(MONDAY.replace(day=17, hour=8, minute=30))  # eight working hours after Wednesday morning
    assert "Overdue" in mai.said  # by now the deadline says more; what is asked for is a button
    assert any("👀" in label for label in mai.labels())


async def test_a_question_for_receipt_that_waits_is_dropped_when_the_owner_goes_away(cast: Cast) -> None:
    world, _, mai, nam = cast
    await world.go(MONDAY.replace(day=8, hour=9, minute=45))
    world.clock.now = MONDAY.replace(day=8, hour=10).astimezone(UTC)
    await world.app.ticks.plan()
    mai.news()
    await mai.say("/away 9/12/2026 nam")
    assert "confirm receipt" not in "".join(mai.news() + nam.news())
    await world.go(MONDAY.replace(day=11, hour=9))
    assert sum("confirm receipt" in text for text in mai.news()) == 1


async def test_the_substitute_reports_and_submits_and_cannot_accept_even_as_head(cast: Cast) -> None:
    world, head, mai, _ = cast
    leader = await world.join("Lan Leader")
    await mai.say("/away 18/12/2026 hoa")
    assert "UA-001" in await head.say("/tasks")
    assert "Mai Member" in head.said
    await head.say("/progress UA-001 60 going well")
    await head.say("/done UA-001")
    assert "must be accepted by somebody else" in await head.say("/accept UA-001")
    assert (await task(world)).state is State.SUBMITTED
    await mai.say("/back")
    assert "must be accepted by somebody else" in await head.say("/accept UA-001")  # the submitter, also afterwards
    assert "Only the assigner" in await head.say("/return UA-001 no")
    await world.morning(leader)
    assert any("has submitted UA-001" in text for text in leader.texts)
    await leader.say("/accept UA-001")
    assert (await task(world)).state is State.COMPLETED
    mai_id, head_id = (await world.member("Mai Member")).id, (await world.member("Hoa Head")).id
    entry = (await world.app.store.read(lambda c: history.of_task(c, 1, ("submit",), 1)))[0]
    assert (entry.actor_id, entry.details["for"]) == (head_id, mai_id)


async def test_a_substitute_asks_for_more_time_and_decides_on_nothing(cast: Cast) -> None:
    world, head, mai, _ = cast
    leader = await world.join("Lan Leader")
    await mai.say("/away 18/12/2026 hoa")
    await head.say("/extend UA-001 21/12/2026; Mai is ill")
    await world.morning(leader)
    assert "Waiting for your decision" in leader.said
    assert "No. 1 · Extension · UA-001 · Hoa Head" in leader.said
    assert "Somebody else decides" in await head.say("/approve 1")
    await leader.say("/approve 1")
    assert (await task(world)).due_at.day == 21
    assert "Only the owner" in await head.say("/handover UA-001 nam; x")


async def test_news_goes_to_the_owner_and_to_the_substitute(cast: Cast) -> None:
    _, head, mai, nam = cast
    await mai.say("/away 18/12/2026 nam")
    mai.news(), nam.news()
    await head.say("/assign mai; 21/12/2026; Another one; Report")
    await head.press("✔️")
    assert any("New task" in text for text in mai.news())
    told = [text for text in nam.news() if "New task" in text]
    assert len(told) == 1
    assert told[0].startswith("🏖️ For Mai Member, who is away until Fri 18 Dec")
    await head.say("/urge UA-001")
    assert "urges you" in "".join(mai.news())
    assert "urges you" in "".join(nam.news())


async def test_the_rights_end_with_the_absence(cast: Cast) -> None:
    world, _, mai, nam = cast
    assert "no task with that code" in await nam.say("/task UA-001")
    await mai.say("/away 8/12/2026 nam")
    await nam.say("/received UA-001")
    assert (await task(world)).state is State.RECEIVED
    await world.go(MONDAY.replace(day=9, hour=9))
    assert "no task with that code" in await nam.say("/progress UA-001 90")
    assert (await task(world)).percent == 0
    assert "no open tasks" in await nam.say("/tasks")


async def test_the_dialogue_of_buttons_and_words_survives_a_restart(cast: Cast, tmp_path: Path) -> None:
    world, _, mai, nam = cast
    await mai.say("/start")
    await mai.press("🏖️ Away")
    assert "Until which day" in mai.said
    await mai.press("Fri 11 Dec")
    assert "Who stands in for you?" in mai.said
    await restart(world, tmp_path)
    await mai.press("Nam Neighbour")
    assert "You are away until Fri 11 Dec" in mai.said
    assert "you stand in" in nam.said
    await restart(world, tmp_path)
    await nam.say("/received UA-001")
    assert (await task(world)).state is State.RECEIVED
    assert "You are away until Fri 11 Dec" in await mai.say("/away")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/away 14/12/2026 mai", "Nobody matches"),
        ("/away 14/12/2026 lan", "cannot reach Lan Leader"),  # has not joined
        ("/away 14/12/2026 zoe", "Nobody matches"),
        ("/away 1/12/2026 nam", "is no date, or it has passed"),
        ("/away some day nam", "is no date, or it has passed"),
        ("/away 31/2/2026 nam", "is no date, or it has passed"),
    ],
)
async def test_what_makes_no_sense_is_refused(cast: Cast, text: str, answer: str) -> None:
    assert answer in await cast[2].say(text)


async def test_two_people_who_are_away_do_not_stand_in_for_each_other_all_the_time(cast: Cast) -> None:
    _, _, mai, nam = cast
    await mai.say("/away 14/12/2026 nam")
    assert "is away for all of that time too" in await nam.say("/away 11/12/2026 mai")


async def test_a_new_absence_replaces_the_old_one(cast: Cast) -> None:
    world, head, mai, nam = cast
    await mai.say("/away 14/12/2026 nam")
    await mai.say("/away 18/12/2026 hoa")
    assert "You no longer stand in" in nam.said
    assert "no task with that code" in await nam.say("/task UA-001")
    assert "until Fri 18 Dec" in await mai.say("/away")
    assert "you stand in" in "".join(head.news())
    await world.go(MONDAY.replace(day=11, hour=12))
    assert reminders(nam) == []


async def test_whoever_is_away_is_not_listed_as_unreachable(cast: Cast) -> None:
    world, head, mai, _ = cast
    await mai.say("/away 14/12/2026 nam")
    world.server.block(mai.account)
    head.news()
    await head.say("/urge UA-001")  # the letter finds out that the owner blocked the bot
    head.news()
    await world.go(MONDAY.replace(day=9, hour=12))
    assert "cannot reach" not in "".join(head.news())
    assert "Not reachable" not in await head.say("/team")
    assert "🏖️ Mai Member" in head.said


async def test_the_head_of_another_unit_gets_nothing_from_an_absence(cast: Cast) -> None:
    world, _, mai, _ = cast
    boss = await world.join("Binh Boss")
    await mai.say("/away 14/12/2026 nam")
    await world.go(MONDAY.replace(day=11, hour=12))
    assert "Mai Member" not in "".join(boss.texts)
    assert "no task" in await boss.say("/done UA-001")
    assert not await world.app.store.read(requests.waiting)


async def test_a_day_that_means_two_things_is_asked_back_and_the_name_is_kept(cast: Cast) -> None:
    _, _, mai, nam = cast
    assert "Which is the last one away?" in await mai.say("/away 2 tháng sau; nam")
    assert "stand in" not in nam.said
    await mai.press("2 Jan")
    assert "You are away until" in mai.said
    assert "you stand in" in nam.said


async def test_a_substitute_adds_evidence_and_does_not_speak_for_the_owner(cast: Cast) -> None:
    world, _, mai, nam = cast
    await mai.say("/away thứ sáu tuần sau; nam")
    await nam.say("/evidence UA-001 https://docs.example.com/a")
    assert await world.app.store.read(lambda c: len(evidence.of_tasks(c, [1])[1])) == 1
    assert "Nam Neighbour (for Mai Member)" in await nam.say("/history UA-001")
    for text in ("/decline UA-001 x", "/snooze UA-001", "/handover UA-001 hoa; x"):
        assert "Only the owner" in await nam.say(text)
    await world.go(MONDAY.replace(day=17, hour=12))
    for text in ("/explain UA-001 x", "/cause UA-001 x"):
        assert "Only the owner" in await nam.say(text)


async def test_the_escalation_goes_on_past_a_head_who_stands_in_and_the_reason_waits_for_the_owner(cast: Cast) -> None:
    world, head, mai, _ = cast
    leader = await world.join("Lan Leader")
    await mai.say("/received UA-001")
    await mai.say("/away 18/12/2026 hoa")
    head.news(), mai.news(), leader.news()
    await world.go(MONDAY.replace(day=17, hour=12))
    told = "".join(leader.news())
    assert "UA-001" in told
    assert "🔔" in "".join(head.news())
    await world.go(MONDAY.replace(day=18, hour=17))
    assert reminders(mai) == []
    assert "written" not in "".join(head.news())
    before = await world.app.store.read(lambda c: history.of_task(c, 1, ("ask_reason",), 1))
    await world.go(MONDAY.replace(day=21, hour=12))
    after = await world.app.store.read(lambda c: history.of_task(c, 1, ("ask_reason",), 1))
    assert (len(before), len(after)) == (0, 1)


async def test_an_assigner_who_stands_in_releases_nobody_and_leadership_does(cast: Cast) -> None:
    world, head, mai, _ = cast
    leader = await world.join("Lan Leader")
    await mai.say("/away 18/12/2026 hoa")
    await mai.say("/decline UA-001 not my field")
    await world.morning(leader)
    assert "decline" in leader.said.lower()
    assert "Only the assigner" in await head.say("/reassign UA-001 nam; x")
    await leader.say("/reassign UA-001 nam; Nam knows the field")
    assert (await task(world)).owner_id == (await world.member("Nam Neighbour")).id


async def test_whoever_is_away_is_no_unreachable_person_in_the_summary(cast: Cast) -> None:
    world, head, mai, _ = cast
    await mai.say("/away 14/12/2026 nam")
    world.server.block(mai.account)
    await head.say("/urge UA-001")
    figures = await world.app.store.read(
        lambda c: summaries.figures(c, world.app.office, 1, None, MONDAY, world.clock.now)
    )
    assert (await world.member("Mai Member")).unreachable_since is not None
    assert figures.unreachable == 0
