"""More time, obstacles, hand-overs: asked with a reason, decided by somebody else, kept for good."""

from __future__ import annotations

import pytest

from storage import preferences, requests, tasks
from storage.records import State
from tests.support.world import MONDAY, Person, World

Cast = tuple[World, Person, Person, Person]


@pytest.fixture
async def cast(world: World) -> Cast:
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
    return world, head, mai, nam


async def task(world: World):
    return await world.app.store.read(lambda c: tasks.get(c, 1))


async def test_an_extension_is_asked_step_by_step_and_moves_the_deadline_only_when_approved(cast: Cast) -> None:
    world, head, mai, _ = cast
    await mai.press("🕒")
    assert "Until when do you need for UA-001?" in mai.said
    await mai.say("21/12/2026 17:00")
    assert "Why?" in mai.said
    await mai.say("The figures of unit B come on Friday")
    assert "The deadline stays as it is" in mai.said
    assert (await task(world)).due_at.day == 16
    await world.morning(head)
    assert "Mai Member asks for your decision" in head.said
    assert "Wed 16 Dec 2026 17:00 → Mon 21 Dec 2026 17:00" in head.said
    await head.press("✔️ Approve")
    assert "approved by Hoa Head" in head.said
    after = await task(world)
    assert (after.due_at.day, after.original_due_at.day) == (21, 16)
    assert "Your request was approved" in mai.said
    assert "Extended 1 time; original deadline Wed 16 Dec 2026 17:00" in await mai.say("/task UA-001")


async def test_an_approved_extension_plans_the_reminders_anew(cast: Cast) -> None:
    world, head, mai, _ = cast
    await mai.say("/received UA-001")
    await mai.say("/extend UA-001 21/12/2026 17:00; waiting for figures")
    await world.morning(head)
    await head.press("✔️ Approve")
    mai.news()
    await world.go(MONDAY.replace(day=16, hour=16))
    early = [text for text in mai.news() if "Coming up" in text]
    assert len(early) == 1  # three working days before the 21st, nothing of the old ladder
    await world.go(MONDAY.replace(day=21, hour=9))
    assert len([text for text in mai.news() if text.startswith("🔔")]) == 2


async def test_a_refusal_needs_a_reason_which_the_owner_reads_and_the_deadline_stays(cast: Cast) -> None:
    world, head, mai, _ = cast
    await mai.say("/extend UA-001 21/12/2026; too much to do")
    await world.morning(head)
    await head.press("✖️ Refuse")
    assert "Write the reason or instruction for no. 1" in head.said
    await head.say("Unit B has sent the figures already")
    assert "Your request was refused" in mai.said
    assert "Unit B has sent the figures already" in mai.said
    assert (await task(world)).due_at.day == 16
    await mai.say("/extend UA-001 21/12/2026; really too much")
    assert "A refusal needs a reason" in await head.say("/refuse 2")
    await head.say("/refuse 2 no")
    assert (await world.app.store.read(lambda c: requests.get(c, 2))).answer == "no"


async def test_a_second_extension_goes_one_level_up(cast: Cast) -> None:
    world, head, mai, _ = cast
    leader = await world.join("Lan Leader")
    await mai.say("/extend UA-001 18/12/2026; first")
    await world.morning(head)
    await head.press("✔️ Approve")
    await mai.say("/extend UA-001 22/12/2026; second")
    await world.morning(leader)
    assert "Mai Member asks for your decision" in leader.said
    assert "Not the first extension" in leader.said
    assert "Somebody else decides" in await head.say("/approve 2")
    await leader.say("/approve 2")
    assert (await task(world)).due_at.day == 22


async def test_a_late_request_is_marked_and_a_delay_already_incurred_stays(cast: Cast) -> None:
    world, head, mai, _ = cast
    await world.go(MONDAY.replace(day=18, hour=10))
    await mai.say("/extend UA-001 24/12/2026; sorry")
    await world.morning(head)
    assert "Asked less than one working day before" in head.said
    await head.press("✔️ Approve")
    assert "3 working days of delay before the extension stay counted" in await mai.say("/task UA-001")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/extend UA-001 10/12/2026; x", "must be later than the present one"),
        ("/extend UA-001 someday; x", "I did not understand the deadline"),
        ("/extend UA-009 21/12/2026; x", "no task with that code"),
    ],
)
async def test_an_extension_that_makes_no_sense_is_refused(cast: Cast, text: str, answer: str) -> None:
    assert answer in await cast[2].say(text)


