"""A small Telegram on this machine: the Bot API over HTTP, with people who do what a story tells them."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp import web

from .calls import ApiError, Call, Fault, Json, Params, read_params
from .membership import ASKING
from .methods import WRITING
from .people import People
from .profile import PROFILE
from .uploads import FILES

METHODS = {**ASKING, **WRITING, **PROFILE, **FILES}
GET_UPDATES = "getUpdates"
NAMES = {name.lower(): name for name in (*METHODS, GET_UPDATES)}
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
TAKEN_AWAY = "Conflict: terminated by setWebhook request"
LARGEST_REQUEST = 50 * 1024 * 1024
LONGEST_POLL = 50
PROOF = "X-Telegram-Bot-Api-Secret-Token"
POST_AGAIN = 0.2  # seconds before a post that was not taken is made again
CARRIED_OUT = ("delay", "deliver_then_drop", "deliver_then_hang", "cut")
HALF_AN_ANSWER = b'{"ok":true,"result":{"message_'
PAGE = "<html><body><h1>{status}</h1><hr>nginx</body></html>"

Plan = Callable[[str, Json], Fault | None]


class LocalTelegram(People):
    """The server. Routes may be added to `web` before start()."""

    def __init__(
        self,
        token: str,
        clock: Callable[[], datetime],
        bot_username: str = "dondoc_sandbox_bot",
        bot_name: str = "Dondoc",
    ) -> None:
        super().__init__(token, clock, bot_username, bot_name)
        self.before: Plan | None = None
        self.web = self.routed()
        self._runner: web.AppRunner | None = None
        self._poster: asyncio.Task[None] | None = None
        self._poll = 0

    def routed(self) -> web.Application:
        """The Bot API as a web application; a stopped server needs a new one before it starts again."""
        made = web.Application(client_max_size=LARGEST_REQUEST)
        made.router.add_route("*", "/bot{token:[^/]+}/{method}", self._api)
        made.router.add_get("/file/bot{token:[^/]+}/{path:.+}", self._file)
        return made

    async def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1 (port 0: any free one) and return the root address."""
        self._runner = web.AppRunner(self.web, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self._poster = asyncio.create_task(self._post_all())
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """End every open poll at once and stop listening."""
        self.stopped = True
        self.touch()
        if self._poster:
            self._poster.cancel()
            await asyncio.gather(self._poster, return_exceptions=True)
        if self._runner:
            await self._runner.cleanup()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        name = NAMES.get(request.match_info["method"].lower())
        if request.match_info["token"] != self.token:
            return _refusal(ApiError(401, "Unauthorized"))
        if name is None:
            return _refusal(ApiError(404, "Not Found"))
        try:
            return await self._planned(request, name, await read_params(request))
        except ApiError as error:
            return _refusal(error)

    async def _planned(self, request: web.Request, name: str, params: Params) -> web.StreamResponse:
        """The call as it should go, or as the plan of a test wants it to fail."""
        fault = self.before(name, dict(params.values)) if self.before else None
        if fault is None:
            return await self._result(name, params)
        if fault.kind in ("answer", "page"):
            return _instead(fault)
        answer = await self._result(name, params) if fault.kind in CARRIED_OUT else None
        if answer is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            return answer
        if answer is not None and fault.kind == "cut":
            return web.Response(body=HALF_AN_ANSWER, content_type="application/json")
        if fault.kind in ("hang", "deliver_then_hang"):
            await self.until(lambda: request.transport is None or request.transport.is_closing())
        return _hang_up(request)

    async def _result(self, name: str, params: Params) -> web.Response:
        if name == GET_UPDATES:
            return web.json_response({"ok": True, "result": await self._get_updates(params)})
        result = METHODS[name](self, params)
        self.ledger.append(self._entry(name, params, result))
        return web.json_response({"ok": True, "result": result})

    def _entry(self, name: str, params: Params, result: Any) -> Call:
        message = result if isinstance(result, dict) and "message_id" in result else {}
        text = message.get("text", message.get("caption", params.word("text")))
        word = params.word("chat_id") or ""
        chat_id = int(word) if word.lstrip("-").isdecimal() else None
        number = message.get("message_id", params.number("message_id"))
        return Call(self.clock(), name, chat_id, number, text, dict(params.values))

    async def _get_updates(self, params: Params) -> list[Json]:
        """Confirm by offset, then wait for something new; a newer poll or a webhook ends this one, as in life."""
        if self._hooked:
            raise ApiError(409, HOOKED)
        self._poll += 1
        mine = self._poll
        if (allowed := params.parsed("allowed_updates")) is not None:
            self.updates.allowed = frozenset(allowed)
        self.updates.confirm(params.number("offset") or 0)
        self.touch()
        seconds = min(max(params.number("timeout") or 0, 0), LONGEST_POLL)
        await self.until(lambda: self._poll != mine or self._hooked or self._fresh(), seconds)
        if self._hooked:
            raise ApiError(409, TAKEN_AWAY)
        if self._poll != mine:
            raise ApiError(409, CONFLICT)
        return self.updates.batch(min(max(params.number("limit") or 100, 1), 100))

    async def _post_all(self) -> None:
        """Post what waits to the webhook, one after the other, again and again until it is taken."""
        async with aiohttp.ClientSession() as session:
            while not self.stopped:
                await self.until(lambda: self._hooked and self._fresh())
                if self.stopped:
                    return
                url, secret = self.updates.hook
                first = self.updates.waiting[0]
                if await _posted(session, url, secret, first.body):
                    self.updates.delivered(first)
                    self.touch()
                else:
                    await self.until(lambda: False, POST_AGAIN)

    @property
    def _hooked(self) -> bool:
        """Whether updates are posted instead of being fetched."""
        return bool(self.updates.hook[0])

    def _fresh(self) -> bool:
        self.updates.expire(self.clock())
        return bool(self.updates.waiting)

    async def _file(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return _refusal(ApiError(401, "Unauthorized"))
        for file in self.files.values():
            if file.path == request.match_info["path"]:
                return web.Response(body=file.data, content_type="application/octet-stream")
        return _refusal(ApiError(404, "Not Found"))


async def _posted(session: aiohttp.ClientSession, url: str, secret: str, body: Json) -> bool:
    try:
        async with session.post(url, json=body, headers={PROOF: secret}) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


def _instead(fault: Fault) -> web.Response:
    """An answer that is not the result of the call."""
    if fault.kind == "page":
        return web.Response(text=PAGE.format(status=fault.status), status=fault.status, content_type="text/html")
    return web.json_response(fault.body, status=fault.status, headers=fault.headers)


def _hang_up(request: web.Request) -> web.StreamResponse:
    """Close the line without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _refusal(error: ApiError) -> web.Response:
    return web.json_response(error.body, status=error.status)
