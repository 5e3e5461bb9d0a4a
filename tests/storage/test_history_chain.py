"""The history: what the database refuses by itself, and what the chain shows of what was done all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DatabaseError

from storage import audit, chain, history, members, units
from storage.database import open_engine, reading, transaction
from storage.migrate import migrate
from storage.records import Breach, ChainHead, ChainReport, Harm
from storage.tables import history as history_table
from tests.storage.test_records import the_task
from tests.support.databases import databases, unguard

AT = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)
SECRET = "Lý do sức khoẻ 😀"
LINES = 10


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(databases.url(tmp_path, "store"))
    migrate(opened)
    with transaction(opened) as connection:
        unit = units.add(connection, "Unit A")
        person = members.add(connection, "Mai", unit, language="en")
        the_task(connection, unit, person)
        for number in range(LINES):
            at = AT + timedelta(minutes=number)
            details = {"note": f"{SECRET} {number}", "percent": number}
            history.append(connection, at, "report", actor_id=person, member_id=person, details=details)
    yield opened
    opened.dispose()


def verified(engine: Engine, *heads: ChainHead) -> ChainReport:
    with reading(engine) as connection:
        return audit.verify(connection, heads)


def head(engine: Engine) -> ChainHead:
    with reading(engine) as connection:
        return history.head(connection)


def by_hand(engine: Engine, *statements: str, **values: Any) -> None:
    """What somebody with the file in hand can do: the guards are taken away first."""
    with transaction(engine) as connection:
        unguard(connection)
        for statement in statements:
            connection.execute(text(statement), values)


def write_anew(connection: Connection, first: int = 1) -> None:
    """Make the hashes from one position on fit again, as a careful forger would, and the head with them."""
    rows = connection.execute(select(history_table).order_by(history_table.c.position)).all()
    previous = ""
    for position, row in enumerate(rows, 1):
        made = row.hash
        if position >= first:
            about = (row.actor_id, row.action, row.task_id, row.member_id, row.commitment)
            made = chain.link(previous, position, row.at, *about)
            values = {"position": position, "previous": previous, "hash": made}
            connection.execute(history_table.update().where(history_table.c.id == row.id).values(**values))
        previous = made
    connection.execute(text("UPDATE history_head SET length = :n, hash = :h"), {"n": len(rows), "h": previous})


# what stands


def test_an_empty_history_is_whole(tmp_path: Path) -> None:
    opened = open_engine(databases.url(tmp_path, "empty"))
    migrate(opened)
    assert verified(opened, ChainHead(0, "")) == ChainReport(0, 0, ChainHead(0, ""))
    opened.dispose()


def test_a_history_that_was_only_added_to_is_whole_also_against_every_earlier_head(engine: Engine) -> None:
    early = head(engine)
    with transaction(engine) as connection:
        history.append(connection, AT, "accept", details={"pair": ("x", 1), "n": 2**60, "b": {"Đ": [1, 2.5, None]}})
    report = verified(engine, early, chain.read_head(early.printed), head(engine))
    assert (report.rows, report.erased, report.problem) == (LINES + 1, 0, None)
    assert report.head == head(engine)


def test_a_line_that_is_not_committed_does_not_move_the_head(engine: Engine) -> None:
    with transaction(engine) as connection:
        undone = connection.begin_nested()
        history.append(connection, AT, "never")
        undone.rollback()
        history.append(connection, AT, "after")
    assert verified(engine).problem is None


def test_positions_have_no_gaps_and_no_two_lines_the_same_salt(engine: Engine) -> None:
    with reading(engine) as connection:
        rows = connection.execute(select(history_table).order_by(history_table.c.position)).all()
    assert [row.position for row in rows] == list(range(1, LINES + 1))
    assert len({row.salt for row in rows}) == LINES


def test_a_long_history_is_read_in_portions(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "AT_ONCE", 3)
    assert verified(engine).rows == LINES
    by_hand(engine, "UPDATE history SET action = 'x' WHERE position = 8")
    assert verified(engine).problem == Breach(Harm.EDITED, 8, 8)


# what the database refuses


ERASE = "UPDATE history SET details = '{}', salt = NULL"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM history",
        "DELETE FROM history WHERE position = 10",
        "UPDATE history SET action = 'other'",
        "UPDATE history SET details = '{}' WHERE id = 3",
        "UPDATE history SET salt = NULL WHERE id = 3",
        "UPDATE history SET details = '{\"note\": \"x\"}', salt = NULL WHERE id = 3",
        *(
            f"{ERASE}, {change} WHERE id = 3"
            for change in (
                "id = 30", "at = '2020-01-01'", "actor_id = NULL", "action = 'x'", "task_id = 1", "member_id = NULL",
                "previous = ''", "hash = 'x'", "position = 30", "commitment = 'x'",
            )
        ),
        "REPLACE INTO history SELECT * FROM history WHERE id = 3",
        "REPLACE INTO history (id, at, action, details, previous, hash, position, commitment) "
        "SELECT 3, at, 'x', details, hash, 'x', 11, '' FROM history WHERE position = 10",
        "INSERT INTO history (at, action, details, previous, hash, position, commitment) "
        "SELECT at, 'x', '{}', hash, 'x', 12, '' FROM history WHERE position = 10",
        "INSERT INTO history (at, action, details, previous, hash, position, commitment) "
        "SELECT at, 'x', '{}', previous, 'x', 11, '' FROM history WHERE position = 10",
        "DELETE FROM history_head",
        "REPLACE INTO history_head (id, hash, length) VALUES (1, '', 0)",
        "UPDATE history_head SET length = 9",
        "UPDATE history_head SET length = 11",
        "UPDATE history_head SET hash = 'x'",
        "UPDATE history_head SET length = length + 1, hash = 'x'",
    ],
)  # fmt: skip
def test_the_database_itself_refuses_to_change_history(engine: Engine, statement: str) -> None:
    before = head(engine)
    if statement.startswith("REPLACE") and engine.dialect.name == "postgresql":
        pytest.skip("a statement that PostgreSQL does not know")
    with pytest.raises(DatabaseError, match="append-only"), transaction(engine) as connection:
        connection.execute(text(statement))
    assert verified(engine, before).problem is None


def test_an_erasure_takes_the_words_and_leaves_the_chain(engine: Engine) -> None:
    before = head(engine)
    with transaction(engine) as connection:
        assert history.erase(connection, [3, 7]) == 2
        assert history.erase(connection, [3]) == 0
    report = verified(engine, before)
    assert (report.rows, report.erased, report.problem) == (LINES, 2, None)
    with reading(engine) as connection:
        row = connection.execute(select(history_table).where(history_table.c.id == 3)).one()
    assert (row.details, row.salt, row.action) == ({}, None, "report")
    assert f"{SECRET} 2" not in str(tuple(row))


def test_without_its_salt_an_erased_note_cannot_be_guessed(engine: Engine) -> None:
    """Whoever guesses the words still cannot see that the guess was right."""
    with transaction(engine) as connection:
        history.erase(connection, [3])
        row = connection.execute(select(history_table).where(history_table.c.id == 3)).one()
    guess = {"note": f"{SECRET} 2", "percent": 2}
    assert row.commitment not in (chain.commitment("", guess), chain.commitment("0" * 32, guess))


# what the chain shows


@pytest.mark.parametrize("position", [1, 5, 10])
@pytest.mark.parametrize(
    "change",
    [
        "at = '2020-01-01 00:00:00.000000'", "actor_id = NULL", "action = 'accept'", "task_id = 1", "member_id = NULL",
        "details = '{}'", "details = '{\"note\": \"x\"}'", "previous = 'x'", "hash = 'x'", "salt = 'x'",
        "salt = NULL", "commitment = 'x'",
    ],
)  # fmt: skip
def test_an_edited_line_is_named(engine: Engine, position: int, change: str) -> None:
    by_hand(engine, f"UPDATE history SET {change} WHERE position = {position}")
    assert verified(engine).problem == Breach(Harm.EDITED, position, position)


def forged(engine: Engine, position: int, action: str = "accept") -> None:
    """One line changed, with a hash that fits it."""
    by_hand(engine, f"UPDATE history SET action = '{action}' WHERE position = {position}")
    with transaction(engine) as connection:
        row = connection.execute(select(history_table).where(history_table.c.position == position)).one()
        about = (row.actor_id, row.action, row.task_id, row.member_id, row.commitment)
        made = chain.link(row.previous, position, row.at, *about)
        connection.execute(history_table.update().where(history_table.c.id == row.id).values(hash=made))


@pytest.mark.parametrize("position", [1, 5, 9])
def test_an_edited_line_with_a_new_hash_is_named_by_the_next_one(engine: Engine, position: int) -> None:
    forged(engine, position)
    assert verified(engine).problem == Breach(Harm.EDITED, position, position)


def test_a_last_line_with_a_new_hash_does_not_fit_the_head(engine: Engine) -> None:
    forged(engine, LINES)
    assert verified(engine).problem == Breach(Harm.REWRITTEN, LINES, LINES)


RENUMBER = (
    "UPDATE history SET position = -position WHERE position {where}",
    "UPDATE history SET position = -position {by} WHERE position < 0",
)


def renumbered(where: str, by: str) -> tuple[str, ...]:
    """Move positions along, by way of negative ones because they are unique."""
    return tuple(statement.format(where=where, by=by) for statement in RENUMBER)


@pytest.mark.parametrize("position", [1, 5, 9])
def test_a_missing_line_is_named(engine: Engine, position: int) -> None:
    by_hand(engine, f"DELETE FROM history WHERE position = {position}")
    assert verified(engine).problem == Breach(Harm.MISSING, position, position + 1)


@pytest.mark.parametrize(("first", "number"), [(1, 1), (5, 1), (3, 4), (1, 8)])
def test_missing_lines_are_named_although_the_others_were_renumbered(engine: Engine, first: int, number: int) -> None:
    by_hand(
        engine,
        f"DELETE FROM history WHERE position >= {first} AND position < {first + number}",
        *renumbered(f"> {first}", f"- {number}"),
        f"UPDATE history_head SET length = {LINES - number}",
    )
    assert verified(engine).problem == Breach(Harm.MISSING, first, first + number)


INSERTED = (
    "INSERT INTO history (id, at, action, details, previous, hash, position, commitment, salt) "
    "SELECT {id}, at, 'accept', details, previous, 'forged', {position}, commitment, salt "
    "FROM history WHERE position = {like}"
)


@pytest.mark.parametrize("position", [1, 5, 10])
def test_an_inserted_line_is_named_although_the_others_were_renumbered(engine: Engine, position: int) -> None:
    by_hand(
        engine,
        *renumbered(f">= {position}", "+ 1"),
        INSERTED.format(id=99, position=position, like=position + 1),
        f"UPDATE history_head SET length = {LINES + 1}",
    )
    assert verified(engine).problem == Breach(Harm.INSERTED, position, 99)


@pytest.mark.parametrize("position", [2, 5, 10])
def test_an_inserted_line_with_a_fitting_hash_is_named(engine: Engine, position: int) -> None:
    ids = "UPDATE history SET id = id + 100 WHERE position >= {}"  # so that the ids grow, too
    by_hand(
        engine,
        *renumbered(f">= {position}", "+ 1"),
        ids.format(position + 1),
        INSERTED.format(id=50, position=position, like=position + 1),
        f"UPDATE history_head SET length = {LINES + 1}",
    )
    forged(engine, position)
    assert verified(engine).problem == Breach(Harm.INSERTED, position, 50)


def test_a_line_beyond_the_head_is_named(engine: Engine) -> None:
    with transaction(engine) as connection:
        before = history.head(connection)
        made = chain.link(before.hash, LINES + 1, AT, None, "x", None, None, chain.commitment("0" * 32, {}))
        values = {"at": AT, "action": "x", "details": {}, "salt": "0" * 32, "previous": before.hash, "hash": made}
        sealed = chain.commitment("0" * 32, {})
        connection.execute(history_table.insert().values(**values, position=LINES + 1, commitment=sealed))
    assert verified(engine).problem == Breach(Harm.INSERTED, LINES + 1, LINES + 1)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (4, 5), (3, 8), (9, 10), (1, 10)])
def test_two_lines_that_changed_places_are_named(engine: Engine, one: int, other: int) -> None:
    by_hand(
        engine,
        f"UPDATE history SET position = -1 WHERE position = {one}",
        f"UPDATE history SET position = {one} WHERE position = {other}",
        f"UPDATE history SET position = {other} WHERE position = -1",
    )
    assert verified(engine).problem == Breach(Harm.REORDERED, one, other)


def test_two_lines_that_changed_only_their_ids_are_named(engine: Engine) -> None:
    by_hand(
        engine,
        "UPDATE history SET id = -1 WHERE id = 4",
        "UPDATE history SET id = 4 WHERE id = 5",
        "UPDATE history SET id = 5 WHERE id = -1",
    )
    assert verified(engine).problem == Breach(Harm.REORDERED, 5, 4)


@pytest.mark.parametrize("kept", [9, 1, 0])
def test_a_cut_tail_is_named(engine: Engine, kept: int) -> None:
    by_hand(engine, f"DELETE FROM history WHERE position > {kept}")
    assert verified(engine).problem == Breach(Harm.CUT, kept + 1)


@pytest.mark.parametrize("kept", [9, 1, 0])
def test_a_cut_tail_with_its_head_is_seen_against_a_printed_head(engine: Engine, kept: int) -> None:
    printed = chain.read_head(head(engine).printed)
    by_hand(engine, f"DELETE FROM history WHERE position > {kept}")
    with transaction(engine) as connection:
        write_anew(connection, LINES + 1)
    assert verified(engine).problem is None  # the database alone cannot know
    assert verified(engine, printed).problem == Breach(Harm.CUT, kept + 1)


def test_a_tail_that_was_cut_and_grew_again_is_seen_against_a_printed_head(engine: Engine) -> None:
    printed = chain.read_head(head(engine).printed)
    by_hand(engine, "DELETE FROM history WHERE position > 8")
    with transaction(engine) as connection:
        write_anew(connection, LINES + 1)
        for _ in range(5):
            history.append(connection, AT, "other")
    assert verified(engine).problem is None
    found = verified(engine, printed).problem
    assert found is not None
    assert (found.harm, found.position) == (Harm.REWRITTEN, LINES)


@pytest.mark.parametrize("first", [1, 5, 10])
def test_a_history_written_anew_is_seen_against_a_printed_head(engine: Engine, first: int) -> None:
    printed = chain.read_head(head(engine).printed)
    by_hand(engine, f"UPDATE history SET action = 'accept' WHERE position = {first}")
    with transaction(engine) as connection:
        write_anew(connection, first)
        history.append(connection, AT, "after")
    assert verified(engine).problem is None
    assert verified(engine, printed, head(engine)).problem == Breach(Harm.REWRITTEN, LINES, LINES)


@pytest.mark.parametrize(
    ("change", "harm", "position"),
    [
        ("UPDATE history_head SET hash = 'x'", Harm.REWRITTEN, 10),
        ("UPDATE history_head SET hash = ''", Harm.REWRITTEN, 10),
        ("UPDATE history_head SET length = 11", Harm.CUT, 11),
        ("DELETE FROM history_head", Harm.INSERTED, 1),
    ],
)
def test_a_changed_head_is_noticed(engine: Engine, change: str, harm: Harm, position: int) -> None:
    by_hand(engine, change)
    problem = verified(engine).problem
    assert problem is not None
    assert (problem.harm, problem.position) == (harm, position)


def test_what_was_found_first_is_named_first(engine: Engine) -> None:
    by_hand(engine, "UPDATE history SET action = 'x' WHERE position IN (4, 7)", "DELETE FROM history WHERE id = 6")
    report = verified(engine, ChainHead(9, "0" * 16))
    assert (report.rows, report.problem) == (3, Breach(Harm.EDITED, 4, 4))


# the printed head


def test_a_printed_head_is_read_again() -> None:
    assert ChainHead(1234, "9f86d081884c7d65" + "a" * 48).printed == "1234-9f86d081884c7d65"
    assert chain.read_head(" 1234-9f86d081884c7d65\n") == ChainHead(1234, "9f86d081884c7d65")


@pytest.mark.parametrize(
    "text",
    ["", "1234", "9f86d081884c7d65", "1234-9f86", "1234-9f86d081884c7d651", "1234-9F86D081884C7D65",
     "01-9f86d081884c7d65", "-1-9f86d081884c7d65", "1234 9f86d081884c7d65", "1234-9f86d081884c7d6g",
     "١-9f86d081884c7d65"],
)  # fmt: skip
def test_anything_else_is_no_head(text: str) -> None:
    with pytest.raises(chain.BadHead):
        chain.read_head(text)


def test_what_was_done_is_counted_up_to_the_end_of_a_period_and_within_it(engine: Engine) -> None:
    since, until = AT + timedelta(days=1), AT + timedelta(days=8)
    with transaction(engine) as connection:
        the_task(connection, 1, 1, code="UA-002")
        the_task(connection, 1, 1, code="UA-003")
        for at in (since, since + timedelta(seconds=1), until, until + timedelta(seconds=1)):
            history.append(connection, at, "urge", task_id=1)
        history.append(connection, until, "report", task_id=1)
        history.append(connection, since, "urge", task_id=2)
        history.append(connection, until, "urge", task_id=3)
    with reading(engine) as connection:
        assert history.counts(connection, [1, 2], ["urge"], until) == {1: {"urge": 3}, 2: {"urge": 1}}
        assert history.counts(connection, [1, 2], ["urge"], until, since) == {1: {"urge": 2}}
        assert history.touched_after(connection, until) == {1}
        assert history.touched_after(connection, since) == {1, 3}
