"""The bot behind a SOCKS5 proxy: a small one of our own, on 127.0.0.1."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from telegram import Bot
from telegram.error import NetworkError

from bot.sandbox.server import LocalTelegram
from handlers.outcomes import Kind, outcome
from handlers.transport import AiohttpRequest
from tests.support.world import TOKEN


async def serve_socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """SOCKS5 without a password (RFC 1928), CONNECT only, to wherever it is asked."""
    _, methods = struct.unpack("!BB", await reader.readexactly(2))
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")
    _, _, _, kind = struct.unpack("!BBBB", await reader.readexactly(4))
    size = (await reader.readexactly(1))[0] if kind == 3 else 4
    host = await reader.readexactly(size)
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    name = host.decode() if kind == 3 else ".".join(map(str, host))
    there, back = await asyncio.open_connection(name, port)
    writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    await asyncio.gather(pump(reader, back), pump(there, writer))


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(4096):
        target.write(data)
        await target.drain()
    target.close()


@pytest.fixture
async def telegram() -> AsyncIterator[str]:
    server = LocalTelegram(TOKEN, lambda: datetime(2026, 12, 7, tzinfo=UTC))
    yield await server.start()
    await server.stop()


async def test_everything_goes_through_the_socks_proxy(telegram: str) -> None:
    passed = []

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passed.append(1)
        await serve_socks(reader, writer)

    proxy = await asyncio.start_server(counted, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    request = AiohttpRequest(proxy=f"socks5://127.0.0.1:{port}")
    await request.initialize()
    me = await Bot(TOKEN, base_url=f"{telegram}/bot", request=request).get_me()
    assert me.is_bot
    assert passed == [1]
    await request.shutdown()
    proxy.close()


async def test_a_proxy_that_is_away_means_that_nothing_was_sent(telegram: str) -> None:
    request = AiohttpRequest(proxy="socks5://127.0.0.1:9")
    await request.initialize()
    with pytest.raises(NetworkError) as caught:
        await Bot(TOKEN, base_url=f"{telegram}/bot", request=request).get_me()
    assert outcome(caught.value).kind is Kind.NOT_SENT_RETRY
    await request.shutdown()