async def test_an_extension_in_words_names_weekday_date_hour_and_zone(cast: Cast) -> None:
    world, head, mai, _ = cast
    await mai.say("/extend UA-001 thứ hai tuần sau nữa; waiting for figures")
    shown = "Wed 16 Dec 2026 17:00 → Mon 21 Dec 2026 17:00 (UTC+07:00)"
    assert shown in mai.said
    await world.morning(head)
    assert shown in head.said
    assert (await task(world)).due_at.day == 16


async def test_an_extension_with_two_meanings_is_asked_back_and_the_reason_is_kept(cast: Cast) -> None:
    world, head, mai, _ = cast
    await mai.say("/extend UA-001 21 December at 5; waiting for figures")
    assert "can mean two moments" in mai.said
    assert not await world.app.store.read(requests.waiting)
    await mai.press("Mon 21 Dec 2026 17:00 (UTC+07:00)")
    await world.morning(head)
    assert "Mon 21 Dec 2026 17:00 (UTC+07:00)" in head.said
    assert "waiting for figures" in head.said


async def test_the_dialogue_shows_what_it_understood_before_it_asks_for_the_reason(cast: Cast) -> None:
    _, _, mai, _ = cast
    await mai.press("🕒")
    await mai.say("in 10 working days")
    assert "Until Monday 21 December 2026, 17:00 (Asia/Ho_Chi_Minh, UTC+07:00)" in mai.said
    assert "Why?" in mai.said


async def test_how_early_an_extension_must_be_asked_for_is_a_rule_of_the_unit(cast: Cast) -> None:
    world, head, mai, _ = cast
    await world.app.store.write(lambda c: preferences.put(c, None, "extension_notice", "9"))
    await mai.say("/extend UA-001 21/12/2026; waiting for figures")
    await world.morning(head)
    assert "Asked less than 9 working days before the deadline" in head.said


async def test_one_request_of_a_kind_waits_at_a_time(cast: Cast) -> None:
    _, _, mai, _ = cast
    await mai.say("/extend UA-001 21/12/2026; x")
    assert "waits for an answer already" in await mai.say("/extend UA-001 22/12/2026; y")


async def test_an_obstacle_needs_a_proposal_and_is_decided(cast: Cast) -> None:
    world, head, mai, _ = cast
    await mai.press("⛔")
    await mai.say("The server room has no power")
    assert "What do you propose?" in mai.said
    assert not await world.app.store.read(requests.waiting)  # an obstacle alone is not a report
    await mai.say("Use the rooms of unit B until Friday")
    await world.morning(head)
    assert "Proposed solution: Use the rooms of unit B" in head.said
    await world.go(MONDAY.replace(day=9, hour=10))
    assert "Blocked since" in await mai.say("/task UA-001")
    assert "Waiting for 2 working days" in await head.say("/requests")
    await head.press("⛔ No. 1")
    await head.press("✍️")
    await head.say("Wait for the generator, it comes tomorrow")
    assert "instruction about your obstacle" in mai.said
    assert "Wait for the generator" in mai.said


async def test_a_hand_over_needs_consent_and_approval_and_the_old_owner_stays_until_then(cast: Cast) -> None:
    world, head, mai, nam = cast
    await mai.say("/handover UA-001 nam; I am on a course")
    assert "Mai Member asks you to take over a task" in nam.said
    assert (await task(world)).owner_id == (await world.member("Mai Member")).id
    assert "Hand-over no. 1" not in "".join(head.texts)  # nothing to decide before the consent
    await nam.press("✔️ I take it over")
    await world.morning(head)
    assert "Mai Member asks for your decision" in head.said
    assert (await task(world)).owner_id == (await world.member("Mai Member")).id
    await head.press("✔️ Approve")
    after = await task(world)
    assert after.owner_id == (await world.member("Nam Neighbour")).id
    assert after.state is State.ASSIGNED  # the new owner receives it anew
    assert any("New task" in text for text in nam.texts)
    assert "no task with that code" in await mai.say("/task UA-001")
    assert "Changed hands 1 time" in await nam.say("/task UA-001")


