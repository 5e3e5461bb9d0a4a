"""The transport against a server that misbehaves in every way we know, and what we conclude from it."""

import asyncio
import json
import logging
import socket
import struct
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import pytest
from aiohttp import BodyPartReader, web
from telegram import InputFile
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import ExtBot
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter
from telegram.warnings import PTBDeprecationWarning

from handlers.limits import Gate, PoliteLimiter
from handlers.outcomes import Kind, NotDelivered, Outcome, Uncertain, outcome
from handlers.rhythms import Lane
from handlers.transport import AiohttpRequest
from tests.support.program import free_port

TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
QUICK: dict[str, Any] = {"read_timeout": 0.2, "write_timeout": 0.1, "connect_timeout": 0.2, "pool_timeout": 0.1}


@pytest.fixture(autouse=True)
def _timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the bot runs: PTB warns on every 429 otherwise, and warnings are errors here."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A server whose every request goes to `handler`; gives the URL of sendMessage."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/bot{TOKEN}/sendMessage"
    finally:
        await runner.cleanup()


async def error_of(url: str, **settings: Any) -> BaseException:
    """What one POST raises."""
    async with AiohttpRequest(**(QUICK | settings)) as request:
        with pytest.raises(TelegramError) as caught:
            await request.post(url, RequestData([RequestParameter.from_input("text", "hi")]))
        return caught.value


async def verdict_on(handler: Handler) -> Outcome:
    async with serving(handler) as url:
        return outcome(await error_of(url))


@contextmanager
def deaf_server() -> Iterator[str]:
    """The URL of a machine that answers no call: the queue of its listening socket is full."""
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for caller in (first, second):
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        yield f"http://127.0.0.1:{deaf.getsockname()[1]}/bot{TOKEN}/sendMessage"


def says(status: int, body: object) -> Handler:
    """An answer as Telegram (a dict) or as a stranger (text) would give it."""
    text = json.dumps(body) if isinstance(body, dict) else str(body)

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, text=text, headers={"Location": "/elsewhere"})

    return answer


def refuses(status: int, description: str, **parameters: int) -> Handler:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return says(status, body | ({"parameters": parameters} if parameters else {}))


