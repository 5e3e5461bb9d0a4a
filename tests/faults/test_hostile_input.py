"""Whatever comes in: updates of every kind with anything in them, floods, forged presses, and a token.

The generator is seeded: a failure can be repeated. DONDOC_LONG=1 feeds 100,000 updates.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from telegram import Update as Telegram

from bot import logs
from bot.sandbox.calls import Fault, refusal
from bot.sandbox.updates import Update
from storage import history, tables
from tests.support.chaos import Chaos
from tests.support.rig import Rig, rigged
from tests.support.world import MONDAY, TOKEN, Person

LONG = os.environ.get("DONDOC_LONG") == "1"
UPDATES = 100_000 if LONG else 400
FLOOD = 60 if LONG else 3  # seconds, with 100 messages in each
STRANGERS = 5
TUESDAY = MONDAY.replace(day=8, hour=8, minute=0)
DUE = TUESDAY.replace(hour=17)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, TUESDAY) as made:
        yield made


def work(connection: Connection) -> list[Any]:
    """Every task as it stands."""
    return [tuple(row) for row in connection.execute(select(tables.tasks).order_by(tables.tasks.c.id))]


def broken(chaos: Chaos, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What our own code did not expect, but for updates that no Bot API would send."""
    said = (
        "could not be handled",
        "update failed",
        "could not be stored",
        "marked as done",
        "no number",
        "interrupted",
    )
    lines = [record.getMessage() for record in caplog.records if any(text in record.getMessage() for text in said)]
    return [line for line in lines if not any(str(number) in line for number in chaos.spoiled)]


