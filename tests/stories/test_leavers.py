"""Somebody leaves: no task is left alone, nothing moves twice, and nothing leads to the former chat any more."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from storage import audit, drafts, history, members, requests, tasks
from storage.records import Member, RequestState, Role, State
from tests.support.world import MONDAY, Person, World

Cast = tuple[World, Person, Person, Person, Person]


@pytest.fixture
async def cast(world: World) -> Cast:
    """Mai owns three tasks and leaves; Nam could take them; the leader decides."""
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Mai Member, Unit A, member, en",
        "Nam Neighbour, Unit A, member, en",
        "Lan Leader, Board, leader, en",
        "Lam Leader, Board, leader, en",
        "Binh Boss, Unit B, head, en",
    )
    head, mai, nam, lan = [await world.join(name) for name in ("Hoa Head", "Mai Member", "Nam Neighbour", "Lan Leader")]
    for title in ("First", "Second", "Third"):
        await head.say(f"/assign mai; 16/12/2026 17:00; {title}; Report")
        await head.press("✔️")
    for person in (head, mai, nam, lan):
        person.news()
    return world, head, mai, nam, lan


async def work(world: World) -> list:
    return list((await world.app.store.read(lambda c: tasks.some(c, [1, 2, 3]))).values())


async def owners(world: World) -> set[int]:
    return {task.owner_id for task in await work(world)}


async def moves(world: World) -> list[int]:
    return [
        len(await world.app.store.read(lambda c, k=key: history.of_task(c, k, ("hand_over",), 9))) for key in (1, 2, 3)
    ]


async def stored(world: World, member_id: int) -> Member:
    return (await world.app.store.read(lambda c: members.some(c, [member_id])))[member_id]


async def test_a_leaver_with_open_tasks_is_refused_and_the_tasks_are_named(cast: Cast) -> None:
    world, head, *_ = cast
    answer = await head.say("/leaver mai; ok")
    assert "still owns 3 open tasks: UA-001, UA-002, UA-003" in answer
    assert (await world.member("Mai Member")).left_at is None
    assert "Who is to take them over?" in await head.say("/leaver mai")
    assert "UA-001, UA-002, UA-003" in head.said


async def test_all_tasks_are_given_to_a_new_owner_by_one_decision_of_the_level_above(cast: Cast) -> None:
    world, head, _, nam, lan = cast
    mai_id, nam_id = (await world.member("Mai Member")).id, (await world.member("Nam Neighbour")).id
    await head.say("/leaver mai")
    await head.press("Nam Neighbour")
    assert "Why?" in head.said
    await head.say("Mai retires on Friday")
    assert "Proposed" in head.said
    assert await owners(world) == {mai_id}
    await world.morning(lan)
    asked = [text for text in lan.news() if "asks for your decision" in text]
    assert len(asked) == 1  # one letter, however many tasks
    assert "All open tasks of Mai Member" in asked[0]
    assert "3 tasks: UA-001, UA-002, UA-003" in asked[0]
    assert "1 request waits for your answer" in await lan.say("/requests")
    assert "UA-001 · and 2 more tasks" in lan.said
    assert "Somebody else decides" in await head.say("/approve 1")
    await lan.say("/approve 2")  # any of them stands for all
    assert await owners(world) == {nam_id}
    assert await moves(world) == [1, 1, 1]
    asked_for = await world.app.store.read(lambda c: requests.of_tasks(c, [1, 2, 3]))
    assert {one.old_owner_id for some in asked_for.values() for one in some} == {mai_id}
    assert {task.state for task in await work(world)} == {State.ASSIGNED}
    told = [text for text in nam.news() if "yours now" in text]
    assert len(told) == 1
    assert "UA-001, UA-002, UA-003" in told[0]
    assert "Your request was approved" in head.said
    assert "answered already" in await lan.say("/approve 3")
    assert "Close the membership?" in await head.say("/leaver mai")
    await head.press("✔️ Close")
    assert "has left" in head.said
    assert (await stored(world, mai_id)).left_at is not None


async def test_a_refusal_needs_a_reason_and_moves_nothing(cast: Cast) -> None:
    world, head, _, _, lan = cast
    mai_id = (await world.member("Mai Member")).id
    await head.say("/leaver mai; nam; retires")
    await world.morning(lan)
    await lan.press("✖️ Refuse")
    await lan.say("Split them between two people")
    assert await owners(world) == {mai_id}
    assert "Split them between two people" in head.said
    states = [(await world.app.store.read(lambda c, k=key: requests.get(c, k))).state for key in (1, 2, 3)]
    assert states == [RequestState.REFUSED] * 3
    assert "Proposed" in await head.say("/leaver mai; nam; really")


async def test_of_two_deciders_one_wins_and_the_other_is_told(cast: Cast) -> None:
    world, head, _, _, lan = cast
    lam = await world.join("Lam Leader")
    await head.say("/leaver mai; nam; retires")
    await lan.say("/approve 1", settle=False)
    await lam.say("/refuse 2 no", settle=False)
    await world.settle()
    said = [text for person in (lan, lam) for text in person.texts if "answered already" in text]
    assert len(said) == 1
    moved = await moves(world)
    assert moved in ([1, 1, 1], [0, 0, 0])
    decided = [(await world.app.store.read(lambda c, k=key: requests.get(c, k))).state for key in (1, 2, 3)]
    assert len(set(decided)) == 1


async def test_when_one_task_of_a_batch_cannot_be_moved_none_is_and_a_second_try_moves_each_once(cast: Cast) -> None:
    world, head, _, nam, lan = cast
    mai_id, nam_id = (await world.member("Mai Member")).id, (await world.member("Nam Neighbour")).id
    await head.say("/leaver mai; nam; retires")
    fails = "CREATE TRIGGER fails BEFORE UPDATE ON tasks WHEN OLD.id = 3 BEGIN SELECT RAISE(ABORT, 'broken'); END"
    await world.app.store.write(lambda c: c.execute(text(fails)))
    assert "Reference" in await lan.say("/approve 1")
    assert await owners(world) == {mai_id}
    assert await moves(world) == [0, 0, 0]
    assert len(await world.app.store.read(requests.waiting)) == 3
    assert not [told for told in nam.texts if "yours now" in told]
    await world.app.store.write(lambda c: c.execute(text("DROP TRIGGER fails")))
    await lan.say("/approve 1")
    assert await owners(world) == {nam_id}
    assert await moves(world) == [1, 1, 1]
    assert sum("yours now" in told for told in nam.texts) == 1


async def test_what_was_closed_or_handed_over_meanwhile_is_left_out(cast: Cast) -> None:
    world, head, _, _, lan = cast
    await head.say("/drop UA-001 assigned twice")
    await head.say("/leaver mai; nam; retires")
    await head.say("/drop UA-002 not needed")
    await lan.say("/approve 2")
    assert await moves(world) == [0, 0, 1]
    assert [task.state for task in await work(world)] == [State.CANCELLED, State.CANCELLED, State.ASSIGNED]


async def test_a_submitted_task_changes_its_owner_and_keeps_its_submission(cast: Cast) -> None:
    world, head, mai, _, lan = cast
    await head.say("/leaver mai; nam; retires")
    await mai.say("/done UA-003")
    await lan.say("/approve 1")
    third = (await work(world))[2]
    assert (third.state, third.owner_id) == (State.SUBMITTED, (await world.member("Nam Neighbour")).id)
    assert third.submitted_at is not None
    await head.say("/accept UA-003")
    assert (await work(world))[2].state is State.COMPLETED


async def test_an_order_for_all_tasks_does_not_resume_a_suspended_one(cast: Cast) -> None:
    world, head, _, _, lan = cast
    await head.say("/suspend UA-002 waits for the budget")
    await head.say("/leaver mai; nam; retires")
    assert "Lan Leader" in head.said  # whoever has to answer is named
    await lan.say("/approve 1")
    second = (await work(world))[1]
    assert (second.state, second.owner_id) == (State.SUSPENDED, (await world.member("Nam Neighbour")).id)


async def test_nothing_is_proposed_twice_and_waits_are_said(cast: Cast) -> None:
    world, head, *_ = cast
    await head.say("/leaver mai; nam; retires")
    assert "wait for a decision already: no. 1" in await head.say("/leaver mai; nam; again")
    assert "no. 1, waits for a decision" in await head.say("/leaver mai")
    assert len(await world.app.store.read(requests.waiting)) == 3


async def let_go(cast: Cast, number: int = 1) -> int:
    world, head, _, _, lan = cast
    mai_id = (await world.member("Mai Member")).id
    await head.say("/leaver mai; nam; retires")
    await lan.say(f"/approve {number}")
    assert "has left" in await head.say("/leaver mai; ok")
    return mai_id


async def test_the_link_to_the_chat_is_erased_at_once_and_the_account_is_a_strangers(cast: Cast) -> None:
    world, head, mai, _, _ = cast
    await mai.say("/away 18/12/2026 nam")
    await mai.say("/extend UA-001 18/12/2026; x")
    await mai.say("/assign")
    await mai.say("/away")
    await world.app.store.write(lambda c: members.grant(c, members.by_account(c, mai.account).id, Role.TRACKER, None))
    mai_id = await let_go(cast, 2)
    gone = await stored(world, mai_id)
    assert (gone.account, gone.linked_at, gone.email, gone.name) == (None, None, "", "Mai Member")
    assert await world.app.store.read(lambda c: members.grants_of(c, mai_id)) == ()
    assert await world.app.store.read(lambda c: drafts.get(c, mai.account)) is None
    assert not [row for row in await world.letters("waiting", "leased") if row.member_id == mai_id]
    before = len(mai.texts)
    answer = await mai.say("/tasks")
    assert "serves the members of one organisation" in answer
    await mai.say("/done UA-001")
    await mai.forge("1:act:submit:1")
    assert len(mai.texts) == before + 1
    await world.go(MONDAY.replace(day=18, hour=12))
    assert len(mai.texts) == before + 1
    assert "Mai Member" not in await head.say("/team")
    assert (await world.app.store.read(audit.verify)).problem is None


async def test_letters_waiting_for_a_leaver_are_dropped(cast: Cast) -> None:
    world, head, mai, _, lan = cast
    mai_id = (await world.member("Mai Member")).id
    await head.say("/leaver mai; nam; retires")
    await lan.say("/approve 1")
    mai.news()
    await world.go(MONDAY.replace(hour=20))
    await head.say("/assign mai; 16/12/2026 17:00; Fourth; Report")
    await head.press("✔️")  # waits for the morning
    await head.say("/drop UA-004 a mistake")
    assert [row for row in await world.letters("waiting") if row.member_id == mai_id]
    await head.say("/leaver mai; ok")
    assert not [row for row in await world.letters("waiting") if row.member_id == mai_id]
    await world.go(MONDAY.replace(day=8, hour=9))
    assert mai.news() == []


async def test_an_invitation_of_a_leaver_opens_nothing(cast: Cast) -> None:
    world, _, _, _, lan = cast
    code = await world.code("Lam Leader")
    assert "has left" in await lan.say("/leaver lam; ok")
    stranger = world.stranger("Somebody")
    await stranger.say(f"/start {code}")
    assert "Lam Leader" not in stranger.said


async def test_requests_of_a_leaver_and_those_that_would_give_them_work_are_withdrawn(cast: Cast) -> None:
    world, head, mai, *_ = cast
    await mai.say("/handover UA-001 nam; please")
    assert "has left" in await head.say("/leaver nam; ok")
    assert (await world.app.store.read(lambda c: requests.get(c, 1))).state is RequestState.WITHDRAWN
    assert (await work(world))[0].owner_id == (await world.member("Mai Member")).id


async def test_the_last_head_and_the_last_leader_stay_until_somebody_follows(cast: Cast) -> None:
    world, _, _, _, lan = cast
    assert "only head of Unit A" in await lan.say("/leaver hoa; ok")
    await lan.say("/leaver lam; ok")
    assert "Nobody closes their own membership" in await lan.say("/leaver lan leader; ok")
    nam = await world.member("Nam Neighbour")
    await world.app.store.write(lambda c: members.grant(c, nam.id, Role.HEAD, nam.unit_id))
    assert "has left" in await lan.say("/leaver hoa; ok")


async def test_when_nobody_else_above_could_decide_it_is_said(cast: Cast) -> None:
    world, head, _, _, lan = cast
    await lan.say("/leaver lam; ok")
    assert "Nobody else above could decide" in await lan.say("/leaver mai; nam; retires")
    assert await world.app.store.read(requests.waiting) == ()
    await head.say("/leaver mai; nam; retires")
    await lan.say("/approve 1")
    assert await moves(world) == [1, 1, 1]


async def test_people_of_other_units_and_members_get_nothing(cast: Cast) -> None:
    world, head, mai, nam, _ = cast
    boss = await world.join("Binh Boss")
    mai_id = (await world.member("Mai Member")).id
    await head.say("/leaver mai; nam; secret reason")
    for person in (boss, nam, mai):
        person.news()
        for said in ("/leaver mai", "/leaver mai; ok", "/leaver mai; nam; x", "/requests"):
            await person.say(said)
        for data in (f"1:leaver:{mai_id}", f"1:leave:{mai_id}", "1:heir:aaaaaaaa:p:1", "1:leave:999"):
            await person.forge(data)
    for person in (boss, mai):
        for said in ("/approve 1", "/refuse 1 x"):
            await person.say(said)
        assert "secret reason" not in "".join(person.news())
    assert (await stored(world, mai_id)).left_at is None
    assert await owners(world) == {mai_id}
