"""Staff and tasks from files: checked as a whole, then stored as a whole, or not at all.

A second import of the same file changes nothing. What people may have changed in chat since (owner, deadline,
state) is never overwritten by a file: it is reported and kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from bot.actions import tasks as task_actions
from bot.office import LANGUAGES, Office
from bot.policy.calendar import END_OF_DAY, OPENS
from bot.spreadsheets.reading import Columns, Row
from storage import history, members, tasks, units
from storage.records import Difficulty, Member, Role, Task, Unit, fold

STAFF = Columns(
    required=("full_name", "unit"),
    optional=("position", "unit_head", "language", "telegram_username", "parent_unit", "roles", "email"),
)
TASKS = Columns(
    required=("code", "lead_unit", "owner"),
    optional=(
        "title", "title_vi", "title_en", "title_pl", "source_document", "issued_on", "coordinators", "assigned_on",
        "due_on", "expected_product", "difficulty", "authority",
    ),
)  # fmt: skip
YES = {"yes", "y", "x", "1", "true", "co", "tak"}
NO = {"", "no", "n", "0", "false", "khong", "nie"}
_CODE = re.compile(r"\w{1,20}-\d{1,6}", re.ASCII)
Tick = Callable[[], None]
MOST_PROBLEMS = 50  # a file with more mistakes than that is the wrong file


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong or worth knowing in one row: a key of the catalogues with its details."""

    code: str
    row: int
    column: str
    details: Mapping[str, Any] = field(default_factory=dict)


