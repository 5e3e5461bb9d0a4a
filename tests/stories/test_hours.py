"""The right hour for everybody."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from tests.support.world import HANOI, MONDAY, World

WARSAW = ZoneInfo("Europe/Warsaw")


async def test_news_of_the_evening_waits_for_the_next_morning(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await world.go(MONDAY.replace(hour=20))
    await head.say("/assign mai; 16/12/2026; Evening idea; Report")
    await head.press("✔️")
    assert not [text for text in mai.texts if "Evening idea" in text]
    await world.go(MONDAY.replace(day=8, hour=7, minute=59))
    assert not [text for text in mai.texts if "Evening idea" in text]
    await world.go(MONDAY.replace(day=8, hour=8))
    assert sum("Evening idea" in text for text in mai.texts) == 1


async def test_somebody_who_works_in_warsaw_is_reminded_at_half_past_eight_there(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Anna Testowa, Unit A, member, pl")
    head, anna = await world.join("Hoa Head"), await world.join("Anna Testowa")
    assert "Europe/Warsaw" in await anna.say("/settings Europe/Warsaw")
    assert "Mars/Base" in await anna.say("/settings Mars/Base")
    await head.say("/assign anna; 10/12/2026 17:00; Report; Report")
    assert "Thursday 10 December 2026, 17:00 (Europe/Warsaw, UTC+01:00)" in head.said
    await head.press("✔️")
    await anna.say("/odebrane UA-001")
    await world.go(datetime(2026, 12, 10, 23, 0, tzinfo=HANOI))
    reminders = [one for one in anna.messages if "🔔" in one["text"]]
    hours = [datetime.fromtimestamp(one["date"], WARSAW).strftime("%a %H:%M") for one in reminders]
    assert hours == ["Mon 08:30", "Wed 08:30", "Thu 08:30", "Thu 15:00"]


async def test_a_submission_taken_back_before_the_head_was_told_is_not_told(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; 16/12/2026; Work; Report")
    await head.press("✔️")
    await world.go(MONDAY.replace(hour=20))
    await mai.say("/done UA-001")
    await mai.say("/withdraw UA-001")
    assert "in progress" in mai.said
    await world.go(MONDAY.replace(day=8, hour=9))
    assert not [text for text in head.texts if "has submitted" in text]
    await mai.say("/done UA-001 now really")
    await world.morning(head)
    assert "now really" in head.said
    assert sum("has submitted" in text for text in head.texts) == 1


async def test_reminders_stop_when_the_task_is_submitted_and_come_again_when_it_is_returned(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; 10/12/2026 17:00; Work; Report")
    await head.press("✔️")
    await mai.say("/done UA-001")
    mai.news()
    await world.go(MONDAY.replace(day=9, hour=12))
    assert mai.news() == []
    await head.say("/return UA-001 annex missing")
    mai.news()
    await world.go(MONDAY.replace(day=10, hour=12))
    assert len([text for text in mai.news() if "Due today" in text]) == 1
