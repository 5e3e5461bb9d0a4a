"""The history of a task as people read it: who, when, what, old and new, why."""

from __future__ import annotations

import pytest

from storage import audit, history, members, tasks
from tests.support.world import MONDAY, Person, World

Cast = tuple[World, Person, Person]


@pytest.fixture
async def cast(world: World) -> Cast:
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Mai Member, Unit A, member, en",
        "Nam Neighbour, Unit A, member, en",
        "Lan Leader, Board, leader, vi",
        "Piotr Prezes, Board, leader, pl",
        "Binh Boss, Unit B, head, en",
    )
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; 16/12/2026 17:00; Write the report; Report")
    await head.press("✔️")
    return world, head, mai


async def test_owner_and_head_read_what_happened_from_the_beginning(cast: Cast) -> None:
    world, head, mai = cast
    await mai.say("/received UA-001")
    await world.go(MONDAY.replace(day=8))
    await mai.say("/progress UA-001 40 Draft sent to unit B")
    await mai.say("/done UA-001")
    await head.say("/return UA-001 Annex 2 is missing")
    for person in (mai, head):
        story = await person.say("/history UA-001")
        lines = [line.strip() for line in story.splitlines() if line]
        assert lines == [
            "📜 UA-001 Write the report",
            "Mon 7 Dec 2026 10:00 · Hoa Head: assigned the task",
            "owner: Mai Member; deadline: Wed 16 Dec 2026 17:00",
            "Mon 7 Dec 2026 10:00 · Mai Member: confirmed receipt",
            "state: assigned, not yet received → received",
            "Tue 8 Dec 2026 10:00 · Mai Member: reported progress",
            "state: received → in progress; progress: 0 % → 40 %",
            "💬 Draft sent to unit B",
            "Tue 8 Dec 2026 10:00 · Mai Member: submitted as finished",
            "state: in progress → submitted, waiting for confirmation; progress: 40 % → 100 %",
            "Tue 8 Dec 2026 10:00 · Hoa Head: sent back for rework",
            "state: submitted, waiting for confirmation → sent back for rework",
            "💬 Annex 2 is missing",
        ]


async def test_the_button_turns_the_card_into_its_history_and_back(cast: Cast) -> None:
    _, _, mai = cast
    await mai.say("/task UA-001")
    number = len(mai.messages)
    card = mai.said
    await mai.press("⋯")
    await mai.press("📜")
    assert "Hoa Head: assigned the task" in mai.said
    await mai.press("📋 UA-001")
    assert (mai.said, len(mai.messages)) == (card, number)


async def test_a_long_history_has_pages(cast: Cast) -> None:
    world, _, mai = cast
    for percent in range(1, 20):
        await mai.say(f"/progress UA-001 {percent}", settle=False)
    await world.settle()
    first = await mai.say("/lichsu UA-001")
    assert "1–8 of 20" in first
    assert "assigned the task" in first
    await mai.press("Next")
    assert "9–16 of 20" in mai.said
    await mai.press("Next")
    assert "17–20 of 20" in mai.said
    assert "progress: 18 % → 19 %" in mai.said
    assert "Next ▶️" not in mai.labels()
    await mai.press("Previous")
    await mai.press("Previous")
    assert mai.said == first
    for start in ("999", "-5", "9" * 30):
        await mai.forge(f"1:hist:1:{start}")
        assert "of 20" in mai.said


async def test_an_extension_tells_the_old_and_the_new_deadline_and_why(cast: Cast) -> None:
    _, head, mai = cast
    await mai.say("/extend UA-001 21/12/2026 17:00; The figures come late")
    await head.say("/approve 1")
    moved = "deadline: Wed 16 Dec 2026 17:00 → Mon 21 Dec 2026 17:00"
    story = await mai.say("/history UA-001")
    assert story.count(moved) == 2  # asked and approved
    assert "Mai Member: asked: Extension" in story
    assert "💬 The figures come late" in story
    assert "Hoa Head: approved: Extension" in story


async def test_an_obstacle_tells_the_proposal_and_the_instruction(cast: Cast) -> None:
    _, head, mai = cast
    await mai.say("/blocked UA-001 No power; Use the rooms of unit B")
    await head.say("/refuse 1 Wait for the generator")
    story = await head.say("/history UA-001")
    assert "💬 No power · Use the rooms of unit B" in story
    assert "Hoa Head: gave an instruction about the obstacle" in story
    assert "💬 Wait for the generator" in story


