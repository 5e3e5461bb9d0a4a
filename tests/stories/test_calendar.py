"""The working calendar: everybody looks, administrators decide, reminders follow, deadlines stay."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.actions import calendars
from bot.app import App, Wires
from storage import audit, calendar_days, members, tasks, units
from storage.records import Role
from tests.support.world import HANOI, MONDAY, TOKEN, Person, World, settings

Cast = tuple[World, Person, Person, Person]


@pytest.fixture
async def cast(world: World) -> Cast:
    """A head, a member with a task that is due on Wednesday the 16th, and an administrator who sees no tasks."""
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Mai Member, Unit A, member, en",
        "Ada Admin, Unit B, member, en",
    )
    ada = await world.member("Ada Admin")
    await world.app.store.write(lambda c: members.grant(c, ada.id, Role.ADMINISTRATOR, None))
    head, mai, admin = [await world.join(name) for name in ("Hoa Head", "Mai Member", "Ada Admin")]
    await head.say("/assign mai; 16/12/2026 17:00; Secret audit; Report")
    await head.press("✔️")
    await mai.say("/received UA-001")
    return world, head, mai, admin


def reminded(person: Person) -> list[str]:
    """When somebody was reminded of a deadline."""
    found = [one for one in person.messages if "🔔" in one["text"] and "No news for days" not in one["text"]]
    return [datetime.fromtimestamp(one["date"], HANOI).strftime("%d %H:%M") for one in found]


async def test_everybody_sees_the_days_ahead_with_their_names_and_what_is_provisional(cast: Cast) -> None:
    _, _, mai, _ = cast
    said = await mai.say("/calendar")
    assert "Working calendar VN" in said
    assert "Working hours: 08:00–12:00, 13:30–17:30 (Asia/Ho_Chi_Minh)" in said
    assert "🏠🔸 Fri 5 Feb 2027" in said
    assert "/calendar off" not in said
    assert "Corpus Christi" in await mai.say("/calendar pl")
    assert "🔸 T" not in mai.said  # nothing in Poland waits for a yearly arrangement
    assert "Did you mean one of these: PL" in await mai.say("/calendar Poland")
    await mai.say("/settings")
    await mai.press("📅")
    assert "Working calendar VN" in mai.said


async def test_only_an_administrator_of_the_whole_organisation_decides(cast: Cast) -> None:
    world, head, mai, admin = cast
    unit_a = await world.unit("Unit A")
    hoa = await world.member("Hoa Head")
    await world.app.store.write(lambda c: members.grant(c, hoa.id, Role.ADMINISTRATOR, unit_a))
    for person in (head, mai):
        assert "Only an administrator of the whole organisation" in await person.say("/calendar off 15/12/2026 x")
    assert not await world.app.store.read(calendar_days.decided)
    assert "/calendar off" in await admin.say("/calendar")


async def test_a_day_off_moves_the_reminder_but_never_the_deadline_and_names_the_task_by_its_code_only(
    cast: Cast,
) -> None:
    world, _, mai, admin = cast
    said = await admin.say("/calendar off 15/12/2026 Power cut; letter 12/UBND")
    assert "Tue 15 Dec 2026 is a day off in the calendar VN now" in said
    assert "1 open task is touched" in said
    assert "UA-001" in said
    assert "Deadlines stay as they are" in said
    assert "Secret audit" not in said
    task = await world.app.store.read(lambda c: tasks.get(c, 1))
    assert task.due_at == datetime(2026, 12, 16, 17, 0, tzinfo=HANOI)
    assert "🏠✍️ Tue 15 Dec 2026 · Power cut · source: letter 12/UBND" in await mai.say("/calendar")
    await world.go(MONDAY.replace(day=16, hour=18))
    assert reminded(mai) == ["10 08:30", "14 08:30", "16 08:30", "16 15:00"]  # not on the 11th and the 15th


async def test_a_working_saturday_counts_and_letters_go_out_on_it(cast: Cast) -> None:
    world, _, mai, admin = cast
    assert "Sat 12 Dec 2026 is a working day" in await admin.say("/calendar work 12/12/2026")
    await world.go(MONDAY.replace(day=15, hour=18))
    assert reminded(mai) == ["12 08:30", "15 08:30"]


async def test_a_deadline_that_falls_on_a_new_day_off_is_listed_and_stays(cast: Cast) -> None:
    world, _, mai, admin = cast
    assert "UA-001" in await admin.say("/calendar off 16/12/2026 Anniversary")
    assert (await world.app.store.read(lambda c: tasks.get(c, 1))).due_at.day == 16
    await world.go(MONDAY.replace(day=16, hour=23))
    assert not [when for when in reminded(mai) if when.startswith("16")]


async def test_what_was_entered_can_be_taken_back_and_everything_stands_in_the_history(cast: Cast) -> None:
    world, _, mai, admin = cast
    await admin.say("/calendar off 15/12/2026 Power cut; letter 12")
    assert "That day is entered like this already" in await admin.say("/calendar off 15.12.2026 Power cut; letter 12")
    assert "is a working day in the calendar VN now" in await admin.say("/calendar remove 2026-12-15")
    assert "Nothing was entered for that day" in await admin.say("/calendar remove 15/12/2026")
    await world.go(MONDAY.replace(day=15, hour=18))
    assert reminded(mai) == ["11 08:30", "15 08:30"]
    rows = await world.app.store.read(
        lambda c: c.exec_driver_sql(
            "select cast(details as text) from history where action = 'calendar' order by id"
        ).all()
    )
    assert len(rows) == 2
    assert '"note": "Power cut"' in rows[0][0]
    assert (await world.app.store.read(audit.verify)).problem is None


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/calendar off", "Write it like /calendar off 24/12/2026"),
        ("/calendar VN dance 15/12/2026", "Write it like /calendar off 24/12/2026"),
        ("/calendar off 31/2/2027 x", "I did not understand the date “31/2/2027”"),
        ("/calendar XX off 15/12/2026", "There is no calendar of a country “XX”"),
        (f"/calendar off 15/12/2026 {'x' * 201}", "200 characters"),
    ],
)
async def test_a_mistake_is_answered_with_what_to_write(cast: Cast, line: str, answer: str) -> None:
    assert answer in await cast[3].say(line)


@pytest.mark.parametrize(
    "line", ["/calendar nghỉ 15/12/2026", "/calendar wolne 15.12.2026", "/calendar vn OFF 15/12/2026"]
)
async def test_the_verbs_have_names_in_each_language(cast: Cast, line: str) -> None:
    assert "Tue 15 Dec 2026 is a day off" in await cast[3].say(line)


async def test_the_change_of_another_calendar_touches_nobody_here(cast: Cast) -> None:
    world, _, mai, admin = cast
    assert "No open task is touched" in await admin.say("/calendar PL off 15/12/2026 x")
    await world.go(MONDAY.replace(day=15, hour=18))
    assert reminded(mai) == ["11 08:30", "15 08:30"]


async def test_a_change_made_by_another_process_holds_at_once(cast: Cast, tmp_path: Path) -> None:
    world, head, mai, _ = cast
    other = App(settings(tmp_path, world.app.settings.api_url), TOKEN, Wires(clock=world.clock))
    await other.store.write(
        lambda c: calendars.decide(c, other.office, None, "VN", "22/12/2026", world.clock(), working=False)
    )
    other.store.close()
    assert "🏠✍️ Tue 22 Dec 2026" in await mai.say("/calendar")
    assert "That is a day off there" in await head.say("/assign mai; 22/12/2026; Another; Report")


async def test_a_unit_with_other_hours_gets_its_reminders_in_them(cast: Cast) -> None:
    world, head, mai, _ = cast

    def other_hours(connection):
        unit = units.named(connection, "Unit A")
        wanted = {"hours": "10:00-14:00,15:00-19:00"}
        return calendars.assign(connection, world.app.office, unit, world.clock(), wanted)

    assert (await world.app.store.write(other_hours)).tasks == ("UA-001",)
    await world.go(MONDAY.replace(day=8, hour=9))
    await head.say("/assign mai; 18/12/2026; Early bird; Report")
    assert "17:00" in head.said
    await head.press("✔️")
    assert not [text for text in mai.texts if "Early bird" in text]
    await world.go(MONDAY.replace(day=8, hour=10))
    assert [text for text in mai.texts if "Early bird" in text]
    await mai.say("/received UA-002")
    await world.go(MONDAY.replace(day=16, hour=23))
    assert reminded(mai) == ["11 10:00", "15 10:00", "16 10:00", "16 15:00"]


async def test_a_person_may_live_by_another_calendar_than_the_unit(cast: Cast) -> None:
    world, head, _, _ = cast
    member = await world.member("Mai Member")
    wanted = {"country": "pl", "zone": "Europe/Warsaw"}
    now = world.clock()
    await world.app.store.write(lambda c: calendars.assign(c, world.app.office, member, now, wanted))
    await head.say("/assign mai; 24/12/2026; Christmas Eve; Report")
    assert "That is a day off there" in head.said
    assert "Europe/Warsaw" in head.said
    assert head.labels()[:2] == ["Wed 23 Dec", "Mon 28 Dec"]


async def test_an_extension_to_a_day_off_is_warned_about_with_the_working_days_around_it(cast: Cast) -> None:
    world, head, mai, _ = cast
    await mai.press("🕒")
    await mai.say("19/12/2026 10:00")
    assert "Saturday 19 December 2026, 10:00" in mai.said
    assert "is a day off" in mai.said
    assert mai.labels()[:2] == ["Fri 18 Dec", "Mon 21 Dec"]
    await mai.press("Mon 21 Dec")
    await mai.say("Waiting for figures")
    await world.morning(head)
    assert "→ Mon 21 Dec 2026 10:00" in head.said


async def test_an_extension_typed_in_one_line_to_a_day_off_waits_for_a_decision_and_keeps_the_reason(
    cast: Cast,
) -> None:
    world, head, mai, _ = cast
    await mai.say("/extend UA-001 19/12/2026 10:00; the figures come late")
    assert "is a day off" in mai.said
    assert "asks for your decision" not in head.said
    await mai.press("Keep this day off")
    assert "The deadline stays as it is until" in mai.said
    await world.morning(head)
    assert "→ Sat 19 Dec 2026 10:00" in head.said
    assert "the figures come late" in head.said


async def test_another_date_may_be_typed_instead_and_old_buttons_are_over(cast: Cast) -> None:
    world, head, mai, _ = cast
    await mai.say("/extend UA-001 19/12/2026; the figures come late")
    warned = mai.last
    await mai.say("20/12/2026")
    assert "Sunday 20 December 2026" in mai.said
    await mai.say("22/12/2026")
    await world.morning(head)
    assert "→ Tue 22 Dec 2026 17:00" in head.said
    await mai.press("Keep this day off", warned)
    assert "→ Sat 19" not in " ".join(head.texts)


async def test_a_provisional_day_off_is_said_to_be_provisional(cast: Cast) -> None:
    _, head, mai, admin = cast
    assert "provisional" in await head.say("/assign mai; 5/2/2027; Tet; Report")
    assert "provisional" in await mai.say("/extend UA-001 5/2/2027; x")
    await admin.say("/calendar off 5/2/2027 Tet; 1/QD-TTg")
    await head.say("/assign mai; 5/2/2027; Tet; Report")
    assert "day off" in head.said
    assert "provisional" not in head.said
