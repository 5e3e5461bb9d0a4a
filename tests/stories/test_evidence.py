"""Files and links that show what was done: kept once, with the right task, and sent only to those who may see it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.calls import Fault
from handlers.ports import Caller, Piece, Refused
from storage import evidence, history, tasks
from storage.records import Evidence, EvidenceKind, State
from tests.support.world import MONDAY, Person, World, restart, running

Cast = tuple[World, Person, Person]
PDF = b"%PDF-1.7 report"
SCAN = b"\xff\xd8\xff scan"


@pytest.fixture
async def cast(world: World) -> Cast:
    return await begin(world)


async def begin(world: World) -> Cast:
    """A head, and a member with one task that is to have a product."""
    await world.staff(
        "Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en", "Nam Neighbour, Unit A, member, en"
    )
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await assign(head, "Write the report")
    mai.news()
    return world, head, mai


async def assign(head: Person, title: str) -> None:
    await head.say(f"/assign mai; 16/12/2026 17:00; {title}; Report")
    await head.press("✔️")


async def send_album(person: Person, number: int, words: str, album: str, **how: Any) -> None:
    """Several pictures at once: each is a message, the words stand below the first."""
    for index in range(number):
        picture = SCAN + bytes([index])
        caption = "" if index else words
        await person.send(f"{index}.jpg", picture, caption, kind="photo", album=album, settle=False, **how)
    await person.world.settle()


async def kept(world: World, task_id: int = 1) -> tuple[Evidence, ...]:
    return (await world.app.store.read(lambda c: evidence.of_tasks(c, [task_id]))).get(task_id, ())


async def task(world: World, task_id: int = 1) -> Any:
    return await world.app.store.read(lambda c: tasks.get(c, task_id))


async def told(world: World, action: str) -> list[dict[str, Any]]:
    return [entry.details for entry in await world.app.store.read(lambda c: history.of_task(c, 1, (action,), 99))]


# how it comes in


async def test_a_file_in_answer_to_a_letter_is_kept_with_its_name_size_and_hash(cast: Cast) -> None:
    world, _, mai = cast
    said = await mai.send("Báo cáo.pdf", PDF, reply_to=mai.last)
    assert "📎 Evidence (1): Báo cáo.pdf" in said
    (one,) = await kept(world)
    assert (one.kind, one.name, one.size) == (EvidenceKind.DOCUMENT, "Báo cáo.pdf", len(PDF))
    assert one.sha256 == hashlib.sha256(PDF).hexdigest()
    (entry,) = await told(world, "evidence")
    assert entry == {
        "kind": "document", "name": "Báo cáo.pdf", "size": len(PDF), "sha256": one.sha256, "url": "", "note": "",
    }  # fmt: skip
    assert (await task(world)).state is State.ASSIGNED  # a file alone is no report
    assert (await task(world)).updated_at == world.clock()


async def test_words_with_a_file_are_a_report(cast: Cast) -> None:
    world, _, mai = cast
    said = await mai.send(caption="first draft, 60%", kind="photo", data=SCAN, reply_to=mai.last)
    assert "in progress · 60 %" in said
    assert "first draft" in said
    assert "photo" in said
    assert [one.note for one in await kept(world)] == ["first draft, 60%"]


@pytest.mark.parametrize("command", ["/done UA-001 ready", "/xong ua-001 ready", "/gotowe UA-001 ready"])
async def test_a_caption_can_submit_and_the_judge_sees_that_there_is_evidence(cast: Cast, command: str) -> None:
    world, head, mai = cast
    assert "No evidence" not in await mai.send(caption=command)
    assert (await task(world)).state is State.SUBMITTED
    await world.morning(head)
    assert "has submitted UA-001" in head.said
    assert "📎 Evidence (1): report.pdf" in head.said
    assert "📎 1" in head.labels()


@pytest.mark.parametrize(
    ("caption", "percent", "state"),
    [
        ("/progress UA-001 40 half", 40, State.IN_PROGRESS),
        ("/postep UA-001", 0, State.ASSIGNED),
        ("/evidence UA-001 only the scan, 90%", 0, State.ASSIGNED),
        ("/minhchung@dondoc_sandbox_bot ua-001", 0, State.ASSIGNED),
    ],
)
async def test_a_caption_can_report_or_only_keep(cast: Cast, caption: str, percent: int, state: State) -> None:
    world, _, mai = cast
    await mai.send(caption=caption)
    assert len(await kept(world)) == 1
    assert ((await task(world)).percent, (await task(world)).state) == (percent, state)


async def test_what_cannot_be_carried_out_keeps_nothing_and_says_so(cast: Cast) -> None:
    world, _, mai = cast
    assert "from 0 to 100" in await mai.send(caption="/progress UA-001 140 x")
    assert "no task with that code" in await mai.send(caption="/done UA-009")
    assert "With a file I understand" in await mai.send(caption="/extend UA-001 25/12/2026; x")
    assert await kept(world) == ()
    assert (await task(world)).state is State.ASSIGNED


async def test_a_file_without_context_waits_for_its_task_and_a_restart_does_not_lose_it(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        _, head, mai = await begin(world)
        await assign(head, "Another")
        await mai.send("scan.jpg", SCAN, kind="photo", caption="75%")
        assert "Which task is this evidence for?" in mai.said
        assert await kept(world) == await kept(world, 2) == ()
        await restart(world, tmp_path)
        await mai.send("list.xlsx", b"xlsx")
        assert "2 files received" in mai.said
        await mai.say("both from today")
        await restart(world, tmp_path)
        await mai.press("UA-002")
        assert "Kept with UA-002" in mai.toast
        assert [one.kind for one in await kept(world, 2)] == [EvidenceKind.PHOTO, EvidenceKind.DOCUMENT]
        assert ((await task(world, 2)).percent, await kept(world)) == (75, ())
        assert "both from today" in mai.said
        assert "over" in await mai.forge("1:file:1")
        assert await kept(world) == ()


async def test_files_that_wait_are_not_forgotten_for_another_dialogue(cast: Cast) -> None:
    world, _, mai = cast
    await mai.send()
    assert "1 file waits for its task" in await mai.say("/extend UA-001 21/12/2026")
    for button in ("📎 Evidence", "🕒"):
        assert "1 file waits" in await mai.press(button)
    await mai.press("UA-001")
    assert len(await kept(world)) == 1


async def test_words_that_wait_for_their_task_take_a_file_along(cast: Cast) -> None:
    world, _, mai = cast
    await mai.say("counted all chairs, 30%")
    await mai.send()
    await mai.press("UA-001")
    assert ((await task(world)).percent, len(await kept(world))) == (30, 1)


async def test_an_album_is_kept_whole_and_asked_about_once(cast: Cast) -> None:
    world, head, mai = cast
    await assign(head, "Another")
    before = len(mai.messages)
    await send_album(mai, 4, "before and after", "77")
    assert len(mai.messages) == before + 1
    await mai.press("UA-001")
    await mai.send("late.jpg", SCAN + b"late", kind="photo", album="77")
    assert len(await kept(world)) == 5
    assert len(mai.messages) == before + 1


async def test_an_album_with_a_command_is_kept_whole_with_its_task(cast: Cast) -> None:
    world, _, mai = cast
    letter, before = mai.last, len(mai.messages)
    await send_album(mai, 3, "/done UA-001 all rooms", "78", reply_to=letter)
    assert len(await kept(world)) == 3
    assert (await task(world)).state is State.SUBMITTED
    assert "other files of the album" in mai.said
    assert len(mai.messages) == before + 1


async def test_a_file_in_answer_to_a_letter_about_several_tasks_asks_which_one(cast: Cast) -> None:
    world, head, mai = cast
    await assign(head, "Another")
    await world.go(MONDAY.replace(day=16, hour=9))
    await mai.send(reply_to=mai.last)
    assert "Which task is this evidence for?" in mai.said
    assert await kept(world) == await kept(world, 2) == ()
    await mai.press("UA-002")
    assert (len(await kept(world)), len(await kept(world, 2))) == (0, 1)


async def test_the_button_and_the_command_wait_for_a_file_or_a_link(cast: Cast) -> None:
    world, _, mai = cast
    await mai.press("📎 Evidence")
    assert "Send a photo, a file or a link for UA-001" in mai.said
    await mai.send()
    await mai.say("/evidence UA-001")
    assert "report.pdf" in mai.said
    assert hashlib.sha256(PDF).hexdigest()[:12] in mai.said
    await mai.say("the table is here: https://example.org/table?x=1, as agreed")
    await mai.say("/evidence UA-001 https://example.org/second")
    assert [one.url for one in await kept(world)] == ["", "https://example.org/table?x=1", "https://example.org/second"]
    assert (await task(world)).state is State.ASSIGNED
    assert "I see no link" in await mai.say("/evidence UA-001 ftp://example.org")
    await mai.say("/evidence")
    assert "For which task do you have evidence?" in mai.said


async def test_a_link_in_a_report_or_submission_is_evidence_too(cast: Cast) -> None:
    world, head, mai = cast
    await mai.say("draft: https://example.org/draft. 50%", reply_to=mai.last)
    await mai.say("/done UA-001 see https://example.org/final")
    assert [one.url for one in await kept(world)] == ["https://example.org/draft", "https://example.org/final"]
    await world.morning(head)
    assert "📎 Evidence (2)" in head.said
    await mai.say("https://example.org/annex", reply_to=mai.last)
    assert len(await kept(world)) == 3  # still waiting for the judge


@pytest.mark.parametrize("kind", ["sticker", "voice", "animation"])
async def test_what_is_no_evidence_is_refused_with_what_is(cast: Cast, kind: str) -> None:
    world, _, mai = cast
    person = world.server.person(mai.account)
    inside = {"file_id": "x", "file_unique_id": "x", "duration": 1, "width": 1, "height": 1}
    inside |= {"is_animated": False, "is_video": False, "type": "regular", "mime_type": "x"}
    also = {"document": {"file_id": "x", "file_unique_id": "x"}} if kind == "animation" else {}
    content = {"from": person.user(), kind: inside, **also}
    world.server.push("message", world.server.keep(world.server.chat(mai.account), content))
    await world.settle()
    assert "text, photos, files and videos" in mai.said
    assert await kept(world) == ()


# when a submission has none


async def test_a_submission_without_evidence_counts_at_once_and_asks_for_it(cast: Cast) -> None:
    world, head, mai = cast
    await mai.press("✅")
    assert (await task(world)).submitted_at == world.clock()
    assert "No evidence yet: answer this message" in mai.said
    assert "⚠️ No evidence" in await head.say("/task UA-001")
    submitted = world.clock()
    await world.go(MONDAY.replace(hour=10, minute=30))
    await mai.send()
    assert len(await kept(world)) == 1
    assert (await task(world)).updated_at == submitted  # nothing waits for the owner
    assert "📎 Evidence (1)" in await head.say("/task UA-001")
    await mai.send("other.pdf", b"other")
    assert "Which task is this evidence for?" in mai.said  # one answer was asked for, not all that ever comes


async def test_a_submission_by_the_button_of_a_longer_letter_asks_for_evidence_too(cast: Cast) -> None:
    world, head, mai = cast
    await assign(head, "Another")
    await world.go(MONDAY.replace(day=16, hour=9))
    await mai.press("✅ UA-002", mai.last)
    assert "no evidence for UA-002 yet" in mai.said
    await mai.send(reply_to=mai.last)
    assert len(await kept(world, 2)) == 1


async def test_what_comes_much_later_is_asked_about_and_not_taken_for_the_submission(cast: Cast) -> None:
    world, head, mai = cast
    await assign(head, "Another")
    await mai.say("/done UA-001")
    await world.go(MONDAY.replace(hour=14))
    await mai.send()
    assert "Which task is this evidence for?" in mai.said
    assert await kept(world) == ()


async def test_a_submission_does_not_end_another_dialogue(cast: Cast) -> None:
    _, _, mai = cast
    await mai.press("⛔")
    await mai.say("/done UA-001")
    assert "Here I wait for words" in await mai.send()
    await mai.say("/cancel")
    assert "Which task is this evidence for?" in await mai.send()


async def test_after_acceptance_no_evidence_is_added(cast: Cast) -> None:
    world, head, mai = cast
    await mai.say("/done UA-001 ready")
    card = mai.last
    await head.say("/accept UA-001")
    assert "completed already" in await mai.send(reply_to=card)
    assert "completed already" in await mai.send(caption="/evidence UA-001")
    assert "completed already" in await mai.say("/evidence UA-001 https://example.org")
    assert await kept(world) == ()


async def test_a_task_keeps_at_most_twenty_pieces_and_a_report_is_never_lost_for_it(cast: Cast) -> None:
    world, _, mai = cast
    for number in range(20):
        await mai.say(f"/evidence UA-001 https://example.org/{number}", settle=False)
    await world.settle()
    assert "more than 20 pieces" in await mai.send(reply_to=mai.last)
    await mai.say("/done UA-001 see https://example.org/21")
    assert (len(await kept(world)), (await task(world)).state) == (20, State.SUBMITTED)


# what fails


async def test_a_file_that_cannot_be_fetched_is_kept_without_a_hash_and_says_so(cast: Cast) -> None:
    world, _, mai = cast
    world.server.before = lambda method, values: Fault("drop") if method == "getFile" else None
    said = await mai.send(reply_to=mai.last)
    world.server.before = None
    assert "Not hashed, because it could not be fetched: 1" in said
    assert [(one.sha256, one.size) for one in await kept(world)] == [("", len(PDF))]
    assert "⚠️ not hashed" in await mai.say("/evidence UA-001")


async def test_a_file_larger_than_a_bot_may_fetch_is_kept_without_being_fetched(cast: Cast) -> None:
    world, _, mai = cast
    sizes = {"width": 1, "height": 1, "duration": 1, "file_size": 21 * 1024 * 1024}
    video = {"file_id": "LARGE", "file_unique_id": "L", "file_name": "film.mp4", **sizes}
    content = {"from": world.server.person(mai.account).user(), "video": video, "reply_to_message": mai.last}
    asked: list[str] = []
    world.server.before = lambda method, values: asked.append(method)
    world.server.push("message", world.server.keep(world.server.chat(mai.account), content))
    await world.settle()
    assert "film.mp4" in mai.said
    assert "getFile" not in asked


async def test_a_file_that_is_handled_twice_is_kept_once(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        _, _, mai = await begin(world)
        world.app.poller._take = lambda key, payload: None  # received and committed, then the power fails
        await mai.send(caption="/done UA-001 ready", settle=False)
        await world.server.confirmed()
        for _ in range(2):
            await restart(world, tmp_path)
            await world.settle()
        assert len(await kept(world)) == 1
        assert len(await told(world, "submit")) == len(await told(world, "evidence")) == 1


async def test_the_same_file_sent_again_is_one_piece(cast: Cast) -> None:
    world, _, mai = cast
    letter = mai.last
    await mai.send(reply_to=letter)
    await mai.send(reply_to=letter)
    assert len(await kept(world)) == len(await told(world, "evidence")) == 1


# who gets it


async def test_the_judge_gets_the_files_and_one_that_is_gone_holds_up_none(cast: Cast) -> None:
    world, head, mai = cast
    letter = mai.last
    await mai.send("first.pdf", b"1", reply_to=letter)
    await mai.send("scan.jpg", SCAN, kind="photo", reply_to=letter)
    await mai.send("film.mp4", b"film", kind="video", reply_to=letter)
    await mai.say("/done UA-001 and https://example.org/a?b=1&c=2")
    first = (await kept(world))[0]
    await world.morning(head)
    await head.press("📎 4")
    assert [next(kind for kind in ("document", "photo", "video") if kind in one) for one in head.files] == [
        "document", "photo", "video",
    ]  # fmt: skip
    assert head.said == "🔗 https://example.org/a?b=1&c=2"
    del world.server.files[first.file_id]
    await head.say("/evidence UA-001")
    assert len(head.files) == 5
    assert "would not send these again (1): first.pdf" in head.said
    assert not [one for one in mai.files if one]


async def test_many_files_come_ten_at_a_time(cast: Cast) -> None:
    world, head, mai = cast
    letter = mai.last
    for number in range(13):
        await mai.send(f"{number}.pdf", PDF + bytes([number]), reply_to=letter, settle=False)
    await world.settle()
    await head.say("/evidence UA-001")
    assert len(head.files) == 10
    await head.press("📎 3")
    assert len(head.files) == 13
    assert "13. 12.pdf" in head.said


@pytest.mark.parametrize("who", ["stranger", "Nam Neighbour"])
async def test_whoever_may_not_see_the_task_gets_no_file_and_can_add_none(cast: Cast, who: str) -> None:
    world, _, mai = cast
    await mai.send(reply_to=mai.last)
    person = world.stranger() if who == "stranger" else await world.join(who)
    await person.say("/start")
    for payload in ("1:files:1", "1:files:1:0", "1:files:1:-5", "1:act:attach:1", "1:file:1"):
        await person.forge(payload)
    await person.say("/evidence UA-001")
    await person.say("/evidence UA-001 https://example.org")
    await person.send(caption="/done UA-001")
    await person.send(caption="/evidence UA-001")
    assert person.files == []
    assert not [text for text in person.texts if "report.pdf" in text or "Write the report" in text]
    assert (len(await kept(world)), (await task(world)).state) == (1, State.ASSIGNED)


async def test_the_desk_itself_takes_nothing_for_a_task_that_the_caller_cannot_see(cast: Cast) -> None:
    world, _, _ = cast
    nam = await world.join("Nam Neighbour")
    desk = world.app.application.bot_data["reception"](Caller(nam.account), None)
    with pytest.raises(Refused, match=r"task\.unknown"):
        await desk.attach(1, [Piece(EvidenceKind.LINK, url="https://example.org")])
    assert await kept(world) == ()


async def test_the_head_sees_the_evidence_and_adds_none(cast: Cast) -> None:
    world, head, mai = cast
    await mai.say("/done UA-001 ready")
    letter = head.last
    assert "Only the owner of UA-001 can add evidence" in await head.send(reply_to=letter)
    assert "Only the owner" in await head.send(caption="/evidence UA-001")
    assert "Only the owner" in await head.forge("1:act:attach:1")
    assert "Only the owner" in await head.say("/evidence UA-001 https://example.org")
    assert "no evidence for UA-001" in await head.say("/evidence UA-001")
    assert await kept(world) == ()


@pytest.mark.parametrize("name", ["<b>x</b> & {0}.pdf", "\u202egnp.exe", "../../etc/passwd", "L" * 250 + ".pdf"])
async def test_a_hostile_file_name_is_only_text(cast: Cast, name: str) -> None:
    world, head, mai = cast
    await mai.send(name, reply_to=mai.last)
    shown = name.replace("\u202e", "")[:50]
    assert shown in mai.said
    await head.say("/evidence UA-001")
    assert any(shown in text for text in head.texts)
    assert len((await kept(world))[0].name) <= 120
    assert "\u202e" not in "".join(head.texts + mai.texts)
