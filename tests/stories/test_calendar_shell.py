"""`dondoc calendar`: the year of a country, decisions about days, who lives by which calendar."""
# ruff: noqa: F401, F811 - the fixtures of the shell

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from storage import audit, calendar_days, members, tasks, units
from tests.stories.test_command_line import HOME, LOCALES, Shell, first_task, full, shell, staffed

OWNER = "Đặng Thị Mẫu Giang"


@pytest.mark.parametrize(("country", "days"), [("VN", 249), ("PL", 253)])
def test_a_year_is_shown_with_its_days_and_their_number(shell: Shell, country: str, days: int) -> None:
    answer = shell("calendar", "--country", country, "--year", "2026")
    assert answer.status == 0
    assert f"Working calendar {country}" in answer.out
    assert f"Working days: {days}" in answer.out
    assert ("💼 Sat 10 Jan 2026" in answer.out) is (country == "VN")
    assert "<" not in answer.out


def test_a_decision_is_stored_with_note_and_source_and_can_be_taken_back(full: Shell) -> None:
    first = full("calendar", "off", "24/12/2026", "--note", "Power cut", "--source", "12/UBND")
    assert "Thu 24 Dec 2026 is a day off in the calendar VN now." in first.out
    found = full.look(lambda c: calendar_days.of_country(c, "VN"))[date(2026, 12, 24)]
    assert (found.working, found.note, found.source, found.made_by) == (False, "Power cut", "12/UBND", None)
    again = full("calendar", "off", "24/12/2026", "--note", "Power cut", "--source", "12/UBND")
    assert (again.status, again.errors) == (1, ["dondoc: That day is entered like this already."])
    assert full("calendar", "remove", "2026-12-24").status == 0
    assert full.look(calendar_days.decided) == {}
    assert full.look(audit.verify).problem is None


def test_the_country_may_stand_before_or_after_the_deed(shell: Shell) -> None:
    assert shell("calendar", "--country", "PL", "off", "24/9/2026").status == 0
    assert shell("calendar", "work", "26/9/2026", "--country", "pl").status == 0
    assert shell.look(calendar_days.decided) == {"PL": {date(2026, 9, 24): False, date(2026, 9, 26): True}}


def test_a_unit_and_a_person_get_calendars_of_their_own_and_lose_them_again(full: Shell) -> None:
    answer = full("calendar", "assign", "--unit", HOME, "--country", "PL", "--hours", "07:30-11:30, 12:30-16:30")
    assert f"{HOME}: calendar PL, zone Asia/Ho_Chi_Minh, hours 07:30-11:30,12:30-16:30" in answer.out
    assert full.look(lambda c: units.named(c, HOME)).hours == "07:30-11:30,12:30-16:30"
    person = full("calendar", "assign", "--person", OWNER, "--zone", "Europe/Warsaw", "--country", "PL")
    assert f"{OWNER}: calendar PL, zone Europe/Warsaw" in person.out
    assert full("calendar", "assign", "--unit", HOME, "--country", "-", "--hours", "-").status == 0
    unit = full.look(lambda c: units.named(c, HOME))
    assert (unit.country, unit.hours) == (None, None)


def test_new_hours_plan_the_reminders_of_the_unit_anew(full: Shell) -> None:
    later = datetime(2098, 12, 17, 10, 0, tzinfo=UTC)  # a Wednesday far from any holiday

    def receive(connection):
        task = first_task(connection)
        tasks.change(connection, task, due_at=later, state="received", updated_at=later - timedelta(days=6))
        return task

    task = full.meanwhile(receive)
    owner = full.look(lambda c: members.get(c, task.owner_id))
    unit = full.look(units.every)[owner.unit_id]
    answer = full("calendar", "assign", "--unit", unit.name, "--hours", "10:00-18:00")
    assert task.code in answer.out
    assert full.look(first_task).check_at == datetime(2098, 12, 12, 3, 0, tzinfo=UTC)  # 10:00 in Hanoi


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("--country", "Vietnam"), "There is no calendar of a country “Vietnam”. Did you mean one of these: VN?"),
        (("off", "31/2/2027"), "I did not understand the date “31/2/2027”"),
        (("remove", "24/12/2026"), "Nothing was entered for that day."),
        (("assign", "--unit", HOME), "choose at least one of --country, --zone, --hours"),
        (("assign", "--unit", "Nowhere", "--country", "PL"), "Nowhere"),
        (("assign", "--unit", HOME, "--country", "XX"), "There is no calendar of a country “XX”"),
        (("assign", "--unit", HOME, "--zone", "Mars/Base"), "Mars/Base"),
        (("assign", "--unit", HOME, "--hours", "17:00-08:00"), "The working hours “17:00-08:00” cannot be used"),
        (("assign", "--person", OWNER, "--hours", "08:00-16:00"), "working hours belong to a unit"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(staffed: Shell, arguments: tuple[str, ...], answer: str) -> None:
    before = staffed.dump()
    found = staffed("calendar", *arguments)
    assert found.status == 1
    assert len(found.errors) == 1
    assert answer in found.err
    assert staffed.dump() == before


@pytest.mark.parametrize(
    "arguments", [("off",), ("assign",), ("--year", "99999"), ("assign", "--unit", "a", "--person", "b")]
)
def test_wrong_use_is_status_2(shell: Shell, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as left:
        shell("calendar", *arguments)
    assert left.value.code == 2


def test_an_organisation_in_a_country_that_does_not_exist_is_wrong_use(shell: Shell) -> None:
    shell.set(DONDOC_COUNTRY="Vietnam")
    answer = shell("calendar")
    assert answer.status == 2
    assert "DONDOC_COUNTRY" in answer.err
    assert "did you mean VN?" in answer.err


@pytest.mark.parametrize(("language", "words"), [("vi", "Lịch làm việc VN"), ("pl", "Kalendarz pracy VN")])
def test_it_speaks_the_language_of_the_shell(shell: Shell, language: str, words: str) -> None:
    shell.set(LANG=LOCALES[language])
    assert words in shell("calendar").out
