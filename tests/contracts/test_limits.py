"""The gate under a clock of its own: what goes when, who overtakes whom, and what a 429 closes."""

import asyncio
import heapq
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram.error import BadRequest, RetryAfter

from handlers.limits import Gate, PoliteLimiter, chat_key
from handlers.rhythms import Lane

A, L = Lane.ANSWER, Lane.LETTER


@pytest.fixture(autouse=True)
def _timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the bot runs: PTB warns on every 429 otherwise, and warnings are errors here."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


class Clock:
    """Time that only moves when `run` moves it, from one sleeper's end to the next."""

    def __init__(self) -> None:
        self.now, self.naps = 1000.0, 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps += 1
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._numbers), woken))
        await woken

    async def run(self, seconds: float) -> None:
        """Let everything happen that happens within `seconds`."""
        end = self.now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            when, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                self.now = max(self.now, when)
                woken.set_result(None)
                await settle()
        self.now = end


async def settle() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


class Bench:
    """A gate, its clock, and a note of every turn it gave: (seconds since the start, name)."""

    def __init__(self, **rates: float) -> None:
        self.clock = Clock()
        self.gate = Gate(**rates, monotonic=self.clock.monotonic, sleep=self.clock.sleep)
        self.went: list[tuple[float, str]] = []
        self._start = self.clock.now
        self.tasks: set[asyncio.Task[None]] = set()

    async def ask(self, chat: int | None, lane: Lane, name: str = "", *, edit: bool = False) -> asyncio.Task[None]:
        """Queue for a turn now and come back at once."""
        task = asyncio.create_task(self._wait(chat, lane, name or str(chat), edit))
        self.tasks.add(task)
        await settle()
        return task

    async def _wait(self, chat: int | None, lane: Lane, name: str, edit: bool) -> None:
        await self.gate.turn(chat, lane, edit=edit)
        self.went.append((round(self.clock.now - self._start, 3), name))

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.went]

    @property
    def times(self) -> list[float]:
        return [when for when, _ in self.went]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    for task in made.tasks:
        task.cancel()
    await settle()


def most_within(times: list[float], seconds: float) -> int:
    """The fullest window [t, t + seconds)."""
    return max(sum(1 for other in times if start <= other < start + seconds - 1e-6) for start in times)


# ----- rates


async def test_no_second_ever_holds_more_than_thirty_messages(bench: Bench) -> None:
    for chat in range(1, 101):
        await bench.ask(chat, A)
    await bench.clock.run(5)
    assert len(bench.went) == 100
    assert most_within(bench.times, 1.0) == 30
    assert bench.times[-1] <= 3.1


async def test_letters_use_the_whole_rate_evenly(bench: Bench) -> None:
    for chat in range(1, 301):
        await bench.ask(chat, L)
    await bench.clock.run(9.7)
    assert len(bench.went) >= 0.97 * 30 * 9.7
    assert most_within(bench.times, 1.0) <= 30
    assert most_within(bench.times, 0.2) <= 9


async def test_answers_among_many_letters_wait_for_a_place_not_for_a_second(bench: Bench) -> None:
    for chat in range(1, 301):
        await bench.ask(chat, L, "letter")
    await bench.clock.run(2)
    for chat in range(1001, 1011):
        await bench.ask(chat, A)
    await bench.clock.run(3)
    assert max(when for when, name in bench.went if name != "letter") <= 2.4
    assert most_within(bench.times, 1.0) <= 30


async def test_an_answer_overtakes_all_waiting_letters(bench: Bench) -> None:
    for chat in range(1, 31):
        await bench.ask(chat, A)
    for chat in range(101, 131):
        await bench.ask(chat, L, "letter")
    await bench.ask(999, A, "answer")
    await bench.clock.run(1.5)
    assert bench.names[30] == "answer"


async def test_a_private_chat_gets_one_letter_a_second(bench: Bench) -> None:
    for name in "abc":
        await bench.ask(7, L, name)
    await bench.clock.run(5)
    assert bench.went == [(0.0, "a"), (1.0, "b"), (2.0, "c")]


