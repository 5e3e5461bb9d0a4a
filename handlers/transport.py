"""PTB's HTTP over one aiohttp session; its errors say what is certain and never hold an address or a token."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

import aiohttp
from telegram import Bot
from telegram.error import BadRequest, RetryAfter, TelegramError
from telegram.request import BaseRequest, RequestData

from handlers.outcomes import NotDelivered, Uncertain

_ODVSeconds = Any  # seconds, None (no limit) or PTB's DEFAULT_NONE (use the default), whose class is private
_KEEP_ALIVE: Final = 60.0  # seconds; a new TLS connection costs 8 ms and more
_FLOOD_PAUSE: Final = 5  # seconds, when a 429 does not come from Telegram itself and names none
_JSON: Final = {"Content-Type": "application/json"}  # percent signs for each byte of an emoji take far longer
_TOKEN: Final = re.compile(r"/bot([^/]+)/")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")

# The first class that fits names the reason, so the narrow ones stand before their parents.
_BEFORE: Final[tuple[tuple[type[Exception], str], ...]] = (
    (aiohttp.ClientConnectorDNSError, "dns"),
    (aiohttp.ClientProxyConnectionError, "proxy"),
    (aiohttp.ClientHttpProxyError, "proxy"),
    (aiohttp.ClientSSLError, "tls"),
    (aiohttp.InvalidURL, "bad_url"),
    (TimeoutError, "connect_timeout"),
    (Exception, "connect"),
)
_AFTER: Final[tuple[tuple[type[Exception], str], ...]] = (
    (TimeoutError, "timeout"),
    (aiohttp.ClientPayloadError, "cut"),
    (aiohttp.ClientResponseError, "bad_answer"),
    (Exception, "reset"),
)


class AiohttpRequest(BaseRequest):
    """One pool of kept connections to the Bot API.

    All timeouts are seconds, None is no limit. `connect_timeout` covers name, socket and TLS together.
    aiohttp cannot time single writes, so `write_timeout` (`media_write_timeout` when files go along) is the
    allowance for the whole upload: a POST ends after connect + write + read at the latest. Downloads are held
    only by `read_timeout`, between two pieces.

    Errors: `NotDelivered`, `Uncertain`, and what PTB makes of Telegram's refusals. Cancelling passes through.
    """

    def __init__(
        self,
        *,
        connections: int = 64,
        proxy: str | None = None,
        read_timeout: float | None = 5.0,
        write_timeout: float | None = 5.0,
        connect_timeout: float | None = 5.0,
        pool_timeout: float | None = 1.0,
        media_write_timeout: float | None = 20.0,
    ) -> None:
        """Raises ValueError for a proxy that cannot be served; its message never holds the address."""
        if connections < 1:
            raise ValueError("connections must be at least 1")
        self._http_proxy, self._socks_proxy = _proxies(proxy)
        self._read, self._write = read_timeout, write_timeout
        self._connect, self._pool = connect_timeout, pool_timeout
        self._media_write = media_write_timeout
        self._session: aiohttp.ClientSession | None = None
        self._places = asyncio.Semaphore(connections)

    @property
    def read_timeout(self) -> float | None:
        """Default seconds between two pieces of an answer; PTB adds the long poll's own time to it."""
        return self._read

    async def initialize(self) -> None:
        """Open the session; doing it twice changes nothing."""
        if self._session is not None:
            return
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_mark_begun)
        self._session = aiohttp.ClientSession(
            connector=self._connector(),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self.USER_AGENT},
            trace_configs=[trace],
        )

    async def shutdown(self) -> None:
        """Close all connections; requests in flight end as `Uncertain`, later ones as `NotDelivered`."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: _ODVSeconds = BaseRequest.DEFAULT_NONE,
        write_timeout: _ODVSeconds = BaseRequest.DEFAULT_NONE,
        connect_timeout: _ODVSeconds = BaseRequest.DEFAULT_NONE,
        pool_timeout: _ODVSeconds = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send one request and give back status and body; see the class for timeouts and errors."""
        files = bool(request_data and request_data.contains_files)
        read = _given(read_timeout, self._read)
        write = _given(write_timeout, self._media_write if files else self._write)
        connect = _given(connect_timeout, self._connect)
        total = _sum(connect, write, read) if method == "POST" else None
        timeout = aiohttp.ClientTimeout(total=total, connect=connect, sock_read=read)
        call = {"method": method, "url": url, "timeout": timeout}
        status, body = await self._certain(call, request_data, _given(pool_timeout, self._pool))
        if status < HTTPStatus.MULTIPLE_CHOICES:
            return status, body
        body = _without_token(body, url)
        if "ok" not in _json(body):
            raise _strangers_answer(status)
        return status, body

    async def _certain(self, call: dict[str, Any], data: RequestData | None, pool: float | None) -> tuple[int, bytes]:
        """Run the exchange and turn what went wrong into one of our two errors."""
        attempt = SimpleNamespace(begun=False)
        try:
            await self._take_place(pool)
            try:
                return await self._exchange(call, data, attempt)
            finally:
                self._places.release()
        except TelegramError:
            raise
        except Exception as error:
            verdict = _verdict(error, begun=attempt.begun)
        # Raised out here, so that not even __context__ leads to aiohttp's error, which holds the URL.
        raise verdict

    async def _take_place(self, seconds: float | None) -> None:
        """Wait for a free connection. aiohttp would count this wait into its connect timeout; PTB has two."""
        if not self._places.locked():
            await self._places.acquire()  # at once: no timer for what does not wait
            return
        try:
            async with asyncio.timeout(seconds):
                await self._places.acquire()
        except TimeoutError:
            raise NotDelivered("pool_timeout") from None

    async def _exchange(
        self, call: dict[str, Any], data: RequestData | None, attempt: SimpleNamespace
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise NotDelivered("closed")
        call |= _form(data) | {"proxy": self._http_proxy, "trace_request_ctx": attempt}
        # Following a redirect would send the letter, and the token, to somebody else.
        async with self._session.request(**call, allow_redirects=False) as response:
            return response.status, await response.read()

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer as a dict. Raises `Uncertain`; unlike PTB's own it never logs the body, people's words."""
        answer = _json(payload)
        if "result" not in answer and "description" not in answer:
            raise Uncertain("bad_answer")
        return answer

    def _connector(self) -> aiohttp.BaseConnector:
        """`limit=0` because the semaphore counts already, with a timeout of its own."""
        if self._socks_proxy is None:
            return aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE)
        from aiohttp_socks import ProxyConnector  # noqa: PLC0415 - only here: few need it, and a start is short

        return ProxyConnector.from_url(self._socks_proxy, rdns=True, limit=0, keepalive_timeout=_KEEP_ALIVE)


@dataclass(frozen=True, slots=True)
class Values:
    """What a call says, as the Bot API takes it: like PTB's `RequestData`, for calls without files."""

    parameters: Mapping[str, Any]
    contains_files: bool = False


async def call(bot: Bot, method: str, values: Mapping[str, Any]) -> Any:
    """What a method of the Bot API answers; for a bot that sends by `AiohttpRequest`.

    Past PTB's objects, which take a fifth of the time, and past the limiter: whoever calls has had its turn.
    Raises what the bot's own methods raise.
    """
    return await bot.request.post(f"{bot.base_url}/{method}", cast(RequestData, Values(values)))


def _proxies(url: str | None) -> tuple[str | None, str | None]:
    """Sort a proxy URL into (HTTP, SOCKS)."""
    scheme = urlsplit(url).scheme.lower() if url else ""
    if not url or scheme in {"http", "https"}:
        return url or None, None
    if scheme not in {"socks4", "socks5", "socks5h"}:
        raise ValueError(f"unknown proxy scheme {scheme!r}: use http, https, socks4 or socks5")
    return None, re.sub(r"(?i)^socks5h:", "socks5:", url)


async def _mark_begun(_session: aiohttp.ClientSession, trace: SimpleNamespace, _params: object) -> None:
    """aiohttp calls this right before the first byte: what fails earlier is certainly not delivered."""
    trace.trace_request_ctx.begun = True


def _given(value: _ODVSeconds, default: float | None) -> float | None:
    return default if value is BaseRequest.DEFAULT_NONE else value


def _sum(*seconds: float | None) -> float | None:
    known = [value for value in seconds if value is not None]
    return sum(known) if len(known) == len(seconds) else None


def _form(data: RequestData | None) -> dict[str, Any]:
    """Body and headers. File names go as raw UTF-8: Telegram would show percent signs as percent signs."""
    if data is None:
        return {}
    if not data.contains_files:
        return {"data": json.dumps(data.parameters).encode(), "headers": _JSON}
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mimetype) in data.multipart_data.items():
        form.add_field(name, content, filename=_CONTROL.sub("_", filename), content_type=mimetype)
    return {"data": form}


def _verdict(error: Exception, *, begun: bool) -> TelegramError:
    """Only the class name goes along: the texts of these errors hold addresses and passwords of proxies."""
    reason = next(code for kind, code in (_AFTER if begun else _BEFORE) if isinstance(error, kind))
    return (Uncertain if begun else NotDelivered)(f"{reason}: {type(error).__name__}")


def _strangers_answer(status: int) -> TelegramError:
    """An error page of some proxy: a 403 of its own must not look as if a person had blocked the bot."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RetryAfter(_FLOOD_PAUSE)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return BadRequest("Request Entity Too Large")
    reason = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "bad_answer"
    return Uncertain(f"{reason}: HTTP {status}")


def _without_token(body: bytes, url: str) -> bytes:
    """Error pages like to repeat the address they were asked for, and PTB puts bodies into messages."""
    if found := _TOKEN.search(url):
        for shape in {found[1], quote(found[1], safe="")}:
            body = body.replace(shape.encode(), b"***")
    return body


def _json(body: bytes) -> dict[str, Any]:
    """The object in `body`; empty when there is none."""
    try:
        answer = json.loads(body.decode("utf-8", "replace"))
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
