"""An update that cannot be parsed: it alone is given up, in silence about what it says, and everything else goes on."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.sandbox.updates import Update
from storage import history, tables
from tests.support.rig import Rig, rigged
from tests.support.world import MONDAY

pytestmark = pytest.mark.only("sqlite", "the rig works on a file and on virtual time")

TUESDAY = MONDAY.replace(day=8, hour=8, minute=0)
DUE = TUESDAY.replace(hour=17)
WORDS, NAME = "words-of-somebody", "Name-of-somebody"


def malformed(chat: int) -> dict[str, dict[str, Any]]:
    """What the Bot API does not promise to say, from a chat."""
    sender = {"id": chat, "is_bot": False, "first_name": NAME}
    whole = {"message_id": 5, "date": 1, "chat": {"id": chat, "type": "private"}, "from": sender, "text": WORDS}
    without = {key: value for key, value in whole.items() if key != "date"}
    poll = {"id": "1", "question": WORDS, "options": [], "total_voter_count": 0, "is_closed": False, "type": "regular"}
    return {
        # A server of one's own may be older than the library, which insists on what came with later versions.
        "a poll from an older Bot API server": {"message": whole | {"poll": poll}},
        "no date": {"message": without},
        "a date that is a word": {"message": whole | {"date": NAME}},
        "a date after the end of the calendar": {"message": whole | {"date": 10**18}},
        "a chat of words": {"message": whole | {"chat": NAME}},
        "a chat number that no database holds": {"message": without | {"chat": {"id": 10**30, "type": NAME}}},
        "a message of words": {"message": WORDS},
        "an empty message": {"message": {}},
        "a mark without a place": {"message": whole | {"entities": [{"type": WORDS}]}},
        "a press without a person": {"callback_query": {"id": "1", "message": without, "data": WORDS}},
        "a press of words": {"callback_query": WORDS},
        "a list for a chat member": {"my_chat_member": [NAME]},
    }


CAUSES = tuple(malformed(0))


def arrive(rig: Rig, update: dict[str, Any]) -> int:
    """An update waits at Telegram, whatever is in it; its number."""
    updates = rig.server.updates
    number = updates.next_id
    updates.next_id += 1
    updates.waiting.append(Update(rig.clock(), next(iter(update), "message"), {"update_id": number, **update}))
    return number


async def outcomes(rig: Rig) -> dict[int, tuple[str, Any]]:
    """How each update ended, and what is still kept of it."""
    query = select(tables.inbox.c.id, tables.inbox.c.outcome, tables.inbox.c.payload)
    rows = await rig.app.store.read(lambda c: c.execute(query).all())
    return {row.id: (row.outcome, row.payload) for row in rows}


async def reports(rig: Rig) -> list[int]:
    """The percentages that were reported, in their order."""
    entries = await rig.app.store.read(lambda c: history.of_task(c, 1, ("report",), 99))
    return sorted(entry.details["percent"] for entry in entries)


@pytest.mark.parametrize("cause", CAUSES)
async def test_one_update_that_cannot_be_parsed_is_given_up_alone_and_in_silence(
    tmp_path: Path, cause: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with rigged(tmp_path, TUESDAY) as rig:
        _, mai, binh = await rig.seed("Mai Member", "Binh Member", due=DUE)
        rig.server.say(mai.account, "/progress UA-001 20 before")
        bad = arrive(rig, malformed(mai.account)[cause])
        rig.server.say(mai.account, "/progress UA-001 40 behind")
        async with asyncio.timeout(30):  # what is never confirmed is waited for without end
            await binh.say("/task UA-002")
        assert await reports(rig) == [20, 40]
        assert "UA-002" in binh.said
        assert (await outcomes(rig))[bad] == ("failed", {})
    said = "".join(logging.Formatter().format(record) for record in caplog.records)
    assert f"update {bad} could not be handled" in said
    assert WORDS not in said
    assert NAME not in said


async def test_what_is_no_update_is_left_out_and_the_others_of_the_batch_are_done(tmp_path: Path) -> None:
    async with rigged(tmp_path, TUESDAY) as rig:
        _, mai = await rig.seed("Mai Member", due=DUE)
        batch = rig.server.updates.batch
        none: list[Any] = [WORDS, {"message": WORDS}, {"update_id": "x"}]
        rig.server.updates.batch = lambda limit: [*none, *batch(limit)]  # type: ignore[method-assign]
        async with asyncio.timeout(30):
            assert "20 %" in await mai.say("/progress UA-001 20 all the same")
        rig.server.updates.batch = batch  # type: ignore[method-assign]
