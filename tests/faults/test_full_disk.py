"""A disk that takes nothing more: nothing leaves that could not be written down, and nothing is lost or said twice.

The system itself refuses to write past the first page of any file, as it does on a full disk.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery import LEASE
from bot.sandbox.calls import Fault, Json
from storage.database import Unavailable
from tests.support.program import refused_start
from tests.support.rig import MARKS, SENDS, Rig, rigged
from tests.support.world import MONDAY

pytestmark = pytest.mark.only("sqlite", "about a file")

TUESDAY = MONDAY.replace(day=8, hour=8, minute=15)  # before the reminders of the due day, 8:30
DUE = TUESDAY.replace(hour=17)
ROOM = 4096  # bytes of each file


def fill() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, most))


def make_room() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def full_disk() -> Iterator[None]:
    fill()
    try:
        yield
    finally:
        make_room()


async def test_a_letter_that_is_due_waits_until_there_is_room_and_leaves_once(tmp_path: Path) -> None:
    async with rigged(tmp_path, TUESDAY) as rig:
        _, mai = await rig.seed("Mai Member", due=DUE)
        rig.clock.now += timedelta(minutes=15)
        with full_disk(), pytest.raises(Unavailable):
            await rig.app.ticks.plan()
        await rig.app.ticks.plan()
        with full_disk(), pytest.raises(Unavailable):
            await rig.app.ticks.deliver()
        assert mai.texts == []
        await rig.settle()
        assert len(mai.texts) == 1


async def test_a_disk_that_fills_while_a_letter_is_on_the_wire_repeats_it_once_and_marked(tmp_path: Path) -> None:
    async with rigged(tmp_path, TUESDAY, second=1) as rig:
        _, mai = await rig.seed("Mai Member", due=DUE)
        rig.clock.now += timedelta(minutes=15)
        await rig.app.ticks.plan()
        plan = fill_at_the_first_letter(rig)
        await rig.app.ticks.deliver()
        make_room()
        rig.server.before = plan
        assert len(mai.texts) == 1
        rig.clock.now += LEASE
        await rig.settle()
        first, second = mai.texts
        assert not first.startswith(MARKS)
        assert second.startswith(MARKS)


def fill_at_the_first_letter(rig: Rig) -> object:
    """The disk is full once the letter has left; what stood in this place before."""
    before = rig.server.before

    def meet(method: str, values: Json) -> Fault | None:
        if method in SENDS:
            fill()
        return None

    rig.server.before = meet
    return before


def test_a_bot_that_starts_on_a_full_disk_says_so_in_one_line(tmp_path: Path) -> None:
    line = refused_start(tmp_path / "dondoc.db", fill)
    assert "the database cannot be used" in line
