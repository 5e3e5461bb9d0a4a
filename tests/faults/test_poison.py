"""Rows that the planner cannot deal with: they wait alone, everybody else hears in the same tick, nothing is lost.

The rows are spoiled in the database itself, as an older version, a hand or a missing zone file would do it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, select, text

from bot.actions.tasks import loaded, replan
from bot.watch import PLAN, QUIET
from storage import agenda, chats, outbox, preferences, recurrences, tables, tasks
from storage import put_off as waits
from storage.database import Unavailable
from storage.notices import TaskNews
from tests.support.rig import Rig, rigged
from tests.support.world import MONDAY, Person

TUESDAY = MONDAY.replace(day=8, hour=8, minute=0)
DUE = TUESDAY.replace(hour=17)
MORNING = TUESDAY.replace(hour=8, minute=30)
FRIDAY = TUESDAY.replace(day=11, hour=16)
COUNCIL = -1002000000009


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, TUESDAY) as made:
        yield made


async def run(rig: Rig, statement: str, **values: Any) -> None:
    """Change rows behind the back of the program."""
    await rig.app.store.write(lambda c: c.execute(text(statement), values))


async def give(rig: Rig, name: str, code: str, due: datetime = DUE, **more: Any) -> int:
    """One more task in hand."""
    owner, now = await rig.member(name), rig.clock()
    facts = {"code": code, "title": f"Work {code}", "titles": {}, "product": "Report", "difficulty": "normal"}
    dates = {"assigned_at": now, "created_at": now, "planned_from": now, "due_at": due, "original_due_at": due}
    whose = {"owner_id": owner.id, "unit_id": owner.unit_id}

    def work(c: Connection) -> int:
        key = tasks.add(c, **{**facts, **dates, **whose, "state": "in_progress", "percent": 10, **more})
        replan(c, rig.app.office, loaded(c, key), now)
        return key

    return await rig.app.store.write(work)


async def tick(rig: Rig, at: datetime) -> None:
    rig.clock.now = at.astimezone(rig.clock.now.tzinfo)
    await rig.app.ticks.settle()


def naming(person: Person, code: str) -> int:
    """How many of the letters so far name that task."""
    return sum(code in one for one in person.texts)


async def put_off(rig: Rig, what: str) -> float:
    said = (await rig.app.watch.metrics(None)).body.decode()
    label = f'dondoc_put_off_total{{what="{what}"}} '
    return float(next((line.removeprefix(label) for line in said.splitlines() if line.startswith(label)), 0))


# What spoils the second task of Mai, what mends it, and whether her other task is spoiled with it.
POISON = {
    "a difficulty that nobody knows": (
        "UPDATE tasks SET difficulty = 'purple' WHERE code = 'P-1'",
        "UPDATE tasks SET difficulty = 'normal' WHERE code = 'P-1'",
        False,
    ),
    "a state of a newer version": (
        "UPDATE tasks SET state = 'dreaming' WHERE code = 'P-1'",
        "UPDATE tasks SET state = 'in_progress' WHERE code = 'P-1'",
        False,
    ),
    "a zone that does not exist": (
        "UPDATE members SET zone = 'Nowhere/Land' WHERE name = 'Mai Member'",
        "UPDATE members SET zone = NULL WHERE name = 'Mai Member'",
        True,
    ),
}


@pytest.mark.parametrize("cause", POISON)
async def test_a_task_that_cannot_be_planned_waits_alone_until_its_row_is_mended(
    rig: Rig, caplog: pytest.LogCaptureFixture, cause: str
) -> None:
    spoil, mend, all_of_mai = POISON[cause]
    _, mai, binh, cuc = await rig.seed("Mai Member", "Binh Member", "Cuc Member", due=DUE)
    poison = await give(rig, "Mai Member", "P-1")
    await give(rig, "Binh Member", "B-1")
    await run(rig, spoil)
    await tick(rig, MORNING)
    assert [naming(binh, "UA-002"), naming(binh, "B-1"), naming(cuc, "UA-003")] == [1, 1, 1], "in the same tick"
    assert [len(binh.texts), len(cuc.texts)] == [1, 1], "all that one person has earned is one letter"
    assert naming(mai, "UA-001") == (0 if all_of_mai else 1)
    assert naming(mai, "P-1") == 0
    assert caplog.text.count(f"task {poison} could not be planned") == 1, "once for each try"
    assert "Mai Member" not in caplog.text
    assert f"task {poison}" in await rig.app.store.read(lambda c: waits.waiting(c, rig.clock())), (
        "`dondoc check` names it"
    )
    assert await put_off(rig, "task") == (2 if all_of_mai else 1)
    await tick(rig, MORNING + timedelta(minutes=59))
    assert caplog.text.count(f"task {poison} could not be planned") == 1, "it is not tried at every tick"
    await tick(rig, MORNING + timedelta(minutes=61))
    assert caplog.text.count(f"task {poison} could not be planned") == 2, "but again and again"
    await run(rig, mend)
    await tick(rig, MORNING + timedelta(minutes=122))
    assert [naming(mai, "UA-001"), naming(mai, "P-1"), naming(binh, "B-1"), naming(cuc, "UA-003")] == [1, 1, 1, 1]
    later = MORNING + timedelta(minutes=122) + waits.GRACE
    assert await rig.app.store.read(lambda c: waits.waiting(c, later)) == (), "it was planned"


async def test_rules_of_one_unit_that_cannot_be_read_stop_the_reminders_of_that_unit_only(rig: Rig) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    await rig.staff("Olga Other, Unit B, member, en")
    await give(rig, "Olga Other", "O-1")
    other = await rig.unit("Unit B")
    await rig.app.store.write(lambda c: preferences.put(c, other, "update_after", "many"))
    await tick(rig, MORNING)
    assert naming(mai, "UA-001") == 1
    assert await put_off(rig, "task") == 1


async def test_the_head_hears_of_all_healthy_tasks_in_one_letter_as_if_the_poison_were_not_there(rig: Rig) -> None:
    names = [f"Person {number}" for number in range(1, 8)]
    await rig.seed(*names, due=DUE)
    for number in range(1, 8):
        await give(rig, f"Person {number}", f"U-{number}", TUESDAY + timedelta(minutes=10), urgent=1)
    hoa = (await rig.member("Hoa Head")).id
    await rig.app.store.write(lambda c: agenda.put_off(c, hoa, FRIDAY + timedelta(days=3)))  # urgent work does not wait
    await run(rig, "UPDATE tasks SET difficulty = 'purple' WHERE code = 'U-4'")
    rig.clock.now = FRIDAY.astimezone(rig.clock.now.tzinfo)
    await rig.app.ticks.plan()
    (letter,) = [one for one in await rig.letters() if one.member_id == hoa and one.kind == "reminders"]
    assert [step["task_id"] for step in letter.content["steps"]] == [8, 9, 10, 12, 13, 14]
    await run(rig, "UPDATE tasks SET difficulty = 'normal' WHERE code = 'U-4'")


async def arrange(rig: Rig, title: str) -> int:
    """Work of Mai that comes every Friday and is due to be given out."""
    mai, now = await rig.member("Mai Member"), rig.clock()
    facts = {"rule": "week:5", "title": title, "product": "Report", "difficulty": "normal", "lead_days": 3}
    whose = {"owner_id": mai.id, "unit_id": mai.unit_id, "assigner_id": mai.id}

    def work(c: Connection) -> int:
        key = recurrences.add(c, **facts, **whose, created_at=now, next_on=FRIDAY.date(), check_at=now)
        recurrences.name_series(c, key, f"SERIES{key}")
        return key

    return await rig.app.store.write(work)


async def bind(rig: Rig, head: Person) -> None:
    """A channel in which the weekly summary of everything is posted."""
    await rig.channel(COUNCIL, "Council", head)
    keeper, now = await rig.member(head.name), rig.clock()
    about = {"kind": "channel", "title": "Council", "unit_id": None, "purpose": "leadership", "language": "en"}
    by = {"linked_by": keeper.id, "linked_at": now}
    await rig.app.store.write(lambda c: chats.bind(c, COUNCIL, **about, **by))


async def test_with_poison_of_every_kind_each_other_kind_of_work_is_done_in_the_same_tick(rig: Rig) -> None:
    names = ("Mai Member", "Binh Member", "Zoe Nowhere")
    _, mai, binh, zoe = await rig.seed(*names, due=FRIDAY + timedelta(hours=1))
    bad = await arrange(rig, "Bad")
    await arrange(rig, "Good")
    await bind(rig, rig.people["Hoa Head"])
    await run(rig, "UPDATE members SET zone = 'Nowhere/Land' WHERE name = 'Zoe Nowhere'")
    await run(rig, "UPDATE recurrences SET rule = 'nonsense' WHERE id = :id", id=bad)
    await tick(rig, FRIDAY)
    assert [naming(mai, "UA-001"), naming(binh, "UA-002")] == [1, 1]
    assert len(rig.posts(COUNCIL)) == 1
    assert sum("Good" in one for one in mai.texts) == 1
    assert not [one for one in mai.texts if "Bad" in one]
    kinds = ("task", "agenda of member", "recurring task", "summary")
    assert [await put_off(rig, kind) for kind in kinds] == [1, 1, 1, 0]
    assert zoe.texts == []
    await run(rig, "UPDATE members SET zone = NULL WHERE name = 'Zoe Nowhere'")
    await run(rig, "UPDATE recurrences SET rule = 'week:5' WHERE id = :id", id=bad)
    await tick(rig, FRIDAY + timedelta(minutes=30))
    assert zoe.texts == []
    await tick(rig, FRIDAY + timedelta(minutes=61))
    assert sum("UA-003" in one and "🔔 Reminder" in one for one in zoe.texts) == 1
    assert sum("Bad" in one for one in mai.texts) == 0, "its deadline has passed meanwhile"
    assert [one.kind for one in await rig.letters() if one.kind == "recurrence_news"]


async def test_an_agenda_that_cannot_be_made_waits_alone_and_loses_nothing(rig: Rig) -> None:
    head, mai = await rig.seed("Mai Member", due=DUE)
    await give(rig, "Mai Member", "S-1", state="submitted", submitted_at=rig.clock())
    notice, hoa = TaskNews(2, "completed", None, "well done"), await rig.member("Hoa Head")
    await rig.app.store.write(lambda c: agenda.put(c, "news", notice, hoa.id, rig.clock()))
    await run(rig, "UPDATE members SET zone = 'Nowhere/Land' WHERE id = :id", id=hoa.id)
    await tick(rig, MORNING)
    assert [naming(mai, "UA-001"), head.texts] == [1, []]
    assert await put_off(rig, "agenda of member") == 1
    await run(rig, "UPDATE members SET zone = NULL WHERE id = :id", id=hoa.id)
    await tick(rig, MORNING + timedelta(minutes=61))
    (said,) = head.texts
    assert "S-1" in said


async def test_news_that_cannot_be_read_waits_while_the_agenda_goes_out_without_it(rig: Rig) -> None:
    head, mai = await rig.seed("Mai Member", due=DUE)
    await give(rig, "Mai Member", "N-1", due=DUE + timedelta(days=9), state="completed", completed_at=rig.clock())
    await give(rig, "Mai Member", "S-1", state="submitted", submitted_at=rig.clock())
    hoa, now = await rig.member("Hoa Head"), rig.clock()
    notice = TaskNews(2, "contributed", None, "a part")
    await rig.app.store.write(lambda c: agenda.put(c, "news", notice, hoa.id, now))
    await run(rig, "UPDATE agenda_items SET kind = 'dream' WHERE key = 'news'")
    await tick(rig, MORNING)
    assert [naming(mai, "UA-001"), naming(head, "S-1"), naming(head, "N-1")] == [1, 1, 0]
    waiting = select(tables.agenda_items.c.key).where(tables.agenda_items.c.taken_at.is_(None))
    assert await rig.app.store.read(lambda c: c.execute(waiting).scalars().all()) == ["news"]
    await run(rig, "UPDATE agenda_items SET kind = 'task_news' WHERE key = 'news'")
    await tick(rig, MORNING + timedelta(days=1))
    assert await rig.app.store.read(lambda c: c.execute(waiting).scalars().all()) == []


async def test_a_submission_that_cannot_be_read_is_missing_in_the_agenda_of_its_judge_and_stops_no_other(
    rig: Rig,
) -> None:
    head, mai = await rig.seed("Mai Member", due=DUE)
    for code in ("S-1", "S-2"):
        await give(rig, "Mai Member", code, state="submitted", submitted_at=rig.clock())
    await run(rig, "UPDATE tasks SET difficulty = 'purple' WHERE code = 'S-2'")
    await tick(rig, MORNING)
    assert [naming(mai, "UA-001"), naming(head, "S-1"), naming(head, "S-2")] == [1, 1, 0]
    await run(rig, "UPDATE tasks SET difficulty = 'normal' WHERE code = 'S-2'")
    await tick(rig, MORNING + timedelta(days=1))
    assert naming(head, "S-2") == 1


@contextmanager
def database_gone(rig: Rig) -> Iterator[None]:
    """It fails in the middle of planning: SQLite has no room left, PostgreSQL ends the connection."""
    engine = rig.app.store.engine

    def fail(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("INSERT INTO steps"):
            return
        if engine.dialect.name == "sqlite":
            raw = connection.connection.dbapi_connection
            (pages,) = raw.execute("PRAGMA page_count").fetchone()
            raw.execute(f"PRAGMA max_page_count = {pages}")
            raw.execute("CREATE TABLE no_room AS SELECT randomblob(1000000)")
        else:
            with engine.connect() as other:
                pid = connection.connection.dbapi_connection.info.backend_pid
                other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)
        engine.dispose()


async def test_while_the_database_is_away_no_row_is_blamed_and_nothing_is_put_off(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    _, mai, binh = await rig.seed("Mai Member", "Binh Member", due=DUE)
    rig.clock.now = MORNING.astimezone(rig.clock.now.tzinfo)
    checks = select(tables.tasks.c.check_at).order_by(tables.tasks.c.id)
    before = await rig.app.store.read(lambda c: c.execute(checks).scalars().all())
    with database_gone(rig), pytest.raises(Unavailable):
        await rig.app.ticks.plan()
    assert await rig.app.store.read(lambda c: c.execute(checks).scalars().all()) == before
    assert "could not be planned" not in caplog.text
    await rig.settle()
    assert [naming(mai, "UA-001"), naming(binh, "UA-002")] == [1, 1]


async def test_one_kind_of_work_that_fails_as_a_whole_stops_no_other_and_is_no_good_round(rig: Rig) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    await arrange(rig, "Good")

    def fail(_c: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if "GROUP BY due_first" in statement or "GROUP BY anon_1.owner_id" in statement:
            raise ArithmeticError

    rig.clock.now = MORNING.astimezone(rig.clock.now.tzinfo) + timedelta(seconds=QUIET)
    engine = rig.app.store.engine
    event.listen(engine, "before_cursor_execute", fail)
    try:
        for seconds in (0, QUIET - 1):
            rig.clock.now += timedelta(seconds=seconds)
            with pytest.raises(ArithmeticError):
                await rig.app.ticks.plan()
            assert {letter.kind for letter in await rig.letters()} == {"agenda", "task_news"}
    finally:
        event.remove(engine, "before_cursor_execute", fail)
    rig.clock.now += timedelta(seconds=2)
    assert PLAN in rig.app.watch.quiet(), "a planner that cannot remind is to be noticed"
    await rig.app.ticks.settle()
    assert PLAN not in rig.app.watch.quiet()
    assert naming(mai, "UA-001") >= 1


async def test_poison_does_not_make_the_watch_believe_that_planning_has_stopped(rig: Rig) -> None:
    await rig.seed("Mai Member", due=DUE)
    await run(rig, "UPDATE tasks SET difficulty = 'purple'")
    await tick(rig, MORNING)
    rig.clock.now += timedelta(seconds=QUIET + 5)
    await rig.app.ticks.plan()
    assert PLAN not in rig.app.watch.quiet()
    await run(rig, "UPDATE tasks SET difficulty = 'normal'")


@pytest.mark.only("sqlite", "PostgreSQL takes no such values")
async def test_a_letter_that_is_no_json_stops_no_other_and_its_head_is_told(rig: Rig) -> None:
    head, mai, binh = await rig.seed("Mai Member", "Binh Member", due=DUE)
    rig.clock.now = MORNING.astimezone(rig.clock.now.tzinfo)
    await rig.app.ticks.plan()
    poisoned = (await rig.member(mai.name)).id
    await run(rig, """UPDATE outbox SET content = '{"steps": [' WHERE member_id = :one""", one=poisoned)
    await tick(rig, MORNING + timedelta(minutes=1))
    assert [naming(mai, "UA-001"), naming(binh, "UA-002")] == [0, 1]
    await rig.finish()
    assert any("did not arrive" in one for one in head.texts)


async def test_late_letters_of_somebody_who_cannot_be_read_stop_no_other(rig: Rig) -> None:
    _, mai, binh = await rig.seed("Mai Member", "Binh Member", due=DUE)
    for person, number in ((mai, 1), (binh, 2)):
        member = await rig.member(person.name)
        for name in ("first", "second"):
            notice, now = TaskNews(number, "explained", note=f"{name} for {person.name}"), rig.clock()
            post = partial(
                outbox.post, key=f"{name}:{number}", notice=notice, now=now, not_before=now, member_id=member.id
            )
            await rig.app.store.write(post)
    await run(rig, "UPDATE members SET zone = 'Nowhere/Land' WHERE name = 'Mai Member'")
    rig.clock.now += timedelta(hours=5)
    await rig.app.ticks.deliver()
    assert [sum("for Binh Member" in one for one in binh.texts), mai.texts] == [1, []]
    await run(rig, "UPDATE members SET zone = NULL WHERE name = 'Mai Member'")
    await rig.finish()
    assert "second for Mai Member" in " ".join(mai.texts)
