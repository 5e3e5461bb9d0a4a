"""Strangers and members of other units try every command and every button, and get nothing."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from handlers.commands import COMMANDS
from handlers.routes import BUTTONS
from storage import history, tasks
from storage.records import Action, State
from tests.support.world import Person, World

SECRET = "Audit of the treasury"
LONG = bool(os.environ.get("DONDOC_LONG"))
ACTING = ("act", "form", "yes", "no")  # the buttons that name an action; the long run tries it with all
TOUCHING = ("assign", "receive", "report", "submit", "withdraw", "accept", "return", "evidence")


@pytest.fixture
async def secret(world: World) -> World:
    """Unit A has a task that nobody else may see."""
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Mai Member, Unit A, member, en",
        "Nam Neighbour, Unit A, member, en",
        "Binh Boss, Unit B, head, en",
        "Ola Other, Unit B, member, en",
    )
    head = await world.join("Hoa Head")
    await head.say(f"/assign mai; 25/12/2026; {SECRET}; Report")
    await head.press("✔️")
    return world


async def state_of(world: World) -> tuple[object, int]:
    """Everything that must not change: the task and the length of the history."""
    entries = await world.app.store.read(lambda c: history.of_task(c, 1, TOUCHING, 99))
    return await world.app.store.read(lambda c: tasks.get(c, 1)), len(entries)


def typed(code: str) -> list[str]:
    """Every command with every name, bare and with arguments that fit; the other names lead to the same place."""
    endings = ("", f" {code}", f" {code} 60 x", f" {code} reason", " mai; 25/12/2026; x")
    said = [f"/{command.name}{end}" for command in COMMANDS for end in endings]
    others = [name for command in COMMANDS for name in command.names[1:]]
    return said + [f"/{name}{end}" for name in others for end in (endings if LONG else endings[2:3])]


def forged() -> list[str]:
    """Every button with every argument that could mean the task, its owner or its unit."""
    tails = (
        "", ":1", ":1:1", ":1:50", ":submit:1",
        ":late:0", ":waiting:0", ":tasks:0", ":aaaaaaaa:p:2", ":aaaaaaaa:ok:1", ":AAAAAAAAAAAAAAAAAAAAAA:en",
    )  # fmt: skip
    actions = [f"1:{verb}:{action.value}:1" for verb in (BUTTONS if LONG else ACTING) for action in Action]
    nonsense = ["", "2:act:submit:1", "1", "x" * 64, "1:::"]
    return [f"1:{verb}{rest}" for verb in BUTTONS for rest in tails] + actions + nonsense


async def try_everything(world: World, person: Person) -> list[str]:
    code = "UA-001"
    assert (await world.app.store.read(lambda c: tasks.by_code(c, code))) is not None
    for text in typed(code):
        await person.say(text, settle=False)
    await world.settle()
    number, account = person.last["message_id"], person.account
    presses = [world.server.press(account, account, number, data=data) for data in forged()]
    await world.settle()
    answers = [(world.server.answer_to(press) or {}).get("text") or "" for press in presses]
    return person.texts + answers


@pytest.mark.parametrize("who", ["stranger", "Ola Other", "Binh Boss", "Nam Neighbour"])
async def test_whoever_has_no_right_gets_nothing_from_any_command_or_button(secret: World, who: str) -> None:
    person = secret.stranger() if who == "stranger" else await secret.join(who)
    if who == "stranger":
        await person.say("/start")
    before = await state_of(secret)
    heard = await try_everything(secret, person)
    assert not [text for text in heard if SECRET in text or "Mai Member" in text]
    assert await state_of(secret) == before
    assert not [text for text in heard if "Reference" in text]  # nothing of it is an internal error
    if who == "stranger":
        assert len(person.texts) == 2  # the greeting, and the answer to what looked like an invitation code


async def test_another_persons_button_does_nothing(secret: World) -> None:
    ola = await secret.join("Ola Other")
    assert "no task" in await ola.forge("1:act:submit:1")
    assert "no task" in await ola.forge("1:pct:1:100")


async def test_in_a_group_nothing_personal_is_said_and_a_private_chat_is_offered(secret: World) -> None:
    mai = await secret.join("Mai Member")
    secret.server.add_group(-100500, "Unit A chat", members=[mai.account])
    for text in ("/tasks", "/viec", "/task UA-001", "/summary", "/assign mai; 25/12/2026; x; Report"):
        secret.server.say(mai.account, text, chat_id=-100500)
    await secret.settle()
    posts = secret.posts(-100500)
    assert len(posts) == 5
    assert {post for post in posts if "private" not in post} == set()
    assert not [post for post in posts if SECRET in post]


async def test_a_made_up_button_in_a_group_shows_nothing_there(secret: World) -> None:
    mai = await secret.join("Mai Member")
    secret.server.add_group(-100502, "Unit A chat", members=[mai.account])
    secret.server.say(mai.account, "/tasks", chat_id=-100502)
    await secret.settle()
    offered = secret.server.messages(-100502)[-1]
    for data in forged():
        secret.server.press(mai.account, -100502, offered["message_id"], data=data)
    await secret.settle()
    assert len(secret.posts(-100502)) == 1
    assert SECRET not in secret.posts(-100502)[0]


async def test_an_anonymous_administrator_has_no_rights(secret: World) -> None:
    hoa = secret.people["Hoa Head"]
    secret.server.add_group(-100501, "Unit A chat", members=[hoa.account], admins=[hoa.account])
    before = await state_of(secret)
    secret.server.say_as_anonymous(-100501, "/accept UA-001")
    await secret.settle()
    assert await state_of(secret) == before


async def test_a_button_on_a_message_that_telegram_no_longer_shows_is_answered_and_counts(secret: World) -> None:
    """Of an old message Telegram says only its chat, its number and the date 0."""
    mai = await secret.join("Mai Member")
    await mai.say("/task UA-001")
    number = mai.last["message_id"]
    query = secret.server.press(mai.account, mai.account, number, label="👀")
    press = secret.server.updates.waiting[-1].body["callback_query"]
    press["message"] = {"message_id": number, "date": 0, "chat": {"id": mai.account, "type": "private"}}
    await secret.settle()
    assert (secret.server.answer_to(query) or {})["text"] == "👀 UA-001 received"
    assert "received · 0 %" in mai.said, "the card is shown anew"
    task = await secret.app.store.read(lambda c: tasks.get(c, 1))
    assert task.state is State.RECEIVED


async def test_a_button_of_a_card_that_is_days_old_says_what_has_become_of_the_task(secret: World) -> None:
    mai, hoa = await secret.join("Mai Member"), secret.people["Hoa Head"]
    await mai.say("/task UA-001")
    old = mai.last
    await mai.say("/done UA-001 finished")
    await hoa.say("/accept UA-001")
    secret.clock.now += timedelta(days=5)
    before = await state_of(secret)
    toasts = [await mai.press(label, old) for label in mai.labels(old)]
    assert toasts[:3] == ["UA-001 is completed already."] * 3
    assert set(toasts) == {"UA-001 is completed already.", ""}, "only more buttons need no words"
    assert await state_of(secret) == before
