"""Every fault that can meet a letter, to a person and to a channel: what arrives, and who is told otherwise."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from bot.sandbox.calls import Fault, refusal, too_many
from storage import chats
from storage import outbox as letters
from storage.database import transaction
from storage.tables import outbox
from tests.support.rig import MARKS, SENDS, Rig, rigged
from tests.support.world import MONDAY, Person

COUNCIL = -1_001_000_000_777
HOUR = 3600
TUESDAY = MONDAY.replace(day=8, hour=8, minute=15)  # before the reminders of the due day, 8:30
DUE = TUESDAY.replace(hour=17, minute=0)
FRIDAY = MONDAY.replace(day=11, hour=15, minute=45)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, TUESDAY) as made:
        yield made


def reminded(person: Person) -> list[str]:
    return [text for text in person.news() if "🔔" in text]


@dataclass(frozen=True)
class Case:
    """A fault that meets the next `times` letters, how many copies arrive, and what the head reads if it fails."""

    fault: Fault
    times: float
    copies: int
    told: str = ""


CASES = {
    "429 of this chat": Case(too_many(20), 2, 1),
    "500": Case(refusal(500, "Internal Server Error"), 1, 1),
    "502 as a page": Case(Fault("page", 502), 1, 1),
    "a page of a proxy with status 403": Case(Fault("page", 403), 1, 1),
    "dropped before it was read": Case(Fault("drop"), 1, 1),
    "hangs": Case(Fault("hang"), 1, 1),
    "late but answered": Case(Fault("delay", seconds=0.01), 1, 1),
    "delivered and dropped": Case(Fault("deliver_then_drop"), 1, 2),
    "delivered and then silence": Case(Fault("deliver_then_hang"), 1, 2),
    "delivered with half an answer": Case(Fault("cut"), 1, 2),
    "delivered and dropped for ever": Case(Fault("deliver_then_drop"), 99, 2, "the connection broke twice"),
    "502 for ever": Case(Fault("page", 502), 99, 0, "the connection broke twice"),
    "401 for a while": Case(refusal(401, "Unauthorized"), 3, 1),
    "404 for a while": Case(refusal(404, "Not Found"), 3, 1),
    "409 for a while": Case(refusal(409, "Conflict: terminated by other getUpdates request"), 1, 1),
    "cannot parse and then plainly": Case(refusal(400, "Bad Request: can't parse entities: at 3"), 1, 1),
    "refused in any form": Case(refusal(400, "Bad Request: message is too long"), 99, 0, "did not accept the text"),
    "blocked": Case(refusal(403, "Forbidden: bot was blocked by the user"), 1, 0, "cannot write to this person"),
    "deactivated": Case(refusal(403, "Forbidden: user is deactivated"), 1, 0, "cannot write to this person"),
    "never started": Case(refusal(403, "Forbidden: bot can't initiate conversation with a user"), 1, 0, "cannot write"),
    "chat not found": Case(refusal(400, "Bad Request: chat not found"), 1, 0, "cannot write to this person"),
}


async def test_a_reminder_that_meets_a_fault_arrives_or_the_head_is_told(rig: Rig) -> None:
    """All cases side by side, each with a person of its own: no case may disturb another."""
    head, *people = await rig.seed(*CASES, due=DUE)
    for person in people:
        case = CASES[person.name]
        rig.plan.next(case.fault, chat=person.account, times=case.times)
    rig.second = sum(case.copies == 2 for case in CASES.values())
    await rig.go(TUESDAY.replace(hour=11))
    copies = {person.name: reminded(person) for person in people}
    await rig.finish()
    told = "\n".join(text for text in head.news() if "did not arrive" in text).splitlines()
    for person in people:
        case = CASES[person.name]
        assert len(copies[person.name]) == case.copies, person.name
        assert all(text.startswith(MARKS) for text in copies[person.name][1:]), person.name
        lines = [line for line in told if f"→ {person.name}:" in line]
        assert len(lines) == bool(case.told), person.name
        assert all(case.told in line for line in lines), person.name
    assert {person.account for person in people} == rig.plan.met - {None}, "a fault met nobody"


async def test_an_answer_whose_formatting_is_refused_is_said_plainly(rig: Rig) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    mai.news()
    rig.plan.next(refusal(400, "Bad Request: can't parse entities: at 3"), chat=mai.account)
    await mai.say("/tasks")
    (answer,) = mai.news()
    assert "UA-001" in answer
    assert "<" not in answer
    assert not mai.last.get("entities")
    assert any("UA-001" in label for label in mai.labels())


CHANNEL_CASES = {
    "429": Case(too_many(20), 2, 1),
    "502 as a page": Case(Fault("page", 502), 1, 1),
    "dropped before it was read": Case(Fault("drop"), 1, 1),
    "delivered and dropped": Case(Fault("deliver_then_drop"), 1, 2),
    "delivered with half an answer": Case(Fault("cut"), 1, 2),
    "cannot parse and then plainly": Case(refusal(400, "Bad Request: can't parse entities: at 3"), 1, 1),
    "kicked": Case(refusal(403, "Forbidden: bot was kicked from the channel chat"), 1, 0, "can no longer write"),
    "no rights": Case(
        refusal(400, "Bad Request: need administrator rights in the channel chat"), 1, 0, "can no longer"
    ),
}


@pytest.mark.few("429", "delivered and dropped", "kicked", "no rights")
@pytest.mark.parametrize("name", CHANNEL_CASES)
async def test_a_summary_that_meets_a_fault_arrives_or_the_head_is_told(rig: Rig, name: str) -> None:
    case = CHANNEL_CASES[name]
    rig.second = int(case.copies == 2)
    (head,) = await rig.seed(due=DUE)
    await bind(rig, head)
    rig.clock.now = FRIDAY.astimezone(UTC)
    rig.plan.next(case.fault, chat=COUNCIL, times=case.times, method="sendMessage")
    await rig.go(FRIDAY.replace(hour=16, minute=30))
    assert len(rig.posts(COUNCIL)) == case.copies
    assert any(case.told in text for text in head.news()) or not case.told


async def bind(rig: Rig, head: Person) -> None:
    """Make a channel the leadership channel of the unit."""
    await rig.channel(COUNCIL, "Council", head)
    keeper, now = await rig.member(head.name), rig.clock()
    about = {"kind": "channel", "title": "Council", "unit_id": keeper.unit_id, "purpose": "leadership"}
    by = {"linked_by": keeper.id, "linked_at": now, "language": "en"}
    await rig.app.store.write(lambda c: chats.bind(c, COUNCIL, **about, **by))


async def test_a_pause_of_hours_for_all_chats_outlives_a_restart(rig: Rig) -> None:
    _, mai, binh = await rig.seed("Mai Member", "Binh Member", due=DUE)
    await rig.staff("Cuc Member, Unit A, member, en")
    cuc = await rig.join("Cuc Member")
    rig.plan.next(too_many(2 * HOUR), times=2)  # the second letter may be on its way already
    await rig.go(TUESDAY.replace(hour=9))
    await rig.app.remember()
    refused, before = rig.plan.used["answer"], len(rig.server.ledger)
    rig.plan.clear()
    await rig.restart()
    await rig.go(TUESDAY.replace(hour=10))
    assert (reminded(mai), reminded(binh), rig.plan.used["answer"]) == ([], [], refused)
    await cuc.say("/tasks")  # not refused before: only the pause itself keeps this back
    assert not [call for call in rig.server.ledger[before:] if call.method == "sendMessage"]
    await rig.go(TUESDAY.replace(hour=11))
    assert (len(reminded(mai)), len(reminded(binh))) == (1, 1)


async def test_telegram_refuses_connections_for_an_hour_and_nothing_is_lost(rig: Rig) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    port = int(rig.app.settings.api_url.rsplit(":", 1)[1])
    await rig.server.stop()
    await rig.go(TUESDAY.replace(hour=9, minute=30))
    assert reminded(mai) == []
    rig.server.stopped = False
    rig.server.web = rig.server.routed()
    await rig.server.start(port)
    await rig.go(TUESDAY.replace(hour=10))
    assert len(reminded(mai)) == 1


QUESTIONS = {  # what the question meets, and whether it counts as answered
    "nothing goes wrong": (None, "getMe", True),
    "a page": (Fault("page", 502), "getMe", False),
    "dropped": (Fault("drop"), "getMe", False),
    "hangs": (Fault("hang"), "getMe", False),
    "401": (refusal(401, "Unauthorized"), "getMe", False),
    "texts are lost": (Fault("page", 502), "sendMessage", False),
    "texts are too many": (too_many(3), "sendMessage", True),
}


@pytest.mark.few("dropped")
@pytest.mark.parametrize("name", QUESTIONS)
async def test_the_question_whether_telegram_answers_says_nothing_to_anybody(rig: Rig, name: str) -> None:
    fault, method, answered = QUESTIONS[name]
    if fault is not None:
        rig.plan.next(fault, method=method)
    assert await rig.app.courier._post.reachable() is answered
    assert not [call for call in rig.server.ledger if call.method in SENDS]


async def test_health_and_metrics_name_that_letters_wait_for_telegram(rig: Rig) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    for method in ("getMe", "sendMessage"):
        rig.plan.always(Fault("page", 502), method=method)
    for held in (False, True):
        assert json.loads((await rig.app.watch.health(None)).body)["sending"] is not held
        assert f"dondoc_sending_held {float(held)}" in (await rig.app.watch.metrics(None)).body.decode()
        await rig.go(TUESDAY.replace(minute=45))
    assert mai.name not in (await rig.app.watch.health(None)).text


async def test_one_poisonous_chat_stops_nobody(rig: Rig) -> None:
    names = [f"Person {number}" for number in range(1, 9)]
    head, poisonous, *rest = await rig.seed(*names, due=DUE)
    rig.plan.always(Fault("drop"), chat=poisonous.account)
    rig.clock.now += timedelta(minutes=30)
    await rig.app.ticks.settle()
    assert sum(len(reminded(person)) for person in rest) == len(rest), "in the first round already"
    await rig.go(TUESDAY.replace(hour=11))
    assert any("Person 1: the connection broke twice" in text for text in head.news())


async def test_one_bad_recipient_and_one_poison_row_never_stop_the_rest(rig: Rig) -> None:
    names = ("Mai Member", "Binh Member", "Cuc Member", "Dao Member", "Giang Member")
    head, bad, poisoned, *rest = await rig.seed(*names, due=DUE)
    rig.plan.always(refusal(400, "Bad Request: PEER_FLOOD"), chat=bad.account)
    rig.clock.now += timedelta(minutes=30)
    await rig.app.ticks.plan()
    victim = await rig.member(poisoned.name)
    with transaction(rig.app.store.engine) as c:
        mine = outbox.c.member_id == victim.id, outbox.c.state == "waiting"
        c.execute(outbox.update().where(*mine).values(content={"steps": [{"nonsense": 1}]}))
    await rig.go(TUESDAY.replace(hour=14))
    assert [len(reminded(person)) for person in rest] == [1, 1, 1]
    assert reminded(poisoned) == []
    first, *_ = told = [text for text in head.news() if "did not arrive" in text]
    assert "UA-001 → Mai Member: Telegram did not accept the text" in first
    await rig.finish()
    assert any("Binh Member: a fault in the bot" in text for text in (*told, *head.news()))


async def test_what_fails_together_is_told_in_one_letter_and_what_fails_later_the_next_morning(rig: Rig) -> None:
    head, *people = await rig.seed("Mai Member", "Binh Member", "Cuc Member", due=DUE)
    for person in people[:2]:
        rig.plan.next(refusal(400, "Bad Request: message is too long"), chat=person.account, times=2)
    await rig.go(TUESDAY.replace(hour=12))
    (told,) = [text for text in head.news() if "did not arrive" in text]
    assert "2 reminders" in told
    for person in people[2:]:
        rig.plan.next(refusal(400, "Bad Request: message is too long"), chat=person.account, times=2)
    await rig.go(TUESDAY.replace(hour=18))
    assert not [text for text in head.news() if "did not arrive" in text]
    rig.clock.now = TUESDAY.replace(day=9, hour=8).astimezone(UTC)
    await rig.app.ticks.settle()
    (told,) = [text for text in head.news() if "did not arrive" in text]
    assert "UA-003 → Cuc Member" in told


async def test_news_in_a_late_agenda_that_never_arrives_is_named_to_the_head_too(rig: Rig) -> None:
    head, mai = await rig.seed("Mai Member", due=DUE + timedelta(days=2))
    await mai.say("/extend UA-001 16/12/2026 17:00; the figures come late")
    rig.plan.always(refusal(401, "Unauthorized"), chat=mai.account)  # nothing reaches Mai for more than half an hour
    await rig.morning(head)
    await head.press("✔️ Approve")
    await head.say("/assign mai; 16/12/2026 17:00; New work; Report")
    await head.press("✔️")
    head.news()
    await rig.go(TUESDAY.replace(hour=9, minute=45))
    rig.plan.clear()
    rig.plan.next(refusal(400, "Bad Request: message is too long"), chat=mai.account, times=2)
    await rig.go(TUESDAY.replace(hour=11))
    (told,) = [text for text in head.news() if "did not arrive" in text]
    assert "2 messages" in told
    assert "UA-001 → Mai Member (the answer to a request): Telegram did not accept the text" in told
    assert "UA-002 → Mai Member (new work): Telegram did not accept the text" in told


async def test_a_superior_who_cannot_be_reached_either_is_passed_over(rig: Rig) -> None:
    head, mai = await rig.seed("Mai Member", due=DUE)
    await rig.staff("Lan Leader, Unit A, leader, en")
    lan = await rig.join("Lan Leader")
    rig.plan.next(refusal(400, "Bad Request: message is too long"), chat=mai.account, times=2)
    rig.plan.always(refusal(403, "Forbidden: bot was blocked by the user"), chat=head.account)
    await rig.go(TUESDAY.replace(hour=11))
    assert any("UA-001 → Mai Member" in text for text in lan.news())


async def test_a_reminder_of_work_that_is_finished_meanwhile_is_no_longer_missed(rig: Rig) -> None:
    head, mai = await rig.seed("Mai Member", due=DUE)
    rig.plan.next(refusal(400, "Bad Request: message is too long"), chat=mai.account, times=2)
    await rig.go(TUESDAY.replace(minute=30))
    await mai.say("/done UA-001 ready")
    await head.say("/accept UA-001")
    await rig.go(TUESDAY.replace(hour=11))
    assert not [text for text in head.news() if "did not arrive" in text]
    assert [letter.state for letter in await rig.letters() if letter.kind == "undelivered"] == ["dropped"]


async def test_a_group_that_becomes_a_supergroup_gets_its_summary_at_the_new_address(rig: Rig) -> None:
    (head,) = await rig.seed(due=DUE)
    await bind(rig, head)
    moved = COUNCIL - 1
    rig.plan.next(refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=moved), chat=COUNCIL)
    rig.server.add_group(moved, "Council", [head.account], [head.account])
    rig.clock.now = FRIDAY.astimezone(UTC)
    await rig.go(FRIDAY.replace(hour=16, minute=30))
    assert (len(rig.posts(moved)), len(rig.posts(COUNCIL))) == (1, 0)


@pytest.mark.only("sqlite", "on PostgreSQL the lease of the dead runs out first: test_replicas_letters")
async def test_what_a_dead_bot_had_leased_is_sent_at_once_after_the_restart(rig: Rig) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    rig.clock.now += timedelta(minutes=30)
    await rig.app.ticks.plan()
    now, long = rig.clock.now, rig.clock.now + timedelta(hours=1)
    (letter,) = await rig.app.store.write(lambda c: letters.lease(c, now, long, 9))
    await rig.app.store.write(lambda c: letters.attempt_all(c, [letter], now))  # and then the power fails
    await rig.restart()
    await rig.app.ticks.deliver()
    (text,) = reminded(mai)
    assert text.startswith(MARKS), "it may be a second copy, so it says so"
