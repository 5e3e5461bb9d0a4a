"""When owners are reminded is set per task by those who manage it; urgent work may disturb."""

from __future__ import annotations

from datetime import datetime

import pytest

from storage import history, tasks
from tests.support.world import HANOI, MONDAY, Person, World

Cast = tuple[World, Person, Person, Person]
SUNDAY = datetime(2026, 12, 13, 10, 0, tzinfo=HANOI)


@pytest.fixture
async def cast(world: World) -> Cast:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en", "Binh Boss, Unit B, head, en")
    head, mai, other = [await world.join(name) for name in ("Hoa Head", "Mai Member", "Binh Boss")]
    await head.say("/assign mai; 16/12/2026 17:00; Write the report; Report")
    await head.press("✔️")
    await mai.say("/received UA-001")
    mai.news()
    return world, head, mai, other


def heard(person: Person) -> list[str]:
    """When somebody was reminded, in Hanoi."""
    reminders = [one for one in person.messages if "🔔" in one.get("text", "")]
    return [datetime.fromtimestamp(one["date"], HANOI).strftime("%d %H:%M") for one in reminders]


async def test_a_ladder_of_its_own_is_kept_from_the_moment_it_is_set(cast: Cast) -> None:
    world, head, mai, _ = cast
    said = await head.say("/ladder UA-001 5,1 4h 1x2")
    assert "Set for this task: 5,1 4h 1x2" in said
    assert "Still to come (Asia/Ho_Chi_Minh):" in said
    assert "• Wed 9 Dec 2026 08:30 (UTC+07:00): 5 working days before" in said
    assert "• Wed 16 Dec 2026 13:00 (UTC+07:00): 4 hours before, the last one" in said
    assert "⏰ Reminders of its own: 5,1 4h 1x2" in await mai.say("/task UA-001")
    assert "changed the reminders" in await mai.say("/history UA-001")
    await world.go(datetime(2026, 12, 19, 12, tzinfo=HANOI))
    assert heard(mai) == ["09 08:30", "14 08:30", "15 08:30", "16 08:30", "16 13:00", "17 08:30", "18 08:30"]


async def test_a_change_makes_up_for_nothing_and_taking_it_back_repeats_nothing(cast: Cast) -> None:
    world, head, mai, _ = cast
    await world.go(datetime(2026, 12, 11, 9, tzinfo=HANOI))
    assert heard(mai) == ["11 08:30"]
    await head.say("/nhac UA-001 5,4,3,1 2h 2x3")
    await world.go(datetime(2026, 12, 11, 12, tzinfo=HANOI))
    said = await head.say("/ladder UA-001 default")
    assert "As usual in the unit: 3,1 2h 2x3" in said
    await world.go(datetime(2026, 12, 16, 16, tzinfo=HANOI))
    assert [at for at in heard(mai) if not at.startswith("14")] == ["11 08:30", "15 08:30", "16 08:30", "16 15:00"]


async def test_a_closer_ladder_set_in_the_last_hours_is_heard_once(cast: Cast) -> None:
    world, head, mai, _ = cast
    await world.go(datetime(2026, 12, 16, 14, tzinfo=HANOI))
    await head.say("/ladder UA-001 1 4h 2x3")  # 13:00 has passed, and 15:00 is none of its steps
    await world.go(datetime(2026, 12, 16, 18, tzinfo=HANOI))
    assert heard(mai)[-2:] == ["16 08:30", "16 14:00"]


async def test_the_presets_wait_behind_more_for_those_who_may(cast: Cast) -> None:
    _, head, mai, _ = cast
    await head.say("/task UA-001")
    await head.press("⋯")
    await head.press("⏰")
    await head.press("Closer")
    assert "5,3,2,1 4h 1x5" in head.said
    await head.press("As usual")
    assert "As usual in the unit: 3,1 2h 2x3" in head.said
    await mai.say("/task UA-001")
    await mai.press("⋯")
    assert not [label for label in mai.labels() if "⏰" in label or "🔥" in label]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/ladder", "Which task? Write its code"),
        ("/ladder UA-001 often", "I did not understand the reminders “often”"),
        ("/ladder UA-001 70", "each from 1 to 60"),
        ("/ladder UA-001 3 12h", "1 to 8 hours"),
        ("/ladder UA-001 3 2h 2x30", "at most 10 times"),
    ],
)
async def test_what_is_no_ladder_is_refused_and_changes_nothing(cast: Cast, typed: str, answer: str) -> None:
    _, head, _, _ = cast
    assert answer in await head.say(typed)
    assert "As usual in the unit: 3,1 2h 2x3" in await head.say("/ladder UA-001")


