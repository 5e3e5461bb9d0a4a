"""`dondoc rules ladder`, and what a list of people or tasks changes about reminders."""
# ruff: noqa: F401, F811 - the fixtures of the shell

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from storage import history, members, tasks, units
from storage.records import Task
from tests.stories.test_command_line import STAFF, TASKS, Shell, edited, first_task, full, shell, staffed

LATER = datetime(2098, 12, 17, 10, 0, tzinfo=UTC)  # a Wednesday far from any holiday
WEDNESDAY, FRIDAY = datetime(2098, 12, 10, 1, 30, tzinfo=UTC), datetime(2098, 12, 12, 1, 30, tzinfo=UTC)


def received(connection: Connection) -> Task:
    """The first task, with a deadline far away and nothing to ask before its reminders."""
    values = {"due_at": LATER, "state": "received", "updated_at": LATER - timedelta(days=6)}
    tasks.change(connection, first_task(connection), **values)
    return first_task(connection)


def test_the_ladder_of_a_unit_goes_before_that_of_the_organisation_and_plans_at_once(full: Shell) -> None:
    task = full.meanwhile(received)
    unit = full.look(units.every)[task.unit_id]
    assert "ladder = 5,1 2h 2x3" in full("rules", "ladder", "5,1").out
    assert full.look(first_task).check_at == WEDNESDAY
    assert full("rules", "ladder", "3 2h 2x3", "--unit", unit.name).status == 0
    assert full.look(first_task).check_at == FRIDAY
    assert "ladder = 3,1 2h 2x3" in full("rules", "ladder", "--default").out
    assert full.look(first_task).check_at == FRIDAY
    assert "3 2h 2x3" in full("rules").out


@pytest.mark.parametrize("typed", ["often", "99", "3 9h", "3 2h 0x1"])
def test_what_is_no_ladder_is_refused_on_the_shell(shell: Shell, typed: str) -> None:
    answer = shell("rules", "ladder", typed)
    assert answer.status == 1
    assert f"“{typed}”" in answer.errors[0]
    assert "<" not in answer.errors[0]
    assert "ladder = 3,1 2h 2x3" in shell("rules").out


def test_a_unit_that_gets_other_hours_from_a_new_unit_above_is_planned_anew(full: Shell) -> None:
    task = full.meanwhile(received)
    unit = full.look(units.every)[task.unit_id]
    full.meanwhile(lambda c: units.change(c, units.add(c, "Late Risers"), hours="10:00-18:00"))
    moved = full.file("staff.csv", "full_name,unit,parent_unit", f"Nowy Przykład,{unit.name},Late Risers")
    assert full("import", "staff", moved).status == 0
    assert full.look(first_task).check_at == FRIDAY.replace(hour=3, minute=0)  # 10:00 in Hanoi


@pytest.mark.parametrize(("typed", "urgent"), [("hỏa tốc", True), ("Pilny", True), ("thường", False), ("", False)])
def test_a_list_says_which_tasks_are_urgent(full: Shell, typed: str, urgent: bool) -> None:
    row = f"ZZ-901,Report,{full.look(lambda c: units.every(c)[first_task(c).unit_id]).name},"
    owner = full.look(lambda c: members.get(c, first_task(c).owner_id)).name
    made = full.file("more.csv", "code,title,lead_unit,owner,urgency", f"{row}{owner},{typed}")
    assert full("import", "tasks", made).status == 0
    assert full.look(lambda c: tasks.by_code(c, "ZZ-901")).urgent is urgent


def test_an_urgency_that_nobody_knows_is_refused(full: Shell) -> None:
    made = full.file("more.csv", "code,title,lead_unit,owner,urgency", "ZZ-901,Report,Nowhere,Nobody,asap")
    answer = full("import", "tasks", made)
    assert answer.status == 1
    assert "“asap” is no urgency" in "\n".join(answer.errors)
