"""Numbers for Prometheus. No name, no title, no code, no unit: only how much, how long, how often."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from handlers.ports import Delivery, Post, Standing
from storage.notices import Facts, Notice

TICK_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60)


class Metrics:
    """Everything that is counted in this process, and what is asked of the database when somebody looks."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        gauge, counter = self._gauge, self._counter
        self.since_poll = gauge("seconds_since_poll", "Seconds since the messenger last answered or posted.")
        self.leader = gauge("leader", "1 in the process that listens.")
        self.sending_held = gauge("sending_held", "1 while letters wait because the messenger does not answer.")
        self.database_up = gauge("database_up", "1 while the database answers.")
        self.letters_waiting = gauge("letters_waiting", "Letters that are not finished.")
        self.oldest_letter = gauge("oldest_due_letter_seconds", "How long the oldest due letter has been due.")
        self.oldest_update = gauge("oldest_waiting_update_seconds", "How long the oldest received update has waited.")
        self.letters = counter("letters", "Attempts to deliver, by what became of them.", "outcome")
        self.updates = counter("updates_handled", "Updates dealt with, by outcome.", "outcome")
        self.failures = counter("tick_failures", "Rounds of planning, delivery and tidying that failed.", "tick")
        self.put_off = counter("put_off", "Rows that could not be planned, each time they were tried.", "what")
        self.ticks = Histogram(
            "tick_seconds", "How long these rounds take.", ["tick"],
            namespace="dondoc", registry=self.registry, buckets=TICK_SECONDS,
        )  # fmt: skip
        build = Gauge("build_info", "The version.", ["version"], namespace="dondoc", registry=self.registry)
        build.labels(_version()).set(1)

    def _gauge(self, name: str, told: str) -> Gauge:
        return Gauge(name, told, namespace="dondoc", registry=self.registry)

    def _counter(self, name: str, told: str, label: str) -> Counter:
        return Counter(name, told, [label], namespace="dondoc", registry=self.registry)

    def handled(self, outcome: str) -> None:
        """An update was dealt with."""
        self.updates.labels(outcome).inc()

    def spared(self, what: str) -> None:
        """Something could not be planned and waits, so that the rest could be."""
        self.put_off.labels(what).inc()

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self.registry)

    async def timed(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run one round and note how long it took, and whether it failed."""
        begun = time.monotonic()
        try:
            await work()
        except Exception:
            self.failures.labels(name).inc()
            raise
        finally:
            self.ticks.labels(name).observe(time.monotonic() - begun)


class CountedPost:
    """Sends, and counts what became of it."""

    def __init__(self, post: Post, metrics: Metrics) -> None:
        self._post = post
        self._metrics = metrics

    async def reachable(self) -> bool:
        """See `handlers.ports.Post`."""
        return await self._post.reachable()

    async def check(self, address: int) -> Standing | None:
        """See `handlers.ports.Post`."""
        return await self._post.check(address)

    async def send(
        self, address: int, notice: Notice, facts: Facts, *, repeated: bool, begin: Callable[[], Awaitable[None]]
    ) -> Delivery:
        """See `handlers.ports.Post`."""
        delivery = await self._post.send(address, notice, facts, repeated=repeated, begin=begin)
        self._metrics.letters.labels(delivery.kind).inc()
        return delivery


def _version() -> str:
    try:
        return version("dondoc")
    except PackageNotFoundError:
        return "unknown"
