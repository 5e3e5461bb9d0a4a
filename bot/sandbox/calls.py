"""What a bot asks for: the parameters of one call, the refusal it may get, the faults a test may plan."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from aiohttp import web
from aiohttp.web_request import FileField

Json = dict[str, Any]
FaultKind = Literal["answer", "page", "drop", "hang", "delay", "deliver_then_drop", "deliver_then_hang", "cut"]


class ApiError(Exception):
    """A refusal with the status and the words that Telegram uses."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.body: Json = {"ok": False, "error_code": status, "description": description}
        if parameters:
            self.body["parameters"] = parameters


def bad(reason: str, **parameters: int) -> ApiError:
    return ApiError(400, f"Bad Request: {reason}", **parameters)


def forbidden(reason: str) -> ApiError:
    return ApiError(403, f"Forbidden: {reason}")


@dataclass(frozen=True)
class Fault:
    """What happens to a call instead of, or after, what should.

    Not carried out: "answer" (a JSON `body`), "page" (an HTML page of some proxy), "drop", "hang". Carried out:
    "delay" (by `seconds`, then answered), "deliver_then_drop", "deliver_then_hang", "cut" (half an answer).
    """

    kind: FaultKind = "answer"
    status: int = 500
    body: Json = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def refusal(status: int, description: str, **parameters: int) -> Fault:
    """What Telegram answers when it refuses a call."""
    return Fault("answer", status, ApiError(status, description, **parameters).body)


def too_many(retry_after: int) -> Fault:
    """The 429 that Telegram gives to a bot in a hurry."""
    said = refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
    return replace(said, headers={"Retry-After": str(retry_after)})


@dataclass(frozen=True)
class Call:
    """One accepted call of the bot, for the ledger."""

    at: datetime
    method: str
    chat_id: int | None
    message_id: int | None
    text: str | None
    parameters: Json


@dataclass(frozen=True)
class Upload:
    name: str
    mime: str
    data: bytes


@dataclass(frozen=True)
class Params:
    """The parameters of a call, however they were sent."""

    values: Json
    files: Mapping[str, Upload] = field(default_factory=dict)

    def word(self, name: str) -> str | None:
        value = self.values.get(name)
        return None if value is None else str(value)

    def number(self, name: str) -> int | None:
        value = self.word(name)
        try:
            return None if value is None else int(value)
        except ValueError:
            raise bad(f"invalid {name} specified") from None

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in ("true", "1", "yes")

    def parsed(self, name: str) -> Any:
        """A complex value: JSON in a form field, or already itself in a JSON body."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None


async def read_params(request: web.Request) -> Params:
    """Query, form, multipart or JSON; the body wins over the query."""
    values: Json = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        values.update(_json_object(await request.text()))
        return Params(values)
    for name, value in (await request.post()).items():
        if isinstance(value, FileField):
            files[name] = Upload(value.filename, value.content_type, value.file.read())
        else:
            values[name] = value if isinstance(value, str) else bytes(value).decode()
    return Params(values, files)


def _json_object(body: str) -> Json:
    try:
        found = json.loads(body or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise bad("can't parse request JSON object")
    return found
