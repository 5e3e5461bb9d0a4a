"""Small writes that are asked for at the same time become one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Together(Generic[T, R]):
    """While one transaction runs the next items gather, so the load itself decides how many share one.

    A single item is written at once. When a common write fails, each item is written alone: one that cannot be
    written must not stop the others.
    """

    def __init__(self, write: Callable[[list[T]], Awaitable[list[R]]]) -> None:
        """`write` gives an answer for each item, in the same order."""
        self._write = write
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> R:
        """The answer to this item after the commit; raises what its write raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((item, future))
        if self._writer is None:
            self._writer = loop.create_task(self._write_all())
        return await future

    async def _write_all(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting, []
            try:
                await self._answer(some)
            except Exception as error:
                if len(some) == 1:
                    _fail(some[0][1], error)
                else:
                    await self._alone(some)
        self._writer = None

    async def _answer(self, some: list[tuple[T, asyncio.Future[R]]]) -> None:
        answers = await self._write([item for item, _ in some])
        for (_, future), answer in zip(some, answers, strict=True):
            if not future.done():
                future.set_result(answer)

    async def _alone(self, some: list[tuple[T, asyncio.Future[R]]]) -> None:
        for one in some:
            try:
                await self._answer([one])
            except Exception as error:
                _fail(one[1], error)


def _fail(future: asyncio.Future[R], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
