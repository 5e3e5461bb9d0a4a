"""Decisions about days: one that holds for each day of a calendar, and none that is forgotten."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from storage import calendar_days, units
from storage.tables import calendar_days as table

AT = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)
EVE = date(2026, 12, 24)


def decide(connection: Connection, country: str, *, working: int, note: str = "") -> None:
    calendar_days.add(connection, country, EVE, working=working, note=note, source="", made_by=None, at=AT)


def test_what_was_decided_comes_with_the_tree_of_units(connection: Connection) -> None:
    decide(connection, "VN", working=0)
    decide(connection, "PL", working=1)
    assert units.every(connection).days == {"VN": {EVE: False}, "PL": {EVE: True}}


def test_two_decisions_about_one_day_cannot_hold_at_once(connection: Connection) -> None:
    decide(connection, "VN", working=0)
    with pytest.raises(IntegrityError), connection.begin_nested():
        decide(connection, "VN", working=1)


def test_a_decision_that_was_taken_back_holds_no_longer_but_is_kept(connection: Connection) -> None:
    decide(connection, "VN", working=0, note="Power cut")
    assert calendar_days.remove(connection, "VN", EVE, AT) is True
    assert calendar_days.remove(connection, "VN", EVE, AT) is False
    assert calendar_days.of_country(connection, "VN") == {}
    decide(connection, "VN", working=1, note="No power cut")
    assert calendar_days.of_country(connection, "VN")[EVE].note == "No power cut"
    notes = connection.execute(select(table.c.note).order_by(table.c.id)).scalars().all()
    assert notes == ["Power cut", "No power cut"]