async def hang(request: web.BaseRequest) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def disconnect(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def reset(request: web.BaseRequest) -> web.StreamResponse:
    await request.read()
    assert request.transport is not None
    raw = request.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
    return web.Response()


async def cut(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"ok":true,')
    assert request.transport is not None
    request.transport.close()
    return response


async def drip(request: web.BaseRequest) -> web.StreamResponse:
    """Never silent long enough for the read timeout."""
    response = web.StreamResponse()
    await response.prepare(request)
    with suppress(ConnectionError):
        for _ in range(600):
            await response.write(b" ")
            await asyncio.sleep(0.05)
    return response


async def echo_address(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(status=404, text=json.dumps({"ok": False, "description": f"no page {request.path}"}))


async def echo_page(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(status=200, text=f"<html>{request.path}</html>")


# ----- what goes out and comes back


async def test_a_good_answer_comes_back_as_its_result_and_the_parameters_arrive() -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"ok": True, "result": await request.json()})

    data = RequestData([RequestParameter.from_input("text", "đôn đốc & co"), RequestParameter("chat_id", 7, None)])
    async with serving(answer) as url, AiohttpRequest() as request:
        assert await request.post(url, data) == {"text": "đôn đốc & co", "chat_id": 7}


async def test_a_file_arrives_whole_with_its_vietnamese_name_unquoted() -> None:
    heads: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            heads.append(part.headers["Content-Disposition"])
            heads.append((await part.read()).decode())
        return web.json_response({"ok": True, "result": True})

    file = InputFile(b"a,b\n1,2\n", filename='Tổng "hợp"\r\nX: y.csv')
    data = RequestData([RequestParameter("chat_id", 7, None), RequestParameter("document", None, [file])])
    async with serving(answer) as url, AiohttpRequest() as request:
        assert await request.post(url, data) is True
    assert heads[:2] == ['form-data; name="chat_id"', "7"]
    assert heads[2] == 'form-data; name="document"; filename="Tổng \\"hợp\\"__X: y.csv"'
    assert heads[3] == "a,b\n1,2\n"


async def test_a_download_gives_the_bytes_untouched() -> None:
    body = f"holds {TOKEN}".encode()
    async with serving(says(200, body.decode())) as url, AiohttpRequest() as request:
        assert await request.retrieve(url) == body


async def test_ptb_sends_through_it_and_hands_the_lane_to_the_limiter() -> None:
    seen: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(str((await request.json())["text"]))
        message = {"message_id": 1, "date": 0, "chat": {"id": 7, "type": "private"}, "text": seen[-1]}
        return web.json_response({"ok": True, "result": message})

    gate = Gate(overall=1000.0)
    async with serving(answer) as url, AiohttpRequest() as request:
        root = url.split(TOKEN)[0]
        bot = ExtBot(
            TOKEN, base_url=root, request=request, get_updates_request=request, rate_limiter=PoliteLimiter(gate)
        )
        for text in "ab":  # answers: a burst passes
            assert (await bot.send_message(7, text)).text == text
        with pytest.raises(TimeoutError):  # a letter after them must wait
            await asyncio.wait_for(bot.send_message(7, "c", rate_limit_args=Lane.LETTER), 0.1)
    assert seen == ["a", "b"]


async def test_connections_are_kept_and_used_again() -> None:
    peers: set[object] = set()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        return web.json_response({"ok": True, "result": True})

    async with serving(answer) as url, AiohttpRequest() as request:
        for _ in range(3):
            await request.post(url)
    assert len(peers) == 1


async def test_a_kept_connection_that_dies_never_makes_a_second_copy_by_itself() -> None:
    seen: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request.path)
        return await disconnect(request) if len(seen) > 1 else web.json_response({"ok": True, "result": True})

    async with serving(answer) as url, AiohttpRequest(**QUICK) as request:
        await request.post(url)
        with pytest.raises(Uncertain):
            await request.post(url)
    assert len(seen) == 2


# ----- certainly not delivered


async def test_a_refused_connection_is_not_sent() -> None:
    error = await error_of(f"http://127.0.0.1:{free_port()}/bot{TOKEN}/sendMessage")
    assert isinstance(error, NotDelivered)
    assert outcome(error) == Outcome(Kind.NOT_SENT_RETRY, "connect")


async def test_a_server_that_does_not_pick_up_is_not_sent() -> None:
    with deaf_server() as url:
        error = await error_of(url)
    assert outcome(error) == Outcome(Kind.NOT_SENT_RETRY, "connect_timeout")


async def test_a_proxy_that_refuses_is_not_sent() -> None:
    async with serving(says(407, "who are you?")) as proxy:
        port = proxy.split(":")[2].split("/")[0]
        error = await error_of(f"https://127.0.0.1/bot{TOKEN}/x", proxy=f"http://me:secret@127.0.0.1:{port}")
    assert outcome(error) == Outcome(Kind.NOT_SENT_RETRY, "proxy")
    assert "secret" not in f"{error!r}{error}"


async def test_a_full_pool_is_not_sent_and_a_cancelled_request_frees_its_place() -> None:
    async with serving(hang) as url, AiohttpRequest(**(QUICK | {"connections": 1, "read_timeout": 20})) as request:
        first = asyncio.create_task(request.post(url))
        await asyncio.sleep(0.05)
        with pytest.raises(NotDelivered) as caught:
            await request.post(url)
        assert outcome(caught.value) == Outcome(Kind.NOT_SENT_RETRY, "pool_timeout")
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        with pytest.raises(Uncertain):  # it got a connection this time
            await request.post(url, read_timeout=0.05)


async def test_a_request_before_initialize_or_after_shutdown_is_not_sent() -> None:
    request = AiohttpRequest()
    for _ in range(2):
        with pytest.raises(NotDelivered, match="closed"):
            await request.post(f"http://127.0.0.1:1/bot{TOKEN}/x")
        await request.initialize()
        await request.shutdown()


# ----- uncertain


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (hang, "timeout"),
        (drip, "timeout"),
        (disconnect, "reset"),
        (reset, "reset"),
        (cut, "cut"),
        (refuses(500, "Internal Server Error"), "server_error"),
        (refuses(502, "Bad Gateway"), "server_error"),
        (says(502, "<html>Bad Gateway</html>"), "server_error"),
        (says(200, "<html>Sign in to the Wi-Fi</html>"), "bad_answer"),
        (says(200, {"ok": True}), "bad_answer"),
        (says(200, '{"ok":true,"resu'), "bad_answer"),
        (says(302, ""), "bad_answer"),
        (says(403, "<html>Blocked by your administrator</html>"), "bad_answer"),
        (says(404, "<html>Not here</html>"), "bad_answer"),
    ],
)
async def test_whatever_breaks_after_the_first_byte_is_unknown(fault: Handler, reason: str) -> None:
    assert await verdict_on(fault) == Outcome(Kind.UNKNOWN, reason)


