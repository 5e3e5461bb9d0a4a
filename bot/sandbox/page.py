"""The chat page: the local Telegram in a browser, written and pressed by whoever sits in front of it."""

import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aiohttp import web

from .calls import Json
from .server import LocalTelegram
from .world import Chat

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HERE = Path(__file__).parent
SCRIPTS = ("page.css", "page.js", "talk.js", "rich.js", "composer.js", "people.js", "words.js")
JUMPS = ("hour", "morning", "friday")
LARGEST_BODY = 64 * 1024
LARGEST_FILE = 28 * 1024 * 1024  # bytes of a body with a file of 20 MB in base64
MOST_MESSAGES = 300
POLL_SECONDS = 25
ANSWER_SECONDS = 10
# Everything comes from this server, and nothing a bot writes can become a script.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def add_page(
    server: LocalTelegram,
    words: Callable[[str], dict[str, str]],
    jump: Callable[[str], Awaitable[datetime]],
    now: Callable[[], datetime],
    personas: Sequence[Json],
    zone: str,
) -> None:
    """Add the routes of the page to a server that has not started yet."""
    page = ChatPage(server, words, jump, now, personas, zone)
    router = server.web.router
    for path, answer in page.reading().items():
        router.add_get(path, _guarded(answer))
    for path, answer in page.acting().items():
        router.add_post(path, _guarded(answer))
    for name in SCRIPTS:
        router.add_get(f"/sandbox/{name}", _guarded(_file(name)))
    router.add_get("/", _guarded(_file("page.html")))


@dataclass(frozen=True)
class ChatPage:
    server: LocalTelegram
    words: Callable[[str], dict[str, str]]
    jump: Callable[[str], Awaitable[datetime]]
    now: Callable[[], datetime]
    personas: Sequence[Json]
    zone: str

    def reading(self) -> dict[str, Handler]:
        return {
            "/sandbox/words": self.get_words,
            "/sandbox/state": self.get_state,
            "/sandbox/chat": self.get_chat,
            "/sandbox/events": self.get_events,
            "/sandbox/file": self.get_file,
        }

    def acting(self) -> dict[str, Handler]:
        return {
            "/sandbox/say": self.say,
            "/sandbox/attach": self.attach,
            "/sandbox/post": self.post,
            "/sandbox/press": self.press,
            "/sandbox/block": self.block,
            "/sandbox/jump": self.jump_to,
        }

    async def get_words(self, request: web.Request) -> web.Response:
        return web.json_response(self.words(request.query.get("lang", "")))

    async def get_state(self, _: web.Request) -> web.Response:
        bot = {"username": self.server.bot["username"], "name": self.server.bot["first_name"]}
        chats = [self._line(persona) for persona in self.personas if persona["id"] in self.server.chats]
        time = {"now": self.now().isoformat(), "zone": self.zone}
        return web.json_response({"version": self.server.version, **time, "bot": bot, "chats": chats})

    async def get_chat(self, request: web.Request) -> web.Response:
        """One conversation as it stands, with the command menu that its reader sees."""
        chat = self.server.chat(int(request.query["id"]))
        language = request.query.get("language", "")
        messages = [
            {**message, "own": number in chat.own} for number, message in [*chat.messages.items()][-MOST_MESSAGES:]
        ]
        return web.json_response(
            {
                "id": chat.id,
                "kind": chat.kind,
                "messages": messages,
                "prompts": chat.prompts,
                "commands": self.server.commands(chat.id, language),
                "writers": self._writers(chat),
            }
        )

    async def get_events(self, request: web.Request) -> web.Response:
        """Answer when there is something newer than the page has, at the latest after a while."""
        seen = int(request.query.get("version", "-1"))
        await self.server.until(lambda: self.server.version != seen, POLL_SECONDS)
        return web.json_response({"version": self.server.version})

    async def get_file(self, request: web.Request) -> web.Response:
        file = self.server.files.get(request.query.get("id", ""))
        if file is None:
            return _refused(404, "no such file")
        picture = _picture_type(file.data)
        headers = {} if picture else {"Content-Disposition": "attachment"}
        mime = picture or "application/octet-stream"
        return web.Response(body=file.data, content_type=mime, headers=headers)

    async def say(self, request: web.Request) -> web.Response:
        body = await _body(request)
        message = self.server.say(body["as"], str(body["text"]), body["chat"], body.get("reply_to"))
        return web.json_response({"message_id": message["message_id"]})

    async def attach(self, request: web.Request) -> web.Response:
        """A file with a caption; what really is a picture goes as one."""
        body = await _body(request, LARGEST_FILE)
        data = base64.b64decode(str(body["data"]), validate=True)
        kind = "photo" if _picture_type(data) else "document"
        words = (str(body["name"]), data, str(body["mime"]), str(body.get("text", "")))
        message = self.server.send_file(body["as"], *words, kind, body.get("reply_to"))
        return web.json_response({"message_id": message["message_id"]})

    async def post(self, request: web.Request) -> web.Response:
        body = await _body(request)
        return web.json_response({"message_id": self.server.post(body["chat"], str(body["text"]))["message_id"]})

    async def press(self, request: web.Request) -> web.Response:
        """Press and wait a while for what the bot says to it; no answer is an answer too."""
        body = await _body(request)
        query = self.server.press(body["as"], body["chat"], body["message_id"], str(body["data"]))
        await self.server.until(lambda: self.server.answer_to(query) is not None, ANSWER_SECONDS)
        return web.json_response({"answer": self.server.answer_to(query)})

    async def block(self, request: web.Request) -> web.Response:
        body = await _body(request)
        act = self.server.block if body["blocked"] else self.server.unblock
        act(body["id"])
        return web.json_response({})

    async def jump_to(self, request: web.Request) -> web.Response:
        name = (await _body(request)).get("to")
        if name not in JUMPS:
            return _refused(400, "no such jump")
        moment = await self.jump(str(name))
        self.server.touch()
        return web.json_response({"now": moment.isoformat()})

    def _line(self, persona: Json) -> Json:
        """A persona as it stands in the list of chats."""
        chat = self.server.chats[persona["id"]]
        line = {**persona, "own": len(chat.own), "last": _snippet(chat), "language": persona.get("language", "")}
        person = self.server.people.get(chat.id)
        if person is not None:
            line |= {"started": person.wrote, "blocked": person.blocked, "gone": person.deactivated}
        return line

    def _writers(self, chat: Chat) -> list[Json]:
        """Who may write or press there: administrators in a channel, everybody in a group."""
        ids = chat.admins if chat.kind == "channel" else [*chat.admins, *chat.members]
        return [{"id": number, "name": self.server.people[number].name} for number in dict.fromkeys(ids)]