async def test_three_answers_to_one_private_chat_pass_at_once_and_the_rest_keeps_the_rhythm(bench: Bench) -> None:
    for name in "abcde":
        await bench.ask(7, A, name)
    await bench.clock.run(5)
    assert bench.went == [(0.0, "a"), (0.0, "b"), (0.0, "c"), (1.0, "d"), (2.0, "e")]


async def test_a_letter_waits_until_a_burst_of_answers_is_paid_for(bench: Bench) -> None:
    for name in "abc":
        await bench.ask(7, A, name)
    await bench.ask(7, L, "letter")
    await bench.clock.run(5)
    assert bench.went[3] == (3.0, "letter")


async def test_a_group_gets_one_a_second_and_twenty_a_minute_without_bursts(bench: Bench) -> None:
    for number in range(25):
        await bench.ask(-100, A if number % 2 else L)
    await bench.clock.run(59.9)
    assert bench.times == [float(second) for second in range(20)]
    await bench.clock.run(10)
    assert bench.times[20:] == [60.0, 61.0, 62.0, 63.0, 64.0]


async def test_edits_count_only_against_the_overall_limit(bench: Bench) -> None:
    await bench.ask(-100, A, "message")
    for number in range(40):
        await bench.ask(-100, A, f"edit {number}", edit=True)
    assert len(bench.went) == 30
    await bench.clock.run(1.0)
    assert len(bench.went) == 41
    await bench.ask(-100, A, "message")
    assert bench.went[-1] == (1.0, "message")
    assert most_within(bench.times, 1.0) == 30


async def test_one_full_chat_holds_up_nobody_else(bench: Bench) -> None:
    for _ in range(10):
        await bench.ask(7, L)
    await bench.ask(8, L)
    assert bench.names == ["7", "8"]


@pytest.mark.parametrize("rates", [{"overall": 0}, {"chat": -1}, {"group": 0}])
def test_a_rate_of_nothing_is_refused(rates: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="rate"):
        Gate(**rates)


async def test_rates_below_one_make_longer_pauses() -> None:
    slow = Bench(overall=0.5, chat=1.0)
    for chat in (1, 2, 3):
        await slow.ask(chat, A)
    await slow.clock.run(10)
    assert slow.times == [0.0, 2.0, 4.0]


