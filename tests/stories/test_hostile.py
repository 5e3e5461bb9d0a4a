"""Names and titles that want to break out, answers that make no sense, things that fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox.calls import Fault, too_many
from storage import tasks
from tests.support.world import MONDAY, World, restart, running

HOSTILE = [
    "<b>bold</b> & <script>alert(1)</script>",
    "&lt;already&gt; {braces} {0} %s",
    "🧨👩‍👩‍👧‍👦 emoji",
    "\u202egnp.exe\u202c turned around",
    "L" * 300,
    "Đặng Thị Ngọc Ánh & sons",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_hostile_title_and_note_are_shown_as_they_are_and_break_nothing(world: World, text: str) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say(f"/assign mai; 10/12/2026 17:00; {text}; Report")
    await head.press("✔️")
    shown = text.replace("\u202e", "").replace("\u202c", "")
    assert shown in mai.said
    await mai.say(text, reply_to=mai.last)
    assert shown[:200] in mai.said.split("💬")[1]
    for command in ("/tasks", "/task UA-001"):
        assert shown[:60] in await mai.say(command)
    assert "\u202e" not in "".join(mai.texts)


@pytest.mark.parametrize("name", ["<b>Mai</b> & Co", "Mai 🧨", "\u202eiaM", "M" * 300])
async def test_a_hostile_name_can_join_and_work(world: World, name: str) -> None:
    await world.staff("Hoa Head, Unit <A> & B, head, en", f"{name}, Unit <A> & B, member, en")
    head, person = await world.join("Hoa Head"), await world.join(name)
    assert "Unit <A> & B" in await head.say("/team")
    await head.say("/assign")
    await head.press(name.replace("\u202e", "")[:20])
    await head.press("No deadline")
    await head.say("Work")
    await head.say("Report")
    await head.press("✔️")
    assert "Work" in person.said
    await person.press("✅")
    await world.morning(head)
    assert "has submitted" in head.said


async def test_a_reply_sets_progress_and_note_without_typing_a_code(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; 10/12/2026 17:00; Work; Report")
    await head.press("✔️")
    letter = mai.last
    assert "· 60 %" in await mai.say("60", reply_to=letter)
    assert "· 75 %" in await mai.say("draft sent, 75%", reply_to=letter)
    assert "draft sent" in mai.said
    assert "counted 12 chairs" in await mai.say("counted 12 chairs", reply_to=letter)
    assert "· 75 %" in mai.said
    assert "from 0 to 100" in await mai.say("150%", reply_to=letter)


async def test_plain_words_without_a_reply_are_taken_as_a_report_only_after_a_button(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    assert "did not understand" in await mai.say("draft sent, 60%")  # no task it could be about
    await head.say("/assign mai; 10/12/2026 17:00; Work; Report")
    await head.press("✔️")
    assert "Is this a report" in await mai.say("draft sent, 60%")
    assert (await world.app.store.read(lambda c: tasks.get(c, 1))).percent == 0
    await mai.press("UA-001")
    assert (await world.app.store.read(lambda c: tasks.get(c, 1))).percent == 60
    assert "draft sent" in mai.said


async def test_a_reply_to_a_letter_about_several_tasks_asks_which_one(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    for title in ("One", "Two"):
        await head.say(f"/assign mai; 8/12/2026 17:00; {title}; Report")
        await head.press("✔️")
    await world.go(MONDAY.replace(day=8, hour=9))
    await mai.say("half of it, 50%", reply_to=mai.last)
    assert "Which task is this about?" in mai.said
    await mai.press("UA-002")
    stored = await world.app.store.read(lambda c: tasks.some(c, [1, 2]))
    assert (stored[1].percent, stored[2].percent) == (0, 50)


async def test_a_task_is_sent_back_only_with_a_reason_and_the_owner_reads_it(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; 10/12/2026 17:00; Work; Report")
    await head.press("✔️")
    await mai.say("/done UA-001 ready")
    assert "Write the reason" in await head.say("/return UA-001")
    await world.morning(head)
    await head.press("↩️", next(one for one in head.messages if "has submitted" in one["text"]))
    assert "Why is UA-001 sent back?" in head.said
    await head.say("Annex 2 is missing")
    assert "was sent back by Hoa Head" in mai.said
    assert "Annex 2 is missing" in mai.said
    await mai.press("✅")
    await head.say("/accept UA-001")
    assert "completed" in head.said


async def test_a_second_tap_changes_nothing_and_says_so(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; 10/12/2026 17:00; Work; Report")
    await head.press("✔️")
    await mai.press("✅")
    assert "was submitted already" in await mai.forge("1:act:submit:1")
    await world.morning(head)
    assert sum("has submitted" in text for text in head.texts) == 1


async def test_an_error_of_ours_is_answered_with_a_reference(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(tmp_path) as world:
        await world.staff("Mai Member, Unit A, member, en")
        mai = await world.join("Mai Member")
        await world.app.store.write(lambda c: c.exec_driver_sql("alter table tasks rename to gone"))
        said = await mai.say("/tasks", settle=False) or ""
        await world.server.confirmed()
        await world.app.dispatcher.idle()
        said = mai.said
        assert "Something went wrong" in said
        reference = said.rsplit(" ", 1)[1]
        assert reference in caplog.text
        await world.app.store.write(lambda c: c.exec_driver_sql("alter table gone rename to tasks"))


async def test_a_letter_refused_by_telegram_for_now_is_sent_later_and_once(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; 10/12/2026 17:00; Work; Report")
    world.server.before = lambda method, values: (
        too_many(3) if method == "sendMessage" and str(values.get("chat_id")) == str(mai.account) else None
    )
    await head.press("✔️")
    assert mai.texts == [text for text in mai.texts if "New task" not in text]
    world.server.before = None
    world.app.gate.resume({})
    await world.go(world.clock.now.replace(minute=30))
    assert sum("New task" in text for text in mai.texts) == 1


async def test_a_delivery_with_unknown_outcome_is_repeated_once_marked_and_never_a_third_time(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; 10/12/2026 17:00; Work; Report")
    world.server.before = lambda method, values: (
        Fault("deliver_then_drop")
        if method == "sendMessage" and str(values.get("chat_id")) == str(mai.account)
        else None
    )
    await head.press("✔️")
    await world.go(world.clock.now.replace(hour=9))
    copies = [text for text in mai.texts if "New task" in text]
    assert len(copies) == 2
    assert "Perhaps a repetition" in copies[1]
    assert [letter.state for letter in await world.letters() if letter.kind == "task_news"] == ["failed"]


async def test_what_was_received_before_a_crash_is_done_once_after_it(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
        head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
        await head.say("/assign mai; 10/12/2026 17:00; Work; Report")
        await head.press("✔️")
        await world.app.dispatcher.stop()  # received and committed, then the power fails
        world.server.say(mai.account, "/progress UA-001 40 before the crash")
        await world.server.confirmed()
        await restart(world, tmp_path)
        await world.settle()
        assert "· 40 %" in mai.said
        await restart(world, tmp_path)
        await world.settle()
        rows = await world.app.store.read(
            lambda c: c.exec_driver_sql("select count(*) from history where action = 'report'").scalar()
        )
        assert rows == 1