async def test_a_redirect_is_not_followed() -> None:
    seen: list[str] = []

    async def elsewhere(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    assert (await verdict_on(elsewhere)).kind is Kind.UNKNOWN
    assert len(seen) == 1


async def test_a_download_that_falls_silent_or_finds_nobody_ends_by_its_own_timeouts() -> None:
    async with serving(hang) as url, AiohttpRequest(**QUICK) as request:
        with pytest.raises(Uncertain, match="timeout"):
            await asyncio.wait_for(request.retrieve(url), 5)
    with deaf_server() as url:
        async with AiohttpRequest(**QUICK) as request:
            with pytest.raises(NotDelivered, match="connect_timeout"):
                await asyncio.wait_for(request.retrieve(url), 5)


def test_uncertain_is_no_timed_out_or_polling_would_spin() -> None:
    assert not issubclass(Uncertain, TimedOut)


# ----- Telegram's own answers, through the whole transport


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refuses(429, "Too Many Requests: retry after 7", retry_after=7), Outcome(Kind.PAUSE, "flood", seconds=7.0)),
        (refuses(429, "Too Many Requests: retry after 0"), Outcome(Kind.PAUSE, "flood", seconds=1.0)),
        (says(429, "<html>slow down</html>"), Outcome(Kind.PAUSE, "flood", seconds=5.0)),
        (says(413, "<html>too big</html>"), Outcome(Kind.BAD_REQUEST, "too_large")),
        (refuses(413, "Request Entity Too Large"), Outcome(Kind.BAD_REQUEST, "too_large")),
        (
            refuses(400, "Bad Request: upgraded", migrate_to_chat_id=-1009),
            Outcome(Kind.MOVED, "migrated", chat_id=-1009),
        ),
        (refuses(400, "Bad Request: can't parse entities: at 3"), Outcome(Kind.BAD_REQUEST, "parse_entities")),
        (refuses(400, "Bad Request: chat not found"), Outcome(Kind.UNREACHABLE, "chat_not_found")),
        (refuses(401, "Unauthorized"), Outcome(Kind.CONFIG, "token")),
        (refuses(404, "Not Found"), Outcome(Kind.CONFIG, "token")),
        (refuses(409, "Conflict: terminated by other getUpdates"), Outcome(Kind.CONFIG, "conflict")),
    ],
)
async def test_what_telegram_says_itself_is_taken_at_its_word(answer: Handler, expected: Outcome) -> None:
    assert await verdict_on(answer) == expected


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), Kind.UNREACHABLE, "blocked"),
        (Forbidden("Forbidden: user is deactivated"), Kind.UNREACHABLE, "deactivated"),
        (Forbidden("Forbidden: bot can't initiate conversation with a user"), Kind.UNREACHABLE, "never_started"),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), Kind.UNREACHABLE, "kicked"),
        (Forbidden("Forbidden: bot is not a member of the channel chat"), Kind.UNREACHABLE, "not_member"),
        (Forbidden("Forbidden: the group chat was deleted"), Kind.UNREACHABLE, "chat_deleted"),
        (Forbidden("Forbidden: something new"), Kind.UNREACHABLE, "forbidden"),
        (BadRequest("Bad Request: need administrator rights in the channel chat"), Kind.UNREACHABLE, "no_rights"),
        (BadRequest("Bad Request: NOT ENOUGH RIGHTS to send text messages"), Kind.UNREACHABLE, "no_rights"),
        (BadRequest("CHAT_WRITE_FORBIDDEN"), Kind.UNREACHABLE, "no_rights"),
        (BadRequest("Bad Request: message is not modified: same"), Kind.BAD_REQUEST, "not_modified"),
        (BadRequest("Bad Request: BUTTON_DATA_INVALID"), Kind.BAD_REQUEST, "button_invalid"),
        (BadRequest("Bad Request: something new"), Kind.BAD_REQUEST, "bad_request"),
        (ChatMigrated(-1005), Kind.MOVED, "migrated"),
        (Conflict("Conflict: two pollers"), Kind.CONFIG, "conflict"),
        (InvalidToken(), Kind.CONFIG, "token"),
        (TimedOut(), Kind.UNKNOWN, "timeout"),
        (NetworkError("Bad Gateway"), Kind.UNKNOWN, "server_error"),
        (asyncio.CancelledError(), Kind.UNKNOWN, "cancelled"),
        (RuntimeError("a bug"), Kind.UNKNOWN, "unexpected"),
    ],
)
def test_every_error_has_one_meaning_and_a_stable_code(error: BaseException, kind: Kind, reason: str) -> None:
    assert (outcome(error).kind, outcome(error).reason) == (kind, reason)


