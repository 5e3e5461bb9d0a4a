"""A Bot API that only answers, in a process of its own: `python -m tests.bench.stub` prints its port.

As little as possible happens per call, so that the measured side is the bottleneck.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import parse_qsl

TOKEN = "1000000001:bench-bench-bench-bench-bench"
ME = {"id": 1000000001, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Answers(asyncio.Protocol):
    """One kept connection."""

    numbers = count(1)
    sent = 0  # messages since the start, of all connections
    polled_at = 0.0  # when somebody first asked for updates

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head = self.waiting[:end]
            found = LENGTH.search(head)
            length = int(found[1]) if found else 0
            if len(self.waiting) < end + 4 + length:
                return
            body = self.waiting[end + 4 : end + 4 + length]
            self.waiting = self.waiting[end + 4 + length :]
            method = head.split(b" ", 2)[1].rsplit(b"/", 1)[-1].lower()
            if method == b"getupdates":
                Answers.polled_at = Answers.polled_at or time.time()
                asyncio.get_running_loop().call_later(1.0, self.answer, [])
            else:
                self.answer(self.result(method, body))

    def result(self, method: bytes, body: bytes) -> object:
        if method == b"getme":
            return ME
        if method == b"count":
            return {"sent": Answers.sent, "polled_at": Answers.polled_at}
        if method not in (b"sendmessage", b"editmessagetext"):
            return True
        Answers.sent += 1
        given = json.loads(body) if body[:1] == b"{" else dict(parse_qsl(body.decode()))
        message = {"message_id": next(self.numbers), "date": 1_800_000_000, "from": ME, "text": given["text"]}
        return message | {"chat": {"id": int(given["chat_id"]), "type": "private", "first_name": "Somebody"}}

    def answer(self, result: object) -> None:
        body = json.dumps({"ok": True, "result": result}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        if not self.transport.is_closing():
            self.transport.write(head.encode() + body)


async def serve() -> None:
    """Answer until killed."""
    server = await asyncio.get_running_loop().create_server(Answers, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def stub() -> Iterator[str]:
    """The address of a stub in its own process."""
    command = [sys.executable, "-m", "tests.bench.stub"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(serve())