async def test_whoever_is_asked_to_take_over_may_say_no(cast: Cast) -> None:
    world, _, mai, nam = cast
    await mai.say("/handover UA-001 nam; I am on a course")
    await nam.press("✖️ No")
    await nam.say("I have three deadlines this week")
    assert "refused" in mai.said
    assert "three deadlines" in mai.said
    assert (await task(world)).owner_id == (await world.member("Mai Member")).id


async def test_a_task_that_comes_back_is_flagged_and_many_hands_are_told(cast: Cast) -> None:
    world, head, mai, nam = cast
    leader = await world.join("Lan Leader")
    await mai.say("/handover UA-001 nam; x")
    await nam.press("✔️ I take it over")
    await world.morning(head)
    await head.press("✔️ Approve")
    await nam.say("/handover UA-001 mai; back")
    await mai.press("✔️ I take it over")
    await world.morning(head)
    assert "would go back to somebody who handed it over before" in head.said
    await leader.say("/approve 2")
    await world.morning(head)
    assert "UA-001 has changed hands again" in head.said


async def test_nobody_decides_on_their_own_request(cast: Cast) -> None:
    world, head, _, _ = cast
    leader = await world.join("Lan Leader")
    await leader.say("/assign hoa; 16/12/2026; Own work of the head; Report")
    await leader.press("✔️")
    await head.say("/extend UA-002 21/12/2026; x")
    assert "Somebody else decides" in await head.say("/approve 1")
    await world.morning(leader)
    assert "Hoa Head asks for your decision" in leader.said


async def test_people_of_other_units_get_nothing_from_requests(cast: Cast) -> None:
    world, _, mai, nam = cast
    boss = await world.join("Binh Boss")
    await mai.say("/extend UA-001 21/12/2026; secret reason")
    for person in (boss, nam):
        for text in ("/requests", "/approve 1", "/refuse 1 because", "/approve 99"):
            await person.say(text)
        for data in ("1:req:1", "1:yes:1", "1:no:1"):
            await person.forge(data)
        assert "secret reason" not in "".join(person.texts)
    assert (await world.app.store.read(lambda c: requests.get(c, 1))).state.waits


async def test_a_decision_is_made_once(cast: Cast) -> None:
    _, head, mai, _ = cast
    await mai.say("/extend UA-001 21/12/2026; x")
    await head.say("/approve 1")
    assert "answered already" in await head.say("/refuse 1 changed my mind")
    assert sum("Your request was approved" in text for text in mai.texts) == 1


async def test_what_is_submitted_needs_no_answer_any_more(cast: Cast) -> None:
    world, head, mai, _ = cast
    await mai.say("/extend UA-001 21/12/2026; x")
    await mai.say("/done UA-001")
    assert "No request waits" in await head.say("/requests")
    assert "answered already" in await head.say("/approve 1")
    assert (await task(world)).due_at.day == 16


async def test_whoever_handed_over_hears_that_it_was_approved(cast: Cast) -> None:
    world, head, mai, nam = cast
    await mai.say("/handover UA-001 nam; I am on a course")
    await nam.press("✔️ I take it over")
    await world.morning(head)
    await head.press("✔️ Approve")
    assert sum("Your request was approved" in text for text in mai.texts) == 1


async def test_the_new_owner_of_an_overdue_task_is_reminded_from_the_beginning(cast: Cast) -> None:
    world, head, mai, nam = cast
    await mai.say("/received UA-001")
    await world.go(MONDAY.replace(day=22, hour=10))  # some of the overdue reminders have gone to the old owner
    assert sum("Overdue" in text for text in mai.texts) == 3
    await mai.say("/handover UA-001 nam; I am on a course")
    await nam.press("✔️ I take it over")
    await head.say("/approve 1")
    await nam.say("/received UA-001")
    nam.news(), head.news()
    await world.go(MONDAY.replace(month=12, day=31, hour=12))
    assert sum("Overdue" in text for text in nam.news()) == 4  # the question for the reason, and all three reminders