CALLS = st.lists(
    st.tuples(
        st.sampled_from([1, 2, -1, -2, None]), st.sampled_from([A, L]), st.booleans(), st.sampled_from([0.0, 0.3, 1.1])
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(CALLS)
def test_whatever_comes_the_limits_hold_the_order_holds_and_all_get_through(
    calls: list[tuple[int | None, Lane, bool, float]],
) -> None:
    async def play() -> list[tuple[float, str]]:
        bench = Bench(overall=5.0, chat=1.0, group=6.0)
        for number, (chat, lane, edit, gap) in enumerate(calls):
            await bench.ask(chat, lane, f"{number}", edit=edit)
            await bench.clock.run(gap)
        await bench.clock.run(1000)
        return bench.went

    went = [(when, *calls[int(name)][:3], int(name)) for when, name in asyncio.run(play())]
    assert len(went) == len(calls)
    assert not went or most_within([entry[0] for entry in went], 1.0) <= 5
    letters = [entry[0] for entry in went if entry[2] is L]
    assert not letters or most_within(letters, 0.2) <= 4
    for chat in (-1, -2):
        sent = [entry[0] for entry in went if entry[1] == chat and not entry[3]]
        assert not sent or (most_within(sent, 60.0) <= 6 and most_within(sent, 1.0) <= 1)
    for who in {entry[1:4] for entry in went}:
        numbers = [entry[4] for entry in went if entry[1:4] == who]
        assert numbers == sorted(numbers)


# ----- waiting


async def test_a_cancelled_waiter_frees_its_place(bench: Bench) -> None:
    await bench.ask(7, L, "a")
    gone = await bench.ask(7, L, "b")
    await bench.ask(7, L, "c")
    gone.cancel()
    await bench.clock.run(3)
    assert bench.went == [(0.0, "a"), (1.0, "c")]


async def test_a_queue_of_cancelled_waiters_leaves_the_chat_usable(bench: Bench) -> None:
    await bench.ask(7, L, "a")
    for task in [await bench.ask(7, L, "gone") for _ in range(3)]:
        task.cancel()
    await bench.clock.run(3)
    await bench.ask(7, L, "b")
    assert bench.went == [(0.0, "a"), (3.0, "b")]


async def test_waiting_is_not_busy(bench: Bench) -> None:
    bench.gate.pause(7, 20)
    for _ in range(50):
        await bench.ask(7, L)
    await bench.clock.run(19)
    assert bench.went == []
    assert bench.clock.naps <= 2


async def test_old_chats_are_forgotten(bench: Bench) -> None:
    for chat in range(1, 5001):
        await asyncio.wait_for(bench.gate.turn(chat, A), 1)
        bench.clock.now += 0.5
    assert bench.gate.known_chats < 1100


async def test_a_chat_that_is_still_busy_is_not_forgotten() -> None:
    bench = Bench(overall=100_000.0)
    for _ in range(20):
        await bench.gate.turn(-1, A)
        bench.clock.now += 1
    for chat in range(1, 3001):
        await bench.gate.turn(chat, A)
    task = await bench.ask(-1, A)
    await bench.clock.run(39)
    assert not task.done()
    await bench.clock.run(2)
    assert task.done()


# ----- pauses


async def test_a_429_closes_its_chat_only_edits_included_until_the_very_end(bench: Bench) -> None:
    bench.gate.pause(7, 3)
    await bench.ask(7, A, "message")
    await bench.ask(7, A, "edit", edit=True)
    await bench.ask(8, A, "other")
    await bench.clock.run(2.99)
    assert bench.names == ["other"]
    await bench.clock.run(0.02)
    assert sorted(bench.went[1:]) == [(3.0, "edit"), (3.0, "message")]


@pytest.mark.parametrize(("gap", "closed"), [(2.4, True), (2.6, False)])
async def test_three_chats_within_five_seconds_close_all(bench: Bench, gap: float, closed: bool) -> None:
    for chat in (1, 2, 3):
        bench.gate.pause(chat, 20)
        await bench.clock.run(gap)
    assert (bench.gate.held(4) > 0) is closed


async def test_one_chat_saying_it_three_times_closes_only_itself(bench: Bench) -> None:
    for _ in range(3):
        bench.gate.pause(1, 20)
    assert bench.gate.held(4) == 0.0


@pytest.mark.parametrize(("seconds", "closed"), [(30, False), (31, True)])
async def test_a_pause_above_thirty_seconds_closes_all(bench: Bench, seconds: int, closed: bool) -> None:
    bench.gate.pause(1, seconds)
    assert (bench.gate.held(4) == seconds) is closed


async def test_a_shorter_pause_never_shortens_a_longer_one(bench: Bench) -> None:
    bench.gate.pause(1, 20)
    bench.gate.pause(1, 2)
    assert bench.gate.held(1) == 20


async def test_a_pause_that_comes_while_calls_wait_holds_them_too(bench: Bench) -> None:
    await bench.ask(7, L, "a")
    await bench.ask(7, L, "b")
    bench.gate.pause(7, 10)
    await bench.clock.run(20)
    assert bench.went == [(0.0, "a"), (10.0, "b")]


async def test_pauses_survive_a_restart(bench: Bench) -> None:
    bench.gate.pause(1, 20)
    bench.gate.pause(2, 3)
    bench.gate.pause(3, 600)
    await bench.clock.run(5)
    kept = bench.gate.pauses()
    assert kept == {1: 15.0, 3: 595.0, None: 595.0}
    after = Bench()
    after.gate.resume(kept)
    task = await after.ask(9, A)
    await after.clock.run(594)
    assert not task.done()
    await after.clock.run(2)
    assert task.done()


# ----- PTB


class Telegram:
    """Stands where PTB's own request would be made."""

    def __init__(self, bench: Bench, *answers: Exception) -> None:
        self.limiter, self.answers, self.calls = PoliteLimiter(bench.gate), list(answers), 0

    async def _answer(self, *_args: Any, **_kwargs: Any) -> bool:
        self.calls += 1
        if self.answers:
            raise self.answers.pop(0)
        return True

    def call(self, endpoint: str, lane: Lane | None = None, chat_id: object = 7) -> asyncio.Task[Any]:
        data = {"chat_id": chat_id} if chat_id is not None else {}
        request = self.limiter.process_request(self._answer, (), {}, endpoint, data, lane)
        return asyncio.create_task(request)


@pytest.mark.parametrize("endpoint", ["sendMessage", "sendPhoto", "sendDocument", "copyMessage", "forwardMessage"])
async def test_what_sends_waits_for_its_turn(bench: Bench, endpoint: str) -> None:
    calls = [Telegram(bench).call(endpoint, L) for _ in range(2)]
    await settle()
    assert [call.done() for call in calls] == [True, False]
    await bench.clock.run(1.5)
    assert calls[1].done()


@pytest.mark.parametrize("endpoint", ["editMessageText", "editMessageReplyMarkup", "stopPoll"])
async def test_edits_wait_only_for_the_overall_rate(bench: Bench, endpoint: str) -> None:
    calls = [Telegram(bench).call(endpoint) for _ in range(31)]
    await settle()
    assert [call.done() for call in calls] == [True] * 30 + [False]
    await bench.clock.run(1.5)


PASSING = ["getUpdates", "answerCallbackQuery", "getMe", "setMyCommands", "sendChatAction", "editChatInviteLink"]


@pytest.mark.parametrize("endpoint", PASSING)
async def test_the_rest_passes_even_in_a_pause(bench: Bench, endpoint: str) -> None:
    bench.gate.pause(None, 600)
    assert await Telegram(bench).call(endpoint) is True


async def test_without_a_lane_a_call_is_an_answer(bench: Bench) -> None:
    calls = [Telegram(bench).call("sendMessage") for _ in range(3)]
    await settle()
    assert all(call.done() for call in calls)


async def test_an_answer_is_tried_once_more_after_a_short_pause(bench: Bench) -> None:
    telegram = Telegram(bench, RetryAfter(3))
    call = telegram.call("sendMessage", A)
    await bench.clock.run(2.9)
    assert (telegram.calls, call.done()) == (1, False)
    await bench.clock.run(0.2)
    assert (telegram.calls, await call) == (2, True)


async def test_an_answer_is_not_tried_a_third_time(bench: Bench) -> None:
    telegram = Telegram(bench, RetryAfter(3), RetryAfter(4))
    call = telegram.call("sendMessage", A)
    await bench.clock.run(3.5)
    assert call.done()
    with pytest.raises(RetryAfter):
        await call
    assert telegram.calls == 2
    assert bench.gate.held(7) == 3.5


@pytest.mark.parametrize(("lane", "seconds"), [(L, 3), (A, 11)])
async def test_letters_and_long_pauses_are_given_back_and_remembered(bench: Bench, lane: Lane, seconds: int) -> None:
    telegram = Telegram(bench, RetryAfter(seconds))
    call = telegram.call("sendMessage", lane)
    await settle()
    assert call.done()
    with pytest.raises(RetryAfter):
        await call
    assert telegram.calls == 1
    assert bench.gate.pauses() == {7: seconds}


async def test_in_a_long_pause_telegram_is_not_asked_at_all(bench: Bench) -> None:
    bench.gate.pause(7, 20)
    telegram = Telegram(bench)
    call = telegram.call("sendMessage", A)
    await settle()
    assert call.done()
    with pytest.raises(RetryAfter) as caught:
        await call
    assert telegram.calls == 0
    assert caught.value._retry_after.total_seconds() == 20


async def test_other_errors_pass_untouched(bench: Bench) -> None:
    telegram = Telegram(bench, BadRequest("no"))
    with pytest.raises(BadRequest):
        await telegram.call("sendMessage", A)
    assert (telegram.calls, bench.gate.pauses()) == (1, {})


def test_a_chat_id_may_come_as_number_text_or_name() -> None:
    assert chat_key(-1001) == chat_key("-1001") == -1001
    assert chat_key(None) is None
    name = chat_key("@City_News")
    assert name == chat_key("@city_news") != chat_key("@other")
    assert name is not None
    assert name < -(10**15)


def test_every_lane_is_truthy_or_ptb_would_drop_it() -> None:
    assert all(Lane)