async def test_a_hand_over_tells_both_owners_by_name_and_the_old_one_reads_it_no_longer(cast: Cast) -> None:
    world, head, mai = cast
    nam = await world.join("Nam Neighbour")
    await mai.say("/handover UA-001 nam; I am on leave")
    await nam.press("✔️")
    await head.say("/approve 1")
    story = await nam.say("/history UA-001")
    assert story.count("owner: Mai Member → Nam Neighbour") == 2  # asked and done
    assert "Nam Neighbour: agreed to take the task over" in story
    assert "💬 I am on leave" in story
    assert "no task" in await mai.say("/history UA-001")


async def test_reminders_and_people_who_left_are_named(cast: Cast) -> None:
    world, head, mai = cast
    await mai.say("/received UA-001")
    await world.go(MONDAY.replace(day=12))
    await mai.say("/progress UA-001 10")
    gone, now = await world.member("Mai Member"), world.clock()
    await world.app.store.write(lambda c: members.change(c, gone.id, left_at=now))
    story = await head.say("/history UA-001")
    assert "Dondoc: reminded Mai Member" in story
    assert "Mai Member: reported progress" in story


@pytest.mark.parametrize(
    ("who", "command", "said"),
    [
        ("Lan Leader", "/lichsu", "Th 2 07/12/2026 10:00 · Hoa Head: giao nhiệm vụ"),
        ("Lan Leader", "/lichsu", "người thực hiện: Mai Member; thời hạn: Th 4 16/12/2026 17:00"),
        ("Piotr Prezes", "/historia", "Hoa Head: zlecenie zadania"),
        ("Piotr Prezes", "/historia", "stan: przydzielone, jeszcze nieodebrane → odebrane"),
    ],
)
async def test_leaders_read_it_in_their_own_language(cast: Cast, who: str, command: str, said: str) -> None:
    world, _, mai = cast
    await mai.say("/received UA-001")
    leader = await world.join(who)
    assert said in await leader.say(f"{command} UA-001")


async def test_the_zone_of_the_reader_decides_the_hour(cast: Cast) -> None:
    world, head, _ = cast
    boss = await world.member("Hoa Head")
    await world.app.store.write(lambda c: members.change(c, boss.id, zone="Europe/Warsaw"))
    assert "Mon 7 Dec 2026 04:00 · Hoa Head: assigned" in await head.say("/history UA-001")


async def test_without_a_code_the_own_tasks_are_offered(cast: Cast) -> None:
    _, _, mai = cast
    assert "The history of which task?" in await mai.say("/history")
    await mai.press("UA-001")
    assert "Hoa Head: assigned the task" in mai.said


async def test_a_hidden_task_and_one_that_does_not_exist_get_the_same_answer(cast: Cast) -> None:
    world, _, _ = cast
    for name in ("Nam Neighbour", "Binh Boss"):
        person = await world.join(name)
        hidden, unknown = await person.say("/history UA-001"), await person.say("/history UA-999")
        assert hidden == unknown
        assert "no task" in await person.forge("1:hist:1")


async def test_what_was_erased_says_so_and_is_gone_for_good(cast: Cast) -> None:
    world, head, mai = cast
    await mai.say("/progress UA-001 40 Something private")
    entry = (await world.app.store.read(lambda c: history.of_task(c, 1, ("report",), 1)))[0]
    await world.app.store.write(lambda c: history.erase(c, [entry.id]))
    story = await head.say("/history UA-001")
    assert "Mai Member: reported progress" in story
    assert "🗑️ the content was erased" in story
    assert "private" not in story
    report = await world.app.store.read(audit.verify)
    assert (report.erased, report.problem) == (1, None)


async def test_an_action_without_words_of_its_own_is_told_with_its_reason(cast: Cast) -> None:
    world, head, _ = cast
    boss, now = await world.member("Hoa Head"), world.clock()
    details = {"reason": "The road is closed", "from": [1], "kind": {}, "old": {"due_at": "soon"}, "new": {"due_at": 7}}
    await world.app.store.write(
        lambda c: history.append(c, now, "teleport", actor_id=boss.id, task_id=1, details=details)
    )
    story = await head.say("/history UA-001")
    assert "Hoa Head: recorded another change" in story
    assert "💬 The road is closed" in story
    assert "teleport" not in story


async def test_reading_the_history_changes_nothing(cast: Cast) -> None:
    world, head, _ = cast
    before = await world.app.store.read(history.head)
    task = await world.app.store.read(lambda c: tasks.get(c, 1))
    await head.say("/history UA-001")
    await head.press("📋")
    assert await world.app.store.read(history.head) == before
    assert await world.app.store.read(lambda c: tasks.get(c, 1)) == task
