"""A small world for stories: a local Telegram, the real bot against it over HTTP, and a clock that is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.actions import imports, joining
from bot.actions.import_staff import import_staff
from bot.app import App, Wires
from bot.sandbox.server import LocalTelegram
from bot.settings import Settings
from bot.spreadsheets.reading import Row
from storage import members, outbox, units
from storage.records import Member, Role, fold
from tests.support.databases import databases

TOKEN = "1000000001:tests-tests-tests-tests-tests"
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = datetime(2026, 12, 7, 10, 0, tzinfo=HANOI)  # an ordinary working day without holidays around it
STEP = timedelta(minutes=15)


class Clock:
    """The time of a story."""

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC)

    def __call__(self) -> datetime:
        return self.now


class Person:
    """Somebody with a Telegram account, as a story speaks about them."""

    def __init__(self, world: World, account: int, name: str) -> None:
        self.world = world
        self.account = account
        self.name = name
        self.seen = 0
        self.toast = ""

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Everything the bot wrote to this person, as it stands now."""
        return [one for one in self.world.server.messages(self.account) if one["from"]["is_bot"]]

    @property
    def texts(self) -> list[str]:
        """The texts of all these messages but the files."""
        return [one["text"] for one in self.messages if "text" in one]

    @property
    def last(self) -> dict[str, Any]:
        """The newest message of the bot that is no file."""
        return next(one for one in reversed(self.messages) if "text" in one)

    @property
    def said(self) -> str:
        """The text of the newest message of the bot."""
        return str(self.last["text"])

    def news(self) -> list[str]:
        """The texts that came since the last call."""
        fresh = self.texts[self.seen :]
        self.seen = len(self.texts)
        return fresh

    def labels(self, message: dict[str, Any] | None = None) -> list[str]:
        """The buttons under a message (the newest)."""
        rows = (message or self.last).get("reply_markup", {}).get("inline_keyboard", [])
        return [key["text"] for row in rows for key in row]

    async def say(self, text: str, reply_to: dict[str, Any] | None = None, *, settle: bool = True) -> str:
        """Write to the bot in private; the newest message of the bot afterwards."""
        number = reply_to["message_id"] if reply_to else None
        self.world.server.say(self.account, text, reply_to=number)
        if settle:
            await self.world.settle()
        return self.said if self.messages else ""

    async def send(
        self,
        name: str = "report.pdf",
        data: bytes = b"%PDF-1.7 report",
        caption: str = "",
        *,
        kind: str = "document",
        reply_to: dict[str, Any] | None = None,
        album: str = "",
        settle: bool = True,
    ) -> str:
        """Send the bot a document, photo or video; the newest message of the bot afterwards."""
        number = reply_to["message_id"] if reply_to else None
        self.world.server.send_file(self.account, name, data, "application/pdf", caption, kind, number, album)
        if settle:
            await self.world.settle()
        return self.said if self.messages else ""

    @property
    def files(self) -> list[dict[str, Any]]:
        """The files that the bot sent to this person."""
        return [one for one in self.messages if {"photo", "document", "video"} & one.keys()]

    async def press(self, label: str, message: dict[str, Any] | None = None) -> str:
        """Press the button whose label holds this; what the bot answered the press with."""
        target = message or next(one for one in reversed(self.messages) if any(label in x for x in self.labels(one)))
        query = self.world.server.press(self.account, self.account, target["message_id"], label=label)
        await self.world.settle()
        answer = self.world.server.answer_to(query)
        self.toast = (answer or {}).get("text") or ""
        return self.toast

    async def forge(self, data: str, message_id: int | None = None) -> str:
        """Press a button that does not exist."""
        number = message_id or self.last["message_id"]
        query = self.world.server.press(self.account, self.account, number, data=data)
        await self.world.settle()
        return ((self.world.server.answer_to(query) or {}).get("text")) or ""


