"""The commands an operator types, apart from running the bot: import, grant, invites, leaver, check.

Each takes an engine and a `say`; what it says comes from the catalogues, in the language of the shell.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine
from tqdm import tqdm

from bot import held_posts
from bot.actions import joining, leavers
from bot.actions.import_staff import import_staff
from bot.actions.import_tasks import import_tasks
from bot.actions.imports import STAFF, TASKS, BadRows, Problem, Report
from bot.auditing import describe
from bot.office import Office
from bot.spreadsheets.reading import BadFile, Row, read_table
from handlers.ports import Refused
from handlers.views.screens import refusal
from handlers.views.texts import Texts, without_tags
from storage import audit, history, marks, members, outbox, put_off, units
from storage.database import reading, transaction
from storage.records import Member, Role, Unit, fold

Say = Callable[[str], None]
LONG_LIST = 500  # rows from which a progress bar is worth looking at
FEW = 20  # bad rows that are named


class Failed(Exception):
    """The work could not be done; the lines say why, in the reader's language."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


class _DryRun(Exception):
    """Leaves the transaction, so that it is rolled back, with what would have happened."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def import_file(
    engine: Engine, office: Office, what: str, path: Path, now: datetime, t: Texts, say: Say, *, dry_run: bool
) -> None:
    """Import a staff or task list, all or nothing. Raises Failed with one line for each mistake."""
    try:
        table = read_table(path, STAFF if what == "staff" else TASKS)
    except BadFile as bad:
        raise Failed(_bad_file(bad, t)) from None
    label = t.plain("cli.import.reading", file=path.name)
    try:
        with _progress(len(table.rows), label) as tick, transaction(engine) as connection:
            report = _apply(connection, office, what, table.rows, now, tick, dry_run=dry_run)
    except _DryRun as dry:
        report = dry.report
    except BadRows as bad:
        lines = [_where(path.name, problem, t) for problem in bad.problems]
        raise Failed(*lines, t.plain("cli.import.failed", n=len(lines))) from None
    for warning in report.warnings:
        say(t.plain("cli.warning", text=_where(path.name, warning, t)))
    say(_result(what, path.name, report, t))
    if dry_run:
        say(t.plain("cli.import.dry"))


def _apply(
    connection: Connection,
    office: Office,
    what: str,
    rows: Sequence[Row],
    now: datetime,
    tick: Callable[[], None],
    *,
    dry_run: bool,
) -> Report:
    work = import_staff if what == "staff" else import_tasks
    report = work(connection, office, rows, now, tick)
    if dry_run:
        raise _DryRun(report)
    return report


@contextmanager
def _progress(rows: int, label: str) -> Iterator[Callable[[], None]]:
    """A line that says how long the list is and that work goes on; silent for short lists and in pipes."""
    with tqdm(total=rows, desc=label, unit="", disable=rows < LONG_LIST or not sys.stderr.isatty(), leave=False) as bar:
        yield lambda: _advance(bar)


def _advance(bar: tqdm[Any]) -> None:
    bar.update()


def _bad_file(bad: BadFile, t: Texts) -> str:
    key = f"import.{bad.code}"
    if bad.code == "unknown_column" and not bad.details.get("nearest"):
        key += "_plain"
    text = t.plain(key, **bad.details) if t.has(key) else t.plain("import.other", code=bad.code)
    if bad.row is not None and bad.column is not None:
        return t.plain("cli.where", file=bad.file, row=bad.row, column=bad.column, text=text)
    if bad.row is not None:
        return t.plain("cli.where_row", file=bad.file, row=bad.row, text=text)
    if bad.column is not None:
        return t.plain("cli.where_column", file=bad.file, column=bad.column, text=text)
    return t.plain("cli.where_file", file=bad.file, text=text)


def _where(file: str, problem: Problem, t: Texts) -> str:
    text = t.plain(f"import.{problem.code}", **problem.details)
    return t.plain("cli.where", file=file, row=problem.row, column=problem.column, text=text)


def _result(what: str, file: str, report: Report, t: Texts) -> str:
    if not report.added and not report.changed:
        return t.plain("cli.import.nothing", file=file)
    values = {"n": report.added, "changed": report.changed, "unchanged": report.unchanged}
    if what == "staff":
        return t.plain("cli.import.staff", **values, units=report.units_added)
    return t.plain("cli.import.tasks", **values)


def change_grant(engine: Engine, name: str, role: str, unit: str | None, now: datetime, t: Texts, *, give: bool) -> str:
    """Give a role or take it away; the line that says what happened."""
    if role not in {known.value for known in Role}:
        raise Failed(t.plain("cli.unknown_role", role=role, roles=", ".join(known.value for known in Role)))
    with transaction(engine) as connection:
        member = find_person(connection, name, t)
        place = find_unit(connection, unit, t) if unit else None
        change = members.grant if give else members.revoke
        changed = change(connection, member.id, Role(role), place.id if place else None)
        if changed:
            details = {"role": role, "unit": place.id if place else None}
            history.append(connection, now, "grant" if give else "revoke", member_id=member.id, details=details)
    key = {(True, True): "cli.grant.done", (True, False): "cli.grant.had", (False, True): "cli.revoke.done"}
    where = place.name if place else t.plain("unit.whole")
    chosen = key.get((give, changed), "cli.revoke.had_not")
    return t.plain(chosen, name=member.name, role=t.plain(f"role.{role}"), unit=where)


def leaver(engine: Engine, name: str, unit: str | None, now: datetime, t: Texts) -> str:
    """Let somebody go who owns no open task any more; the line that says so."""
    try:
        with transaction(engine) as connection:
            place = find_unit(connection, unit, t) if unit else None
            member = find_person(connection, name, t, place)
            leavers.let_go(connection, member, now)
    except Refused as refused:
        raise Failed(without_tags(refusal(refused, t))) from None
    return t.plain("cli.leaver.done", name=member.name)


def find_person(connection: Connection, name: str, t: Texts, place: Unit | None = None) -> Member:
    """The present person of that name, in that unit where names are not enough. Raises Failed."""
    found = [member for member in members.every(connection) if fold(member.name) == fold(name)]
    if place is not None:
        found = [member for member in found if member.unit_id == place.id]
    if not found:
        raise Failed(t.plain("cli.unknown_person", name=name))
    if len(found) > 1:
        tree = units.every(connection)
        places = ", ".join(tree[member.unit_id].name for member in found)
        raise Failed(t.plain("cli.ambiguous_person", name=name, units=places))
    return found[0]


def find_unit(connection: Connection, name: str, t: Texts) -> Unit:
    """The open unit of that name. Raises Failed."""
    found = units.named(connection, name)
    if found is None:
        known = ", ".join(unit.name for unit in units.every(connection).values() if unit.closed_at is None)
        raise Failed(t.plain("cli.unknown_unit", name=name, units=known))
    return found


def invites(
    engine: Engine, unit: str | None, username: str, now: datetime, secret: Callable[[], str], t: Texts
) -> list[dict[str, Any]]:
    """Fresh codes for everybody (of that unit) who has not joined. `username` of the bot makes the links."""
    with transaction(engine) as connection:
        tree = units.every(connection)
        wanted = find_unit(connection, unit, t) if unit else None
        people = [member for member in members.every(connection) if wanted is None or member.unit_id == wanted.id]
        made = joining.invite(connection, people, now, secret)
    return [
        {
            "name": member.name,
            "unit": tree[member.unit_id].name,
            "code": code,
            "link": f"https://t.me/{username}?start={code}" if username else "",
        }
        for member, code in made
    ]


def show_invites(made: list[dict[str, Any]], t: Texts, say: Say, *, as_json: bool) -> None:
    """The codes for the operator to hand out."""
    if as_json:
        say(json.dumps(made, ensure_ascii=False, indent=2))
        return
    if not made:
        say(t.plain("cli.invites.none"))
        return
    for line in made:
        link = line["link"] or t.plain("cli.invites.code", code=line["code"])
        say(t.plain("cli.invites.line", name=line["name"], unit=line["unit"], link=link))
    say(t.plain("cli.invites.valid"))


def check(engine: Engine, now: datetime, t: Texts) -> list[tuple[bool, str]]:
    """What can be checked without Telegram: (is it well, what was looked at)."""
    found: list[tuple[bool, str]] = []
    with reading(engine) as connection:
        broken = audit.verify(connection).problem
        found.append(
            (True, t.plain("cli.check.history"))
            if broken is None
            else (False, t.plain("cli.check.history_broken", text=describe(broken, t)))
        )
        tree = [unit for unit in units.every(connection).values() if unit.closed_at is None]
        headless = [unit.name for unit in tree if not members.holders(connection, Role.HEAD, unit.id)]
        found.append(
            (False, t.plain("cli.check.units_without", units=", ".join(headless)))
            if headless
            else (True, t.plain("cli.check.units"))
        )
        if marks.get(connection, marks.HELD) is not None:
            found.append((False, t.plain("cli.check.older")))
        if rows := put_off.waiting(connection, now):
            found.append((False, t.plain("cli.check.put_off", rows=shown(rows))))
        everybody = members.every(connection)
        reach = sum(member.reachable for member in everybody)
        found.append((True, t.plain("cli.check.reach", n=reach, total=len(everybody))))
        found.append((True, t.plain("cli.check.letters", n=outbox.waiting(connection))))
        found += held_posts.held(connection, t) or [(True, t.plain("cli.check.posts"))]
    return found


def shown(rows: Sequence[str]) -> str:
    """The first of these, and how many more there are."""
    more = len(rows) - FEW
    return ", ".join(rows[:FEW]) + (f" … +{more}" if more > 0 else "")


def rows_of(path: Path, what: str) -> tuple[Row, ...]:
    """The rows of one of our own files."""
    return read_table(path, STAFF if what == "staff" else TASKS).rows
