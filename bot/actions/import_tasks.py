"""The task list. What people may have changed in chat since is never overwritten by a file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from bot.actions import tasks as task_actions
from bot.actions.imports import Problem, Problems, Report, Tick
from bot.office import LANGUAGES, Office
from bot.spreadsheets.reading import Row
from storage import history, members, tasks, units
from storage.records import Difficulty, Member, Task, Tree, Unit, fold

# How urgent an office calls its documents; everything above the ordinary may disturb.
URGENCIES = {
    **dict.fromkeys(("", "normal", "thuong", "zwykly", "zwykle"), False),
    **dict.fromkeys(("urgent", "khan", "thuong khan", "hoa toc", "pilny", "pilne"), True),
}
_CODE = re.compile(r"\w{1,20}-\d{1,6}", re.ASCII)


def import_tasks(
    connection: Connection, office: Office, rows: Sequence[Row], now: datetime, tick: Tick = lambda: None
) -> Report:
    """Store the tasks of a list. Raises BadRows. `tick` is called for each row."""
    problems, report = Problems(), Report()
    book = _Book.open(connection)
    planned = [(row, _read_task(row, book, office, now, problems, report)) for row in rows]
    _check_codes(rows, problems)
    problems.stop()
    for row, values in planned:
        if values is not None:
            _store_task(connection, office, row, values, report, now)
        tick()
    return report


@dataclass(frozen=True, slots=True)
class _Book:
    """Who and what is there, by folded name."""

    units: Mapping[str, Unit]
    people: Mapping[str, Sequence[Member]]
    tree: Tree

    @classmethod
    def open(cls, connection: Connection) -> _Book:
        people: dict[str, list[Member]] = {}
        for member in members.every(connection):
            people.setdefault(fold(member.name), []).append(member)
        tree = units.every(connection)
        return cls({fold(unit.name): unit for unit in tree.values() if unit.closed_at is None}, people, tree)


def _check_codes(rows: Sequence[Row], problems: Problems) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        code = row.values["code"].upper()
        if code in seen:
            problems.add("duplicate", row, "code", first=seen[code])
        seen.setdefault(code, row.number)


def _read_task(
    row: Row, book: _Book, office: Office, now: datetime, problems: Problems, report: Report
) -> dict[str, Any] | None:
    """The columns of a task as the row says; None when something in it is wrong."""
    before, values = len(problems), row.values
    if not _CODE.fullmatch(values["code"]):
        problems.add("bad_code", row, "code")
    titles = {key: values[f"title_{key}"] for key in LANGUAGES if values[f"title_{key}"]}
    title = values["title"] or titles.get(office.language) or next(iter(titles.values()), "")
    if not title:
        problems.add("missing_value", row, "title")
    unit = book.units.get(fold(values["lead_unit"]))
    if unit is None:
        problems.add("unknown_unit", row, "lead_unit")
    owner = _owner(row, book, unit, problems)
    together = _coordinators(row, book, problems)
    difficulty = values["difficulty"] or Difficulty.NORMAL.value
    if difficulty not in {known.value for known in Difficulty}:
        problems.add("unknown_difficulty", row, "difficulty")
    urgency = fold(values["urgency"])
    if urgency not in URGENCIES:
        problems.add("unknown_urgency", row, "urgency")
    days = {column: _day(row, column, problems) for column in ("issued_on", "assigned_on", "due_on")}
    if days["assigned_on"] and days["due_on"] and days["due_on"] < days["assigned_on"]:
        problems.add("due_before_assigned", row, "due_on")
    if len(problems) > before or unit is None or owner is None:
        return None
    calendar = office.calendar_for(owner, book.tree)
    due = calendar.at(days["due_on"], calendar.end_of_day) if days["due_on"] else None
    if days["due_on"] and not calendar.is_working(days["due_on"]):
        report.warnings.append(Problem("due_on_day_off", row.number, "due_on", {"value": values["due_on"]}))
    if due is None:
        report.warnings.append(Problem("no_deadline", row.number, "due_on", {"value": values["code"]}))
    return {
        "code": values["code"].upper(),
        "title": title,
        "titles": titles,
        "unit_id": unit.id,
        "owner_id": owner.id,
        "coordinators": tuple(sorted(together)),
        "source": values["source_document"],
        "issued_on": days["issued_on"],
        "product": values["expected_product"],
        "authority": values["authority"],
        "difficulty": difficulty,
        "assigned_at": calendar.at(days["assigned_on"], calendar.opens) if days["assigned_on"] else now,
        "due_at": due,
        "urgent": int(URGENCIES[urgency]),
    }


def _owner(row: Row, book: _Book, unit: Unit | None, problems: Problems) -> Member | None:
    found = book.people.get(fold(row.values["owner"]), ())
    near = [member for member in found if unit is not None and member.unit_id == unit.id] or list(found)
    if len(near) == 1:
        return near[0]
    problems.add("unknown_person" if not near else "ambiguous_person", row, "owner")
    return None


def _coordinators(row: Row, book: _Book, problems: Problems) -> set[int]:
    found = set()
    for name in filter(None, (part.strip() for part in row.values["coordinators"].split(";"))):
        unit = book.units.get(fold(name))
        if unit is None:
            problems.add("unknown_unit", row, "coordinators", value=name)
        else:
            found.add(unit.id)
    return found


def _day(row: Row, column: str, problems: Problems) -> date | None:
    text = row.values[column]
    if not text:
        return None
    match = re.fullmatch(r"(?:(\d{4})-(\d{2})-(\d{2})|(\d{1,2})[/.](\d{1,2})[/.](\d{4}))(?:T.*)?", text)
    if match is None:
        problems.add("bad_date", row, column)
        return None
    year, month, day = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        problems.add("bad_date", row, column)
        return None


DESCRIBING = ("title", "titles", "source", "issued_on", "product", "authority", "difficulty", "coordinators")


def _store_task(
    connection: Connection, office: Office, row: Row, values: dict[str, Any], report: Report, now: datetime
) -> None:
    was = tasks.by_code(connection, values["code"])
    if was is not None:
        _update_task(connection, row, was, values, report, now)
        return
    together = values.pop("coordinators")
    task_id = tasks.add(
        connection,
        coordinator_ids=together,
        created_at=now,
        planned_from=now,
        original_due_at=values["due_at"],
        state="assigned",
        percent=0,
        **values,
    )
    report.added += 1
    due = values["due_at"].isoformat() if values["due_at"] else None
    details = {"code": values["code"], "title": values["title"], "owner": values["owner_id"], "due": due}
    details |= {"unit": values["unit_id"], "product": values["product"], "difficulty": values["difficulty"]}
    details |= {"urgent": 1} if values["urgent"] else {}
    history.append(connection, now, "import", task_id=task_id, details={**details, "file": "tasks"})
    stored = tasks.get(connection, task_id)
    if stored is not None:
        task_actions.replan(connection, office, stored, now)


def _update_task(
    connection: Connection, row: Row, was: Task, values: dict[str, Any], report: Report, now: datetime
) -> None:
    if was.due_at != values["due_at"]:
        report.warnings.append(Problem("deadline_kept", row.number, "due_on", {"value": was.code}))
    if was.owner_id != values["owner_id"] or was.unit_id != values["unit_id"]:
        report.warnings.append(Problem("owner_kept", row.number, "owner", {"value": was.code}))
    changed = {name: values[name] for name in DESCRIBING if getattr(was, name) != values[name]}
    if not changed:
        report.unchanged += 1
        return
    report.changed += 1
    old = {name: _stored(getattr(was, name)) for name in changed}
    new = {name: _stored(value) for name, value in changed.items()}
    details = {"fields": sorted(changed), "old": old, "new": new, "file": "tasks"}
    if "coordinators" in changed:
        tasks.set_coordinators(connection, was.id, changed.pop("coordinators"))
    tasks.change(connection, was, **changed)
    history.append(connection, now, "import", task_id=was.id, details=details)


def _stored(value: Any) -> Any:
    """A value as the history keeps it."""
    return value.isoformat() if isinstance(value, date) else value