class BadRows(ValueError):
    """Rows that cannot be imported: nothing was stored."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    units_added: int = 0
    warnings: list[Problem] = field(default_factory=list)


class _Problems(list[Problem]):
    def add(self, code: str, row: Row, column: str, **details: Any) -> None:
        self.append(Problem(code, row.number, column, {"value": row.values.get(column, ""), **details}))

    def stop(self) -> None:
        if self:
            raise BadRows(self[:MOST_PROBLEMS])


def import_staff(
    connection: Connection, office: Office, rows: Sequence[Row], now: datetime, tick: Tick = lambda: None
) -> Report:
    """Store the people of a staff list with their units and roles. Raises BadRows. `tick` is called for each row."""
    problems = _Problems()
    _check_staff(rows, problems)
    problems.stop()
    report = Report()
    known = _units(connection, rows, report, problems, now)
    problems.stop()
    present = {(fold(member.name), member.unit_id): member for member in members.every(connection)}
    by_name: dict[str, list[Member]] = {}
    for member in present.values():
        by_name.setdefault(fold(member.name), []).append(member)
    listed = {(fold(row.values["full_name"]), known[fold(row.values["unit"])]) for row in rows}
    unknown = Counter(name for name, unit_id in listed if (name, unit_id) not in present)
    for row in rows:
        unit_id = known[fold(row.values["unit"])]
        name = fold(row.values["full_name"])
        was = present.get((name, unit_id))
        # One person of that name who is listed nowhere else any more, and one row that nobody fits: a move.
        gone = [member for member in by_name.get(name, []) if (name, member.unit_id) not in listed]
        if was is None and len(gone) == 1 and unknown[name] == 1:
            was = gone[0]
            report.warnings.append(Problem("moved", row.number, "unit", {"value": was.name}))
        _store_person(connection, office, row, unit_id, was, report, now)
        tick()
    return report


def _check_staff(rows: Sequence[Row], problems: _Problems) -> None:
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        values = row.values
        for column in ("full_name", "unit"):
            if not values[column]:
                problems.add("missing_value", row, column)
        if fold(values["unit_head"]) not in YES | NO:
            problems.add("not_yes_no", row, "unit_head")
        if values["language"] and values["language"] not in LANGUAGES:
            problems.add("unknown_language", row, "language")
        for role in _roles(values["roles"]):
            if role not in {known.value for known in Role}:
                problems.add("unknown_role", row, "roles", value=role)
        key = fold(values["full_name"]), fold(values["unit"])
        if key in seen:
            problems.add("duplicate", row, "full_name", first=seen[key])
        seen.setdefault(key, row.number)


def _roles(text: str) -> list[str]:
    return [role.strip().casefold() for role in re.split(r"[;,]", text) if role.strip()]


def _units(
    connection: Connection, rows: Sequence[Row], report: Report, problems: _Problems, now: datetime
) -> dict[str, int]:
    """The ids of all units in the list by folded name; new ones are made, parents are set where given."""
    tree = units.every(connection)
    known = {fold(unit.name): unit.id for unit in tree.values() if unit.closed_at is None}
    for row in rows:
        for name in (row.values["parent_unit"], row.values["unit"]):
            if name and fold(name) not in known:
                known[fold(name)] = units.add(connection, name)
                report.units_added += 1
    parents = {unit.id: unit.parent_id for unit in tree.values()}
    said: dict[int, int] = {}
    for row in rows:
        if not row.values["parent_unit"]:
            continue
        unit, parent = known[fold(row.values["unit"])], known[fold(row.values["parent_unit"])]
        parents[unit] = parent
        if said.setdefault(unit, parent) != parent or _is_above(parents, unit, parent):
            problems.add("parent_conflict", row, "parent_unit")
            parents[unit] = None  # one mistake is told once, not for every unit of the ring
    for unit, parent in said.items():
        _set_parent(connection, tree.get(unit), unit, parent, report, now)
    return known


def _is_above(parents: Mapping[int, int | None], unit: int, start: int) -> bool:
    """Whether one comes from `start` upwards to `unit`: then `unit` cannot stand below `start`."""
    seen: set[int] = set()
    at: int | None = start
    while at is not None and at not in seen:
        if at == unit:
            return True
        seen.add(at)
        at = parents.get(at)
    return False


def _set_parent(
    connection: Connection, was: Unit | None, unit: int, parent: int, report: Report, now: datetime
) -> None:
    if was is not None and was.parent_id == parent:
        return
    units.change(connection, unit, parent_id=parent)
    if was is not None:
        report.changed += 1
        details = {"unit": unit, "parent": parent, "parent_before": was.parent_id, "file": "staff"}
        history.append(connection, now, "import", details=details)


def _store_person(
    connection: Connection, office: Office, row: Row, unit_id: int, was: Member | None, report: Report, now: datetime
) -> None:
    values = row.values
    wanted: dict[str, Any] = {
        "name": values["full_name"],
        "unit_id": unit_id,
        "position": values["position"] or (was.position if was else ""),
        "language": values["language"] or (was.language if was else office.language),
        "email": values["email"] or (was.email if was else ""),
    }
    if was is None:
        member_id = members.add(connection, wanted.pop("name"), wanted.pop("unit_id"), **wanted)
    else:
        member_id = was.id
        # The language is the person's own choice once they have joined.
        keep = ("language",) if was.account is not None else ()
        wanted = {key: value for key, value in wanted.items() if key not in keep and getattr(was, key) != value}
        if wanted:
            members.change(connection, member_id, **wanted)
    granted = _grant(connection, member_id, unit_id, values)
    if was is None:
        report.added += 1
    elif wanted or granted:
        report.changed += 1
    else:
        report.unchanged += 1
        return
    details = {"fields": sorted(wanted), "roles": granted, "file": "staff"}
    history.append(connection, now, "import", member_id=member_id, details=details)


def _grant(connection: Connection, member_id: int, unit_id: int, values: Mapping[str, str]) -> list[str]:
    wanted = [role for role in _roles(values["roles"]) if role != Role.MEMBER]
    if fold(values["unit_head"]) in YES:
        wanted.append(Role.HEAD.value)
    return [role for role in wanted if members.grant(connection, member_id, Role(role), unit_id)]


def import_tasks(
    connection: Connection, office: Office, rows: Sequence[Row], now: datetime, tick: Tick = lambda: None
) -> Report:
    """Store the tasks of a list. Raises BadRows. `tick` is called for each row."""
    problems, report = _Problems(), Report()
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
    tree: Mapping[int, Unit]

    @classmethod
    def open(cls, connection: Connection) -> _Book:
        people: dict[str, list[Member]] = {}
        for member in members.every(connection):
            people.setdefault(fold(member.name), []).append(member)
        tree = units.every(connection)
        return cls({fold(unit.name): unit for unit in tree.values() if unit.closed_at is None}, people, tree)


def _check_codes(rows: Sequence[Row], problems: _Problems) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        code = row.values["code"].upper()
        if code in seen:
            problems.add("duplicate", row, "code", first=seen[code])
        seen.setdefault(code, row.number)


def _read_task(
    row: Row, book: _Book, office: Office, now: datetime, problems: _Problems, report: Report
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
    days = {column: _day(row, column, problems) for column in ("issued_on", "assigned_on", "due_on")}
    if days["assigned_on"] and days["due_on"] and days["due_on"] < days["assigned_on"]:
        problems.add("due_before_assigned", row, "due_on")
    if len(problems) > before or unit is None or owner is None:
        return None
    calendar = office.calendar_for(owner, book.tree)
    due = calendar.at(days["due_on"], END_OF_DAY) if days["due_on"] else None
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
        "assigned_at": calendar.at(days["assigned_on"], OPENS) if days["assigned_on"] else now,
        "due_at": due,
    }


def _owner(row: Row, book: _Book, unit: Unit | None, problems: _Problems) -> Member | None:
    found = book.people.get(fold(row.values["owner"]), ())
    near = [member for member in found if unit is not None and member.unit_id == unit.id] or list(found)
    if len(near) == 1:
        return near[0]
    problems.add("unknown_person" if not near else "ambiguous_person", row, "owner")
    return None


def _coordinators(row: Row, book: _Book, problems: _Problems) -> set[int]:
    found = set()
    for name in filter(None, (part.strip() for part in row.values["coordinators"].split(";"))):
        unit = book.units.get(fold(name))
        if unit is None:
            problems.add("unknown_unit", row, "coordinators", value=name)
        else:
            found.add(unit.id)
    return found


def _day(row: Row, column: str, problems: _Problems) -> date | None:
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
    details = {"fields": sorted(changed), "file": "tasks"}
    if "coordinators" in changed:
        tasks.set_coordinators(connection, was.id, changed.pop("coordinators"))
    tasks.change(connection, was, **changed)
    history.append(connection, now, "import", task_id=was.id, details=details)