class World:
    """One organisation, its people and its bot."""

    def __init__(self, server: LocalTelegram, app: App, clock: Clock) -> None:
        self.server = server
        self.app = app
        self.clock = clock
        self.people: dict[str, Person] = {}
        self._accounts = iter(range(7_000_000_001, 7_000_009_999))  # larger than 32 bits, as real ones are

    async def settle(self) -> None:
        """Let the bot deal with everything that is there now."""
        await self.server.confirmed()
        await self.app.dispatcher.idle()
        await self.app.ticks.settle()

    async def go(self, to: datetime) -> None:
        """Let time pass, quarter of an hour by quarter."""
        target = to.astimezone(UTC)
        while self.clock.now < target:
            self.clock.now = min(target, self.clock.now + STEP)
            await self.app.ticks.settle()

    async def morning(self, *people: Person) -> None:
        """Jump to the next agenda of these people (default: of anybody), past everything that lies before it."""
        everybody = await self.app.store.read(members.every)
        accounts = {person.account for person in people}
        chosen = [one.agenda_at for one in everybody if one.agenda_at and (not people or one.account in accounts)]
        assert chosen, "nobody has joined"
        self.clock.now = max(self.clock.now, max(chosen) if people else min(chosen))
        await self.app.ticks.settle()

    async def staff(self, *lines: str) -> None:
        """People as "name, unit, head|member|leader, language"."""
        rows = []
        for number, line in enumerate(lines, 2):
            name, unit, role, language = (part.strip() for part in line.split(","))
            values = dict.fromkeys((*imports.STAFF.required, *imports.STAFF.optional), "")
            values |= {"full_name": name, "unit": unit, "language": language}
            rows.append(Row(number, values | {"unit_head": "yes" if role == "head" else "no"}))
        now = self.clock()
        await self.app.store.write(lambda c: import_staff(c, self.app.office, rows, now))
        for line in lines:
            name, _, role, _ = (part.strip() for part in line.split(","))
            if role == "leader":
                member = await self.member(name)
                await self.app.store.write(lambda c, key=member.id: members.grant(c, key, Role.LEADER, None))

    async def member(self, name: str) -> Member:
        """The stored member of that name."""
        everybody = await self.app.store.read(members.every)
        return next(member for member in everybody if fold(member.name) == fold(name))

    def stranger(self, name: str = "Stranger", language: str = "en") -> Person:
        """Somebody whom the organisation does not know."""
        account = next(self._accounts)
        self.server.add_person(account, name, language_code=language)
        self.people[name] = Person(self, account, name)
        return self.people[name]

    async def code(self, name: str) -> str:
        """A fresh invitation code for a member."""
        member, now = await self.member(name), self.clock()
        made = await self.app.store.write(lambda c: joining.invite(c, [member], now, self.app.wires.secret))
        return made[0][1]

    async def join(self, name: str) -> Person:
        """Let a member join as people do: the link, the notice, ✔️."""
        member = await self.member(name)
        person = self.stranger(name, member.language)
        await person.say(f"/start {await self.code(name)}")
        await person.press("✔️")
        person.news()
        return person

    async def channel(self, number: int, title: str, *admins: Person) -> None:
        """A channel in which the bot is an administrator."""
        self.server.add_channel(number, title, admins=[person.account for person in admins])

    def posts(self, number: int) -> list[str]:
        """What the bot wrote in a channel or group."""
        sent = {
            call.message_id for call in self.server.ledger if call.chat_id == number and call.method == "sendMessage"
        }
        return [one["text"] for one in self.server.messages(number) if one["message_id"] in sent]

    def pictures(self, number: int) -> list[dict[str, Any]]:
        """The photos that the bot posted in a channel or group."""
        return [one for one in self.server.messages(number) if "photo" in one]

    async def letters(self, *states: str) -> list[Any]:
        """The letters in the outbox."""
        return list(await self.app.store.read(lambda c: outbox.every(c, states)))

    async def unit(self, name: str) -> int:
        """The id of a unit."""
        found = await self.app.store.read(lambda c: units.named(c, name))
        assert found is not None
        return found.id


def settings(folder: Path, url: str, **changes: Any) -> Settings:
    """Settings of a test: a database of its own, no waiting for sending limits."""
    values = {
        "api_url": url,
        "database_url": databases.url(folder, "test"),
        "rate": 1000,
        "chat_rate": 1000,
        "group_rate": 60000,
        "organisation": "Sở Mẫu",
        "language": "en",
    }
    return Settings(_env_file=None, **values | changes)  # type: ignore[call-arg]


@asynccontextmanager
async def running(folder: Path, now: datetime = MONDAY, **changes: Any) -> AsyncIterator[World]:
    """A world with a running bot."""
    clock = Clock(now)
    server = LocalTelegram(TOKEN, clock)
    url = await server.start()
    app = App(settings(folder, url, **changes), TOKEN, Wires(clock=clock))
    try:
        await app.start()
        yield World(server, app, clock)
    finally:
        await app.stop()
        await server.stop()


async def restart(world: World, folder: Path, **changes: Any) -> None:
    """Stop the bot and start another one on the same database."""
    await world.app.stop()
    world.app = App(settings(folder, world.app.settings.api_url, **changes), TOKEN, Wires(clock=world.clock))
    await world.app.start()
