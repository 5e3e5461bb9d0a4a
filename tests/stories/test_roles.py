"""Role x action x scope x kind of chat: everybody tries everything, and only what docs/roles.md allows gets through."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.policy.access import Deed
from handlers.views.texts import texts
from storage import absences, history, members, tasks, units
from storage.records import Action, State
from tests.support import roles
from tests.support.roles import FITTING, LATE, OTHER, OWNER, PLACES, Persona, allowed, personas
from tests.support.world import Person, World

ROLES = (Path(__file__).parents[2] / "docs/roles.md").read_text(encoding="utf-8")
PERSONAS = tuple(personas())
BY_BUTTON = tuple(action for action in Action if action is not Action.VIEW)
GROUP, CHANNEL = -100700, -1002000000700


def test_the_document_shows_exactly_what_the_policy_decides() -> None:
    assert roles.table() in ROLES
    assert roles.deeds() in ROLES


def test_auditors_change_nothing_and_administrators_read_nothing() -> None:
    for persona in PERSONAS:
        if persona.name.startswith("auditor"):
            assert {action for action in Action if allowed(persona, action)} <= {Action.VIEW}
        if persona.name.startswith("administrator"):
            assert not any(allowed(persona, action) for action in Action)


def build(connection: Connection) -> None:
    """The units and people of the table, with the same ids."""
    for unit_id, unit in roles.UNITS.items():
        assert units.add(connection, unit.name, unit.parent_id) == unit_id
    for number, name in enumerate(("Olga Owner", "Adam Assigner", "Xenia Other"), 1):
        assert members.add(connection, name, roles.DESK, language="en") == number


def grant(connection: Connection, persona: Persona) -> None:
    for member_id in (OWNER, roles.ASSIGNER, OTHER):
        for held in members.grants_of(connection, member_id):
            members.revoke(connection, member_id, held.role, held.unit_id)
    if persona.stands_in:
        span = {"since": roles.NOW - timedelta(days=1), "until": roles.NOW + timedelta(days=9), "at": roles.NOW}
        absences.add(connection, member_id=OWNER, substitute_id=OTHER, made_by=OWNER, **span)
    if persona.role is not None:
        members.grant(connection, persona.member_id, persona.role, PLACES[persona.place])


def fitting_task(connection: Connection, action: Action, number: int) -> int:
    """A task in a state in which the action makes sense, so that only the right decides."""
    made = roles.task()
    late = action in LATE
    return tasks.add(
        connection,
        coordinator_ids=made.coordinators,
        code=f"DESK-{number:03d}",
        title="Secret work",
        titles={},
        unit_id=made.unit_id,
        owner_id=made.owner_id,
        assigner_id=made.assigner_id,
        product="Report",
        difficulty="normal",
        assigned_at=made.assigned_at,
        created_at=made.created_at,
        planned_from=roles.NOW,
        original_due_at=made.assigned_at if late else made.due_at,
        due_at=made.assigned_at if late else made.due_at,
        state=FITTING.get(action, State.ASSIGNED).value,
        submitted_at=roles.NOW if FITTING.get(action) is State.SUBMITTED else None,
        percent=0,
    )


@pytest.fixture
async def cast(world: World) -> dict[int, Person]:
    await world.app.store.write(build)
    names = ("Olga Owner", "Adam Assigner", "Xenia Other")
    return {number: await world.join(name) for number, name in enumerate(names, 1)}


def refused(answer: str, action: Action, code: str) -> bool:
    """Whether the answer says that this person may not do it, or that there is no such task."""
    t = texts("en")
    no = (t.plain("refused.task.unknown"), t.plain(f"refused.forbidden.{action}", code=code))
    return answer[:60] in {line[:60] for line in no}


def offers_the_commands_of(persona: Persona, said: str) -> None:
    """/help names the commands of the roles that somebody holds anywhere, and no others."""
    held = persona.actor()
    for deed, command in ((Deed.ASSIGN, "/assign"), (Deed.TEAM, "/team"), (Deed.SUMMARY, "/summary")):
        reaches = persona.role is not None and any(roles.may_in(held, deed, unit) for unit in roles.UNITS)
        assert (f"{command} " in said or f"{command}\n" in said) is reaches, command


@pytest.mark.parametrize("persona", PERSONAS, ids=[one.name.replace(", ", "-").replace(" ", "-") for one in PERSONAS])
async def test_everybody_tries_every_action_in_every_kind_of_chat(
    world: World, cast: dict[int, Person], persona: Persona
) -> None:
    await world.app.store.write(lambda c: grant(c, persona))
    person = cast[persona.member_id]
    world.server.add_group(GROUP, "Desk chat", members=[person.account])
    world.server.add_channel(CHANNEL, "Desk channel", admins=[person.account])
    world.server.say(person.account, "/help", chat_id=GROUP)
    await world.settle()
    offered = world.server.messages(GROUP)[-1]["message_id"]
    offers_the_commands_of(persona, await person.say("/help"))
    lines = (await world.app.store.read(history.head)).length
    for number, action in enumerate(BY_BUTTON, 1):
        task_id = await world.app.store.write(lambda c, a=action, n=number: fitting_task(c, a, n))
        world.server.press(person.account, GROUP, offered, data=f"1:act:{action.value}:{task_id}")
        world.server.say(person.account, f"/task DESK-{number:03d}", chat_id=GROUP)
        world.server.post(CHANNEL, f"/task DESK-{number:03d}")
        await world.settle()
        assert (await world.app.store.read(history.head)).length == lines, "nothing is done in public"
        before = len(person.messages)
        answer = await person.forge(f"1:act:{action.value}:{task_id}", message_id=person.messages[0]["message_id"])
        assert refused(answer, action, f"DESK-{number:03d}") is not allowed(persona, action), (action, answer)
        after = (await world.app.store.read(history.head)).length
        if not allowed(persona, action):
            assert (after, len(person.messages)) == (lines, before)
        lines = after
        seen = "Secret work" in await person.say(f"/task DESK-{number:03d}")
        assert seen is allowed(persona, Action.VIEW)
        await person.say("/cancel")
    assert not [post for post in (*world.posts(GROUP), *world.posts(CHANNEL)) if "Secret work" in post]