def test_a_pause_is_read_with_and_without_ptbs_timedelta_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcome(RetryAfter(90)).seconds == 90.0
    monkeypatch.setenv("PTB_TIMEDELTA", "false")
    with pytest.warns(PTBDeprecationWarning):
        assert outcome(RetryAfter(90)).seconds == 90.0


# ----- secrets


def everything_said(error: BaseException) -> str:
    """Texts of an error, its whole chain (suppressed parts too) and its traceback."""
    said, todo, seen = [], [error], set()
    while todo:
        link = todo.pop()
        if id(link) not in seen:
            seen.add(id(link))
            said += [str(link), repr(link), repr(link.args), *traceback.format_exception(link)]
            todo += [other for other in (link.__cause__, link.__context__) if other is not None]
    return "\n".join(said)


FAULTS = [
    hang,
    drip,
    disconnect,
    reset,
    cut,
    echo_address,
    echo_page,
    says(502, "<html>"),
    refuses(400, "Bad Request: x"),
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_error_and_no_log_line_holds_the_token(fault: Handler, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(fault) as url:
        caplog.clear()
        error = await error_of(url)
        own = [record for record in caplog.records if record.name != "aiohttp.access"]  # the server's, not ours
    assert TOKEN not in everything_said(error)
    assert not [record for record in own if TOKEN in record.getMessage() + str(record.exc_info)]


@pytest.mark.parametrize("url", [f"http://127.0.0.1:1/bot{TOKEN}/x", f"nonsense://bot/bot{TOKEN}/x"])
async def test_no_error_before_sending_holds_the_token(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert TOKEN not in everything_said(await error_of(url))
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("proxy", ["socks9://me:secret@127.0.0.1:1", "gopher://me:secret@127.0.0.1:1"])
def test_a_proxy_that_cannot_be_served_is_named_by_its_scheme_only(proxy: str) -> None:
    with pytest.raises(ValueError, match="proxy") as caught:
        AiohttpRequest(proxy=proxy)
    assert "secret" not in str(caught.value)
