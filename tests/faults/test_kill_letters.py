"""The power fails again and again while letters leave at Telegram's own limit: `kill -9` at moments drawn by chance.

A few kills; DONDOC_LONG=1 kills 1,000 times during 10,000 letters, and prints with `-s` what it saw.
"""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median

import pytest

from bot.delivery import LEASE, places
from tests.support.lives import LONG, TELEGRAMS, Reaper, bot, lives, until
from tests.support.mail import Arrived, Post, post_office
from tests.support.replica import SharedClock

# Other numbers of kills, of letters, and of seconds that an answer of Telegram takes: DONDOC_KILLS="100 1000 0.04".
NUMBERS = os.environ.get("DONDOC_KILLS", "1000 10000 0" if LONG else "3 120 0").split()
KILLS, LETTERS, ANSWER_TIME = int(NUMBERS[0]), int(NUMBERS[1]), float(NUMBERS[2])
SEED = 20261125
PEOPLE = 60
KILLS_LEASED, AHEAD_LEASED = (60, 40) if LONG else (2, 20)  # where leases outlive their process
AHEAD = 40 + 2 * LETTERS // KILLS  # letters that always wait: more than one life sends
FIRST_WITHIN = 2.0  # seconds from the start of a process to its first message: promised
EXTRA = 1.3 if LONG and not ANSWER_TIME else 3  # second copies a kill; so many may be on the wire at 30 a second


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Post]:
    async with post_office(tmp_path, PEOPLE, SEED, by_planner=True) as made:
        yield made


def top_up(office: Post) -> int:
    """Let enough letters wait, until all were queued; how many there are to go."""
    left = LETTERS - office.letters.number
    office.queue(min(left, max(0, AHEAD - office.waiting())))
    return office.waiting() + LETTERS - office.letters.number


@pytest.mark.only("sqlite", "on PostgreSQL the leases of the dead run out first, see below")
async def test_kill_minus_nine_loses_no_letter_and_sends_none_three_times(office: Post) -> None:
    reaper = Reaper(office.server, random.Random(SEED), ANSWER_TIME)
    async with lives(office.folder, office.url, **TELEGRAMS) as begin:
        while reaper.kills < KILLS:
            left = top_up(office)
            most = min(2 * left // (KILLS - reaper.kills) - 3, AHEAD - 5, left - 5)  # some more leave until it is dead
            async with begin() as process:
                await reaper.live(process, max(1, most))
    top_up(office)
    async with bot(office.folder, office.url, **TELEGRAMS) as process:
        reaper.begin(process)
        assert await until(lambda: not office.unfinished())
    found, reported = office.account_for()
    tell(found, reaper, reported)
    assert office.letters.number == LETTERS
    assert found.second <= EXTRA * reaper.kills
    if LONG:  # a short run has too few starts, and shares the machine with other tests
        assert len(reaper.firsts) >= KILLS / 10 * 0.6, "whole starts were to be seen, not only forked ones"
        assert median(reaper.firsts) <= FIRST_WITHIN


@pytest.mark.only("postgres", "there the leases of the dead outlive them; the clock of all lives is moved past them")
async def test_kill_minus_nine_loses_no_letter_when_leases_outlive_the_process(office: Post, tmp_path: Path) -> None:
    reaper, clock = Reaper(office.server, random.Random(SEED)), SharedClock(tmp_path / "clock")
    clock.ahead(0)
    office.clock = clock
    program = ("tests.support.replica", str(tmp_path / "clock"))
    while reaper.kills < KILLS_LEASED:
        office.queue(max(0, AHEAD_LEASED - office.waiting()))
        async with bot(office.folder, office.url, program, **TELEGRAMS) as process:
            await reaper.live(process, AHEAD_LEASED // 2)
        clock.ahead(reaper.kills * (LEASE.total_seconds() + 1))
    async with bot(office.folder, office.url, program, **TELEGRAMS) as process:
        reaper.begin(process)
        assert await until(lambda: not office.unfinished())
    found, reported = office.account_for()
    assert len(found.copies.keys() | reported) == office.letters.number
    print(f"\n{office.letters.number} letters, {reaper.kills} kills, {found.second} twice, {len(reported)} uncertain")
    assert found.second <= places(float(TELEGRAMS["DONDOC_RATE"])) * reaper.kills


def tell(found: Arrived, reaper: Reaper, reported: set[str]) -> None:
    """What the long run prints."""
    firsts = sorted(reaper.firsts)
    print(
        f"\n{LETTERS} letters, {reaper.kills} kills: {len(found.copies)} arrived, {found.second} of them twice "
        f"({found.second / reaper.kills:.2f} a kill), {len(reported)} reported as uncertain "
        f"({len(reported - found.copies.keys())} of these did not arrive)\n"
        f"first message after a whole start (not a forked one): median {median(firsts):.2f} s, "
        f"95 % {firsts[int(len(firsts) * 0.95)]:.2f} s, longest {firsts[-1]:.2f} s, of {len(firsts)}"
    )
