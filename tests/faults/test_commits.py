"""Killed at a commit: just before it, and just after it, at every commit of whole stories.

In this process: the writer of the database never answers again, everything in hand is cut off, and another bot
starts on the same file. The end of each story must be the same as without any crash, and the stories together reach
every place of the program that writes. A short run tries a few commits; DONDOC_LONG=1 tries all of them.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.sandbox.server import LocalTelegram
from storage import members, outbox, tables
from storage.records import Role
from tests.support.commits import Power, Story, fresh
from tests.support.plots import BINH, DUE, HEAD, LAN, MAI, NAM, PLOTS, SEEDED, TUESDAY
from tests.support.rig import SENDS, Rig, VirtualTime, assert_accounts, rigged, unmarked
from tests.support.world import TOKEN
from tests.support.writers import every_writer

pytestmark = pytest.mark.only("sqlite", "the rig works on a file and on virtual time")

LONG = os.environ.get("DONDOC_LONG") == "1"
FIRST, STRIDE = (1, 1) if LONG else (61, 151)  # the commits that are tried: from which on, and every so manieth
# A letter that met a broken connection and then a crash may have arrived twice: it is closed, and the head hears of it.
BROKEN = ("by itself",)
COUNTED = re.compile(r"repeated: \d+|🔗 .*")
FRESH = 1_000  # the first update of a story: smaller ones were dealt with when the template was made

SHELL = "a command of the shell is one transaction, in a process of its own"
BESIDE: dict[str, str] = {
    "bot.keeping:resume": SHELL,
    "bot.rules_shell:change": SHELL,
    **dict.fromkeys((f"bot.{name}_shell:answer" for name in ("calendar", "chats", "index", "units")), SHELL),
    **dict.fromkeys((f"bot.shell:{name}" for name in ("change_grant", "import_file", "invites", "leaver")), SHELL),
    "bot.sandbox.run:Sandbox._people": "invented people of a demonstration, on a database of its own",
    "bot.watch:Watch._write_nothing": "an order that does nothing: whether the writer lives (test_deaf)",
    # Not killed yet: the stories bring about neither a silence nor a wrong clock.
    "bot.remembering:Remembering.forget_silence": "tests/faults/test_away.py, without kills",
    "bot.remembering:Remembering.store": "tests/faults/test_away.py, without kills",
    "bot.ticks:Ticks._mind_the_clock": "a clock that is put back: tests/faults/test_clock.py, without kills",
    "bot.mailbox:Inbox.attempt": "counts a second handling, which needs a crash: every other run of these stories",
}


@dataclass(frozen=True)
class Template:
    """The database at the beginning of the stories, and an invitation of the newcomer."""

    path: Path
    code: str


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder = tmp_path_factory.mktemp("template")

    async def make() -> str:
        async with rigged(folder, TUESDAY) as rig:
            await rig.seed(*SEEDED, due=DUE)
            await rig.staff(f"{LAN}, Board, leader, en", f"{NAM}, Unit A, member, en")
            await rig.join(LAN)
            lan = await rig.member(LAN)
            await rig.app.store.write(lambda c: members.grant(c, lan.id, Role.ADMINISTRATOR, None))
            return await rig.code(NAM)

    code = asyncio.run(make())
    return Template(folder / "test.db", code)


def end_of(connection: Connection) -> dict[str, Any]:
    """What a story has led to, without the moments at which it did."""
    t, h, m = tables.tasks, tables.history, tables.members
    lines: dict[int | None, list[tuple[Any, ...]]] = {}
    for row in connection.execute(select(h.c.action, h.c.task_id, h.c.actor_id, h.c.details).order_by(h.c.id)):
        said = {key: row.details.get(key) for key in ("note", "step", "percent", "to", "reason", "new")}
        lines.setdefault(row.task_id, []).append((row.action, row.actor_id, str(said)))
    letters = outbox.every(connection)
    kept = {
        "tasks": (t, "code", "owner_id", "state", "percent", "ladder", "urgent", "due_at"),
        "members": (m, "id", "account", "language", "unreachable_reason"),
        "evidence": (tables.evidence, "task_id", "name", "sha256", "note"),
        "requests": (tables.requests, "task_id", "kind", "state", "answer"),
        "drafts": (tables.drafts, "account", "kind"),
        "digests": (tables.digests, "id", "corrects"),
        "recurrences": (tables.recurrences, "id", "next_on"),
        "occurrences": (tables.occurrences, "day", "task_id"),
        "chats": (tables.chats, "address", "title", "hour"),
    }
    found: dict[str, Any] = {
        name: sorted(map(repr, connection.execute(select(*(table.c[column] for column in columns)))))
        for name, (table, *columns) in kept.items()
    }
    told = Counter((letter.kind, letter.member_id, letter.chat_id, letter.state, about(letter)) for letter in letters)
    return found | {"history": lines, "told": told}


def about(letter: Any) -> str:
    """What a letter speaks of."""
    content = letter.content
    steps = [(step["task_id"], step["name"]) for step in content.get("steps", ())]
    return str((content.get("event"), content.get("task_id"), content.get("note"), content.get("digest_id"), steps))


def posted(server: LocalTelegram) -> set[tuple[Any, ...]]:
    """What stands in channels and groups; a marked repetition counts as what it repeats, and seals have salt."""
    sent = [call for call in server.ledger if call.method in SENDS and (call.chat_id or 0) < 0]
    captions = [call.text or call.parameters.get("caption") or "" for call in sent]
    plain = [COUNTED.sub("", unmarked(text)[0]) for text in captions]
    return {(call.method, call.chat_id, text) for call, text in zip(sent, plain, strict=True)}


@dataclass(frozen=True)
class Run:
    """One telling of a story."""

    end: dict[str, Any]
    died: bool
    power: Power


async def play(name: str, folder: Path, template: Template, at: int = 0, *, after: bool = False) -> Run:
    """The story with a power failure at that commit (0: none)."""
    folder.mkdir()
    shutil.copy(template.path, folder / "test.db")  # nobody has it open: the log of SQLite is empty
    clock = VirtualTime(TUESDAY)
    server = LocalTelegram(TOKEN, clock)
    server.updates.next_id = FRESH
    url = await server.start()
    power = Power(at, after=after)
    # One commit is lost: of the head and the members each may get the letter on the wire once more.
    rig = Rig(server, fresh(folder, url, clock, power.store), clock, folder, second=3)
    for person in (HEAD, MAI, BINH, LAN):
        server.person(rig.stranger(person).account).wrote = True
    story = Story(rig, power, template.code)
    try:
        await story.begin()
        await PLOTS[name](story)
        await story.survive(rig.finish)
        power.at = 0
        await assert_accounts(rig)
        return Run(await rig.app.store.read(end_of) | {"posted": posted(server)}, story.died, power)
    finally:
        await rig.app.stop()
        await server.stop()


def differences(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """For whoever reads the failure: only what is not the same, (too much, too little)."""
    other = [key for key in expected if found[key] != expected[key]]
    counted = {key: [Counter(list(map(repr, _lines(one[key])))) for one in (found, expected)] for key in other}
    return {key: (list(mine - theirs), list(theirs - mine)) for key, (mine, theirs) in counted.items()}


def _lines(part: Any) -> Any:
    """The single lines of a part of an end."""
    return [*part.elements()] if isinstance(part, Counter) else [*part.items()] if isinstance(part, dict) else part


class Wholes:
    """Every story without a crash, told when it is first asked for."""

    def __init__(self, template: Template, folder: Path) -> None:
        self._template = template
        self._folder = folder
        self._told: dict[str, Run] = {}

    async def of(self, name: str) -> Run:
        if name not in self._told:
            self._told[name] = await play(name, self._folder / name, self._template)
        return self._told[name]


@pytest.fixture(scope="module")
def wholes(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Wholes:
    return Wholes(template, tmp_path_factory.mktemp("whole"))


async def test_the_stories_reach_every_place_of_the_program_that_writes(wholes: Wholes) -> None:
    reached = {writer for name in PLOTS for writer in (await wholes.of(name)).power.writers}
    assert every_writer("bot", "handlers") - reached == set(BESIDE)


@pytest.mark.parametrize("name", PLOTS)
async def test_a_crash_at_any_commit_changes_nothing_in_the_end(
    tmp_path: Path, template: Template, wholes: Wholes, name: str
) -> None:
    whole = await wholes.of(name)
    deaths, tried, wrong = 0, 0, {}
    for number in range(FIRST, whole.power.commits + 1, STRIDE):
        for after in (False, True) if LONG else (number % 2 == 0,):
            tried += 1
            where = f"commit {number} of {whole.power.commits}, {'after' if after else 'before'} it"
            try:
                run = await play(name, tmp_path / f"{number}-{after}", template, number, after=after)
            except (AssertionError, TimeoutError) as broken:  # a long run tries the other commits too
                wrong[where] = repr(broken)
                continue
            found = differences(run.end, whole.end)
            if name in BROKEN and any(state == "failed" for _, _, _, state, _ in run.end["told"]):
                found.pop("told", None)  # `assert_accounts` has seen that the head was told
            if found:
                wrong[where] = str(found)
            deaths += run.died
    print(f"\n{name}: {whole.power.commits} commits, {tried} crashes asked for, {deaths} deaths")
    assert wrong == {}
    assert deaths > 0
