"""Work that comes back: arranged once, given out each time, exactly once, and stopped when nobody is left to do it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot import planning
from storage import members, tasks, units
from storage.records import Role, Task
from storage.tables import history
from tests.support.world import HANOI, Person, World, restart

Cast = tuple[World, Person, Person]
LINE = "/recurring mai; every Friday; Weekly report; Report"


@pytest.fixture
async def cast(world: World) -> Cast:
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Mai Member, Unit A, member, en",
        "Nam Neighbour, Unit A, member, en",
        "Binh Boss, Unit B, head, en",
        "Lan Leader, Board, leader, en",
    )
    head, mai = [await world.join(name) for name in ("Hoa Head", "Mai Member")]
    return world, head, mai


async def stored(world: World) -> list[Task]:
    unit = await world.unit("Unit A")
    return list(await world.app.store.read(lambda c: tasks.open_in(c, [unit])))


async def codes(world: World) -> list[str]:
    return [task.code for task in await stored(world)]


async def told(world: World, action: str) -> list[dict]:
    """What the history keeps about an action."""
    query = select(history.c.details).where(history.c.action == action).order_by(history.c.position)
    return list(await world.app.store.read(lambda c: c.execute(query).scalars().all()))


def hanoi(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=HANOI)


async def begin(head: Person, line: str = LINE) -> None:
    await head.say(line)
    await head.press("✔️ Confirm")


async def test_one_line_shows_the_next_three_dates_and_stores_only_after_the_tick(cast: Cast) -> None:
    world, head, _ = cast
    await head.say(LINE)
    assert "🔁 every Friday" in head.said
    for day in ("Friday 11 December 2026, 17:00", "Friday 18 December 2026", "Friday 25 December 2026"):
        assert day in head.said
    assert await told(world, "recur_begin") == []
    await head.press("✔️ Confirm")
    assert "No. 1: a task for Mai Member every Friday" in head.said
    assert [one["rule"] for one in await told(world, "recur_begin")] == ["week:5"]


@pytest.mark.only("sqlite", "a month of quarters of an hour: minutes on PostgreSQL")
async def test_a_month_brings_exactly_the_expected_tasks_with_the_expected_codes(cast: Cast) -> None:
    world, head, mai = cast
    await begin(head)
    assert await codes(world) == []  # it is given three working days before
    await world.go(hanoi(12, 8, 8))
    assert await codes(world) == ["UAR1-261211"]
    assert "🆕 New task from Hoa Head" in mai.said
    assert "🔁 Repeats: every Friday" in mai.said
    await world.go(datetime(2027, 1, 7, 9, tzinfo=HANOI))
    found = await stored(world)
    assert [task.code for task in found] == [f"UAR1-{day}" for day in (261211, 261218, 261225, 270101, 270108)]
    due = [task.due_at.astimezone(HANOI).date() for task in found]
    # New Year's Day is a day off: that report is due the working day before
    assert due == [date(2026, 12, 11), date(2026, 12, 18), date(2026, 12, 25), date(2026, 12, 31), date(2027, 1, 8)]
    assert {(task.owner_id, task.title, task.product) for task in found} == {(2, "Weekly report", "Report")}
    assert len(await told(world, "recur")) == 5


async def test_every_working_day_has_its_task_in_the_morning_and_days_off_have_none(cast: Cast) -> None:
    world, head, mai = cast
    await begin(head, "/recurring mai; every working day at 16:00; Post; Register")
    assert await codes(world) == ["UAR1-261207"]  # today, there are hours left
    await world.go(hanoi(12, 8, 7))
    assert len(await codes(world)) == 1
    await world.go(hanoi(12, 14, 12))
    assert await codes(world) == [f"UAR1-2612{day:02d}" for day in (7, 8, 9, 10, 11, 14)]
    assert {task.due_at.astimezone(HANOI).hour for task in await stored(world)} == {16}
    assert sum("New task" in one for one in mai.texts) == 6


async def test_a_restart_and_a_second_planner_give_nothing_out_twice(cast: Cast, tmp_path: Path) -> None:
    world, head, mai = cast
    await begin(head)
    world.clock.now = hanoi(12, 8, 8).astimezone(world.clock.now.tzinfo)
    office, now = world.app.office, world.clock()
    for _ in range(2):
        await world.app.store.write(lambda c: planning.recur(c, office, now))
    await restart(world, tmp_path)
    await world.app.store.write(lambda c: c.execute(text("UPDATE recurrences SET next_on = '2026-12-11'")))
    await world.app.store.write(lambda c: c.execute(text("UPDATE recurrences SET check_at = created_at")))
    await world.settle()  # even a planner that is told to do it again
    assert await codes(world) == ["UAR1-261211"]
    assert sum("New task" in one for one in mai.texts) == 1


async def test_after_two_weeks_of_downtime_one_task_is_given_out_and_the_skipped_ones_are_told(cast: Cast) -> None:
    world, head, mai = cast
    await begin(head, "/recurring mai; every working day; Post; Register")
    head.news(), mai.news()
    world.clock.now = hanoi(12, 22, 10).astimezone(world.clock.now.tzinfo)
    await world.settle()
    assert await codes(world) == ["UAR1-261207", "UAR1-261222"]
    letters = [one for one in head.news() if "was left out" in one]
    assert len(letters) == 1
    assert "10 times (Tue 8 Dec 2026 – Mon 21 Dec 2026)" in letters[0]
    assert [one["number"] for one in await told(world, "recur_skipped")] == [10]
    assert sum("New task" in one for one in mai.news()) == 1


async def test_the_head_ends_it_by_button_or_command_and_what_is_open_stays(cast: Cast) -> None:
    world, head, _ = cast
    await begin(head)
    await begin(head, "/recurring nam; last working day of the month; Accounts; Table")
    await world.go(hanoi(12, 8, 8))
    await head.say("/recurring")
    assert "2 recurring tasks" in head.said
    assert head.labels() == ["✖️ 1", "✖️ 2", "➕ New"]
    message = head.last
    await head.press("✖️ 1")
    assert head.last["message_id"] == message["message_id"]  # in place
    assert "No. 1 has ended" in head.said
    assert head.labels() == ["✖️ 2", "➕ New"]
    assert "has ended already" in await head.say("/recurring end 1")
    await head.say("/recurring end 2")
    assert "There are no recurring tasks" in head.said
    await world.go(hanoi(12, 31, 12))
    assert await codes(world) == ["UAR1-261211"]
    assert "Repeats" not in await head.say("/task UAR1-261211")
    assert [one["recurrence"] for one in await told(world, "recur_end")] == [1, 2]


async def test_when_the_owner_has_left_it_stops_and_whoever_arranged_it_is_told_once(cast: Cast) -> None:
    world, head, _ = cast
    await begin(head)
    now = world.clock()
    await world.app.store.write(lambda c: members.change(c, 2, left_at=now))
    await world.go(hanoi(12, 18, 12))
    assert await codes(world) == []
    letters = [one for one in head.texts if "has ended" in one]
    assert len(letters) == 1
    assert "because Mai Member has left: Weekly report" in letters[0]


@pytest.mark.parametrize(("change", "why"), [("moved", "no longer belongs to Unit A"), ("closed", "Unit A is closed")])
async def test_when_the_unit_has_ended_or_the_owner_moved_it_stops(cast: Cast, change: str, why: str) -> None:
    world, head, mai = cast
    await begin(head)
    here, there, now = await world.unit("Unit A"), await world.unit("Unit B"), world.clock()
    if change == "moved":
        await world.app.store.write(lambda c: members.change(c, 2, unit_id=there))
    else:
        await world.app.store.write(lambda c: units.close(c, here, now))
    mai.news()
    await world.go(hanoi(12, 18, 12))
    assert sum(why in one for one in head.texts) == 1
    assert mai.news() == []


async def test_whoever_may_no_longer_assign_there_does_not_judge_what_comes_back(cast: Cast) -> None:
    world, head, mai = cast
    await begin(head)
    unit = await world.unit("Unit A")
    await world.app.store.write(lambda c: members.revoke(c, 1, Role.HEAD, unit))
    await world.app.store.write(lambda c: members.grant(c, 3, Role.HEAD, unit))
    nam = await world.join("Nam Neighbour")
    await world.go(hanoi(12, 8, 8))
    assert [task.assigner_id for task in await stored(world)] == [None]
    head.news()
    await mai.say("/done UAR1-261211")
    await world.morning(nam)
    assert "UAR1-261211" in nam.said
    assert "has submitted" in nam.said
    assert head.news() == []


async def test_nobody_else_sees_begins_or_ends_it(cast: Cast) -> None:
    world, head, mai = cast
    await begin(head)
    boss = await world.join("Binh Boss")
    for person in (boss, mai):
        person.news()
        for line in ("/recurring", "/recurring end 1", "/recurring end 99", LINE, "/recurring new"):
            await person.say(line)
        await person.forge("1:recend:1")
        assert "Weekly report" not in " ".join(person.news())
    unknown = [(await boss.say(f"/recurring end {number}")).replace(str(number), "N") for number in (1, 99)]
    assert unknown[0] == unknown[1]  # a hidden one and one that does not exist
    assert len(await told(world, "recur_begin")) == 1
    assert await told(world, "recur_end") == []


async def test_the_dialogue_asks_for_person_rule_title_and_product_and_survives_a_restart(
    cast: Cast, tmp_path: Path
) -> None:
    world, head, _ = cast
    await head.say("/recurring")
    await head.press("➕ New")
    assert "Who is to do it each time?" in head.said
    await head.press("Mai Member")
    assert "How often is Mai Member to do it?" in head.said
    assert "I did not understand “now and then”" in await head.say("now and then")
    await restart(world, tmp_path)
    await head.press("last working day of every month")
    await head.say("Close the books")
    await head.say("Table")
    assert "Thursday 31 December 2026, 17:00" in head.said
    assert "Friday 29 January 2027, 17:00" in head.said  # the 31st is a Sunday
    old = head.last
    await head.press("✔️ Confirm")
    assert "No. 1" in head.said
    await head.forge("1:rec:aaaaaaaa:ok", old["message_id"])
    assert len(await told(world, "recur_begin")) == 1


async def test_the_same_is_not_arranged_twice(cast: Cast) -> None:
    world, head, _ = cast
    await begin(head)
    await head.say("/recurring Mai; each friday; weekly REPORT; Something")
    await head.press("✔️ Confirm")
    assert "recurs already, as no. 1" in head.toast
    assert len(await told(world, "recur_begin")) == 1


async def test_the_codes_of_other_tasks_go_on_in_the_series_of_the_unit(cast: Cast) -> None:
    world, head, _ = cast
    await begin(head, "/recurring mai; every working day; Post; Register")
    await world.go(hanoi(12, 9))
    await head.say("/assign mai; 16/12/2026; Something else; Report")
    await head.press("✔️")
    assert (await codes(world))[-1] == "UA-001"


async def test_a_day_off_that_is_decided_later_moves_the_deadline_before_it(cast: Cast) -> None:
    world, head, _ = cast
    await begin(head, "/recurring mai; every month on the 25th; Statistics; Table")
    leader = await world.join("Lan Leader")
    member = await world.member("Lan Leader")
    await world.app.store.write(lambda c: members.grant(c, member.id, Role.ADMINISTRATOR, None))
    for day in (18, 21, 22, 23, 24, 25):  # the planner would have looked on the 18th
        await leader.say(f"/calendar off {day}/12/2026 Storm; Order 5")
    await world.go(hanoi(12, 10))
    found = await stored(world)
    assert [(task.code, task.due_at.astimezone(HANOI).day) for task in found] == [("UAR1-261225", 17)]


async def test_vietnamese_and_polish_heads_arrange_it_in_their_own_words(world: World) -> None:
    await world.staff(
        "Hoa Head, Unit A, head, vi",
        "Mai Member, Unit A, member, vi",
        "Ewa Head, Unit B, head, pl",
        "Jan Member, Unit B, member, pl",
    )
    head, mai, ewa = [await world.join(name) for name in ("Hoa Head", "Mai Member", "Ewa Head")]
    await head.say("/dinhky mai; thứ sáu hằng tuần; Báo cáo tuần; Báo cáo")
    assert "🔁 thứ sáu hằng tuần" in head.said
    assert "Thứ Sáu, 11/12/2026, 17:00" in head.said
    await head.press("✔️")
    await ewa.say("/cykliczne jan; co środę; Raport; Sprawozdanie")
    assert "🔁 co środę" in ewa.said
    await ewa.press("✔️")
    await world.go(hanoi(12, 8, 9))
    assert "🔁 Định kỳ: thứ sáu hằng tuần" in mai.said
    await ewa.say("/cykliczne")
    assert "1 zadanie cykliczne" in ewa.said
    await ewa.say("/cykliczne koniec 2")
    assert "Zakończono nr 2" in ewa.said
    await head.say("/dinhky dung 1")
    assert "Đã kết thúc số 1" in head.said