async def test_strangers_with_anything_change_nothing_and_break_nothing(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    await rig.seed("Mai Member", "Binh Member", due=DUE)
    strangers = tuple(rig.stranger(f"Stranger {number}").account for number in range(3))
    before = await rig.app.store.read(work)
    chaos = Chaos(rig, 20261125, strangers)
    await chaos.feed(UPDATES // 2)
    assert broken(chaos, caplog) == []
    assert await rig.app.store.read(work) == before
    assert chaos.seen.issuperset(kind.value for kind in Telegram.ALL_TYPES)
    assert chaos.spoiled


async def test_members_with_anything_break_nothing(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    people = await rig.seed("Mai Member", "Binh Member", due=DUE)
    chaos = Chaos(rig, 20261126, tuple(person.account for person in people))
    await chaos.feed(UPDATES // 2)
    assert broken(chaos, caplog) == []
    people[1].news()
    await people[1].say("/tasks")  # other news may come behind the answer
    assert any("UA-00" in text or "no open tasks" in text for text in people[1].news())


@pytest.mark.parametrize("odd", ["\0", "\ud83d"], ids=["nul", "half a pair"])
async def test_a_character_that_no_database_keeps_is_replaced_and_the_rest_is_done(
    rig: Rig, odd: str, caplog: pytest.LogCaptureFixture
) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    assert "no task with that code" in await mai.say(f"/task UA-{odd}001")
    await mai.say(f"/progress UA-001 40 half{odd}done")
    found = await rig.app.store.read(lambda c: history.of_task(c, 1, ("report",), 99))
    assert "half\N{REPLACEMENT CHARACTER}done" in [entry.details["note"] for entry in found]
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


def edited(rig: Rig, person: Person, text: str, chat: dict[str, Any]) -> Update:
    """An old message whose text is this now, as Telegram brings it again."""
    length = len(text.split(maxsplit=1)[0])
    body = {
        "message_id": 900, "date": 1, "edit_date": rig.server.stamp(), "chat": chat,
        "from": rig.server.people[person.account].user(), "text": text,
        "entities": [{"type": "bot_command", "offset": 0, "length": length}],
    }  # fmt: skip
    number = rig.server.updates.next_id
    rig.server.updates.next_id += 1
    return Update(rig.clock(), "edited_message", {"update_id": number, "edited_message": body})


async def test_an_old_command_that_is_edited_is_not_carried_out_again(rig: Rig) -> None:
    """We ask for no edits; what Telegram had queued for another listener before comes all the same."""
    _, mai = await rig.seed("Mai Member", due=DUE)
    await mai.say("/progress UA-001 20 once")
    before, heard = await rig.app.store.read(work), len(mai.texts)
    private = {"id": mai.account, "type": "private"}
    group = {"id": -1_001_234, "type": "supergroup", "title": "G"}
    for text in ("/progress UA-001 40 again", "/done UA-001", "/cancel", "plain words"):
        rig.server.updates.waiting += [edited(rig, mai, text, chat) for chat in (private, group)]
    rig.server.touch()
    await rig.server.confirmed()
    await rig.app.dispatcher.idle()
    assert (await rig.app.store.read(work), len(mai.texts)) == (before, heard)


async def test_another_persons_button_and_a_replayed_press_do_nothing_more(rig: Rig) -> None:
    head, mai, binh = await rig.seed("Mai Member", "Binh Member", due=DUE)
    await mai.say("/task UA-001")
    before = await rig.app.store.read(work)
    await binh.say("/tasks")
    for data in ("1:act:submit:1", "1:act:accept:1", "1:pct:1:100", "1:askpct:1"):
        await binh.forge(data)
    assert await rig.app.store.read(work) == before
    await mai.press("✅")
    for _ in range(3):
        await mai.forge("1:act:submit:1")
    head.news()
    await rig.morning(head)
    assert sum("UA-001" in text for text in head.news()) == 1


async def test_a_flood_of_strangers_takes_no_turn_from_members(tmp_path: Path) -> None:
    """100 messages a second at Telegram's limits: on virtual time what waits, waits for a turn of the gate.

    What it costs the processor is measured in seconds by `python -m tests.bench.people`.
    """
    async with rigged(tmp_path, TUESDAY, rate=30, chat_rate=1, group_rate=20) as rig:
        _, mai = await rig.seed("Mai Member", due=DUE)
        strangers = [rig.stranger(f"Flood {number}") for number in range(STRANGERS)]
        waits = []
        for _ in range(FLOOD):
            for number in range(100):
                rig.server.say(strangers[number % STRANGERS].account, f"spam {number}")
            asked = rig.clock.now
            await mai.say("/tasks", settle=False)
            async with asyncio.timeout(30):  # who waits for more than a second waits for ever: nobody moves the time
                await rig.server.confirmed()
                await rig.app.dispatcher.idle()
            answer = next(call for call in reversed(rig.server.ledger) if call.chat_id == mai.account)
            waits.append((answer.at - asked).total_seconds())
            rig.clock.now = max(rig.clock.now, asked + timedelta(seconds=1))
        assert sorted(waits)[int(len(waits) * 0.95)] < 2
        assert sum("UA-001" in text for text in mai.texts) == FLOOD
        assert {len(stranger.texts) for stranger in strangers} == {1}


async def served(rig: Rig) -> str:
    """What whoever watches over the bot can read."""
    texts = []
    for answer in (rig.app.watch.health, rig.app.watch.metrics):
        body = (await answer(None)).body  # type: ignore[arg-type]
        assert isinstance(body, bytes)
        texts.append(body.decode())
    assert all(len(text) > 100 for text in texts)
    return "".join(texts)


def everything(connection: Connection) -> str:
    """Every column of every row."""
    rows = [tuple(row) for table in tables.metadata.sorted_tables for row in connection.execute(select(table))]
    assert len(rows) > 10
    return repr(rows)


async def test_the_token_is_in_no_log_line_no_error_and_not_in_the_database(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("json", "DEBUG")
    async with rigged(tmp_path, TUESDAY) as rig:
        _, mai = await rig.seed("Mai Member", due=DUE)
        for fault in (Fault("drop"), Fault("page", 502), refusal(401, "Unauthorized"), Fault("cut")):
            rig.plan.next(fault, chat=mai.account)
            await mai.say("/tasks")
        await mai.say(f"/progress UA-001 40 my token is {TOKEN[:6]}")
        rig.plan.next(refusal(404, "Not Found"), method="getUpdates")
        await rig.app.store.write(lambda c: c.exec_driver_sql("alter table drafts rename to gone"))
        await mai.say("/cancel")
        await rig.app.store.write(lambda c: c.exec_driver_sql("alter table gone rename to drafts"))
        await rig.go(TUESDAY.replace(hour=9))
        told = [text for person in rig.people.values() for text in person.texts]
        assert len(told) > 3
        assert TOKEN not in repr((told, rig.server.ledger)), "people are answered without it"
        assert TOKEN not in await served(rig)
        assert TOKEN not in await rig.app.store.read(everything)
    said = capfd.readouterr()
    assert len(said.err) > 1000, "nothing was logged at all"
    assert TOKEN not in said.err + said.out
    for file in tmp_path.glob("test.db*"):
        assert TOKEN.encode() not in file.read_bytes()


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_token_that_somebody_logs_all_the_same_is_taken_out(form: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The canary above is silent because nobody says the token; this is what stands behind it."""
    logs.configure(form, "DEBUG")
    broken = RuntimeError(f"https://api.telegram.org/bot{TOKEN}/getMe")
    logging.getLogger("anybody").error("calling %s", f"/bot{TOKEN}/sendMessage", exc_info=broken)
    logging.getLogger("httpx").info("GET /bot%s/getMe", TOKEN)
    said = capfd.readouterr().err
    assert "RuntimeError" in said
    assert said.count("[token]") >= 2
    assert TOKEN not in said
    assert "httpx" not in said


class Wrong(ValueError):
    """Complains of a value, as much of the standard library does."""


BROKEN = {
    "of a value": (Wrong("what did 'Lan wrote' mean?"), "Wrong\n", "Lan wrote"),
    "of a key": (KeyError("Lan wrote"), "KeyError\n", "Lan wrote"),
    "of the machine": (OSError(28, "No space left on device"), "OSError: [Errno 28] No space left on device", None),
    "of PostgreSQL": (RuntimeError("duplicate key\nDETAIL: Key (account)=(77)"), "RuntimeError: duplicate key", "77"),
    "of several": (ExceptionGroup("two", [Wrong("Lan wrote"), OSError("the disk")]), "OSError: the disk", "Lan wrote"),
}


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("error", BROKEN)
def test_the_log_says_where_and_how_something_broke_and_repeats_nobody(
    form: str, error: str, capfd: pytest.CaptureFixture[str]
) -> None:
    broken, said, unsaid = BROKEN[error]
    logs.configure(form, "DEBUG")
    outer = RuntimeError("could not go on")
    outer.__cause__ = broken
    try:
        raise outer
    except RuntimeError:
        logging.getLogger("anybody").exception("update failed")
    line = capfd.readouterr().err
    line = json.loads(line)["error"] + "\n" if form == "json" else line
    assert said in line
    assert line.index(said) < line.index("RuntimeError: could not go on"), "the cause first"
    assert "test_hostile_input.py" in line
    assert unsaid is None or unsaid not in line


def ring() -> Exception:
    """Each of two errors is the cause of the other, as an error has that is kept and raised again."""
    one, other = OSError("one"), OSError("other")
    one.__context__, other.__context__ = other, one
    return one


def endless() -> Exception:
    """What an error looks like that was raised again five thousand times."""
    error = OSError("first")
    for _ in range(5000):
        error, error.__context__ = OSError("again"), error
    return error


@pytest.mark.parametrize("error", [ring, endless])
def test_no_chain_of_causes_breaks_the_line_that_tells_of_it(
    error: Callable[[], Exception], capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("text", "DEBUG")
    logging.getLogger("anybody").error("update failed", exc_info=error())
    line = capfd.readouterr().err
    assert "update failed" in line
    assert line.count("OSError: one\n") + line.count("OSError: first\n") == 1