async def test_an_owner_looks_and_does_not_change_and_a_stranger_sees_nothing(cast: Cast) -> None:
    _, _, mai, other = cast
    assert "As usual in the unit" in await mai.say("/ladder UA-001")
    assert "its owner cannot" in await mai.say("/ladder UA-001 1")
    assert "its owner cannot" in await mai.say("/urgent UA-001")
    assert "UA-001" not in await other.say("/ladder UA-001")


async def test_urgent_work_is_given_in_the_evening_and_heard_at_once(cast: Cast) -> None:
    world, head, mai, _ = cast
    await world.go(MONDAY.replace(hour=23))
    mai.news()
    await head.say("/assign mai; 16/12/2026; Night work; Report")
    await head.press("🔥")
    assert "Urgent: letters about it may come outside working hours" in head.said
    await head.press("✔️")
    assert "🔥 Urgent" in head.said
    assert sum("Night work" in text for text in mai.news()) == 1
    await head.say("/assign mai; 16/12/2026; Day work; Report")
    await head.press("✔️")
    assert mai.news() == []


async def test_the_last_reminder_of_urgent_work_comes_on_a_sunday_and_others_do_not(cast: Cast) -> None:
    world, head, mai, _ = cast
    for title in ("Urgent work", "Ordinary work"):
        await head.say(f"/assign mai; 13/12/2026 12:00; {title}; Report")
        if title == "Urgent work":
            await head.press("🔥")
        await head.press("✔️")
    await mai.say("/received UA-002")
    await mai.say("/received UA-003")
    await world.go(datetime(2026, 12, 12, 12, tzinfo=HANOI))
    mai.news()
    await world.go(SUNDAY.replace(hour=23))
    said = mai.news()
    assert len(said) == 2  # the due morning and the last hours
    assert all("Urgent work" in text and "Ordinary work" not in text for text in said)
    assert heard(mai)[-2:] == ["13 08:30", "13 10:00"]


async def test_what_becomes_urgent_wakes_the_letter_that_waits_for_the_morning(cast: Cast) -> None:
    world, head, mai, _ = cast
    await world.go(MONDAY.replace(hour=20))
    await head.say("/assign mai; 16/12/2026; Evening work; Report")
    await head.press("✔️")
    mai.news()
    await head.say("/pilne UA-002")
    await world.go(MONDAY.replace(hour=20, minute=15))
    said = mai.news()
    assert len([text for text in said if "Evening work" in text and "🔥 Urgent" in text]) == 1
    await world.go(MONDAY.replace(day=8, hour=9))
    assert not [text for text in mai.news() if "Evening work" in text]


async def test_work_that_is_no_longer_urgent_lets_its_letters_wait_again(cast: Cast) -> None:
    world, head, mai, _ = cast
    await world.go(MONDAY.replace(hour=23))
    await head.say("/urgent UA-001")
    assert mai.news() == []  # awake people are told, others in the morning
    await head.say("/urgent UA-001")
    assert "🔥" not in await head.say("/task UA-001")
    assert "made it no longer urgent" in await head.say("/history UA-001")
    await world.go(MONDAY.replace(day=8, hour=9))
    assert mai.news() == []


async def test_the_owner_hears_that_work_has_become_urgent(cast: Cast) -> None:
    world, head, mai, _ = cast
    await world.go(SUNDAY)
    mai.news()
    await head.say("/urgent UA-001")
    said = mai.news()
    assert len(said) == 1
    assert "Hoa Head has made UA-001 urgent" in said[0]
    await head.say("/urge UA-001")
    assert sum("urges you" in text for text in mai.news()) == 1


async def test_a_second_tap_on_the_fire_changes_nothing(cast: Cast) -> None:
    world, head, _, _ = cast
    await head.say("/task UA-001")
    await head.press("⋯")
    more = head.last
    lines = (await world.app.store.read(history.head)).length
    task_id = (await world.app.store.read(lambda c: tasks.by_code(c, "UA-001"))).id  # type: ignore[union-attr]
    for _ in range(2):
        await head.forge(f"1:act:urgent:{task_id}:1", message_id=more["message_id"])
    assert (await world.app.store.read(lambda c: tasks.by_code(c, "UA-001"))).urgent  # type: ignore[union-attr]
    assert (await world.app.store.read(history.head)).length == lines + 1