def _guarded(answer: Handler) -> Handler:
    """Only this machine's browser, only from this page: no other site may read or write here."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.host.rpartition(":")[0] not in ("127.0.0.1", "localhost"):
            return _refused(403, "wrong host")
        if request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
            return _refused(403, "wrong origin")
        try:
            response = await answer(request)
        except (ValueError, KeyError, TypeError) as error:
            response = _refused(400, str(error))
        except web.HTTPException as error:
            response = _refused(error.status, error.reason)
        response.headers.update(HEADERS)
        return response

    return guarded


def _file(name: str) -> Handler:
    async def send(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(HERE / name)

    return send


async def _body(request: web.Request, largest: int = LARGEST_BODY) -> Json:
    """The JSON object that was posted. Not accepting forms keeps other sites' forms out."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    if request.content_length is None or request.content_length > largest:
        raise web.HTTPRequestEntityTooLarge(largest, request.content_length or 0)
    body = json.loads(await request.read())
    if not isinstance(body, dict):
        raise TypeError("a JSON object is expected")
    return body


def _refused(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)


def _snippet(chat: Chat) -> Json | None:
    """The last message of a chat in a line."""
    if not chat.messages:
        return None
    number = next(reversed(chat.messages))
    message = chat.messages[number]
    kind = next((kind for kind in ("photo", "document") if kind in message), "text")
    text = str(message.get("text", message.get("caption", "")))
    return {"text": text[:120], "date": message["date"], "own": number in chat.own, "kind": kind}


def _picture_type(data: bytes) -> str | None:
    """Only what really is a picture is shown as one; everything else is a download."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/jpeg" if data.startswith(b"\xff\xd8\xff") else None
