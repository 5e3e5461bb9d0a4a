"""The delivery arithmetic of a period, and the lists that are frozen beside figures."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text, update

from storage import deliveries, digests, members, outbox, units
from storage.figures import Delivered
from storage.listing import IndexEntry, Listing, TaskLine
from storage.notices import Agenda, Summary, TaskNews
from storage.records import Difficulty, State, TimeClass
from storage.tables import outbox as letters
from tests.views.samples import NOW, figures

WEEK = timedelta(days=7)


def line(code: str = "VP-001") -> TaskLine:
    return TaskLine(
        code=code,
        title="Work",
        titles={"vi": "Việc"},
        source="412/TB-UBND",
        issued_on=date(2026, 12, 1),
        unit="Unit",
        owner="Mai",
        coordinators=("Other",),
        assigner="Hoa",
        leader="",
        product="Report",
        difficulty=Difficulty.HARD,
        assigned_at=NOW,
        original_due_at=NOW + WEEK,
        due_at=None,
        state=State.ASSIGNED,
        time_class=TimeClass.NO_DEADLINE,
        percent=40,
        submitted_at=None,
        completed_at=None,
        days_late=0,
        extensions=1,
        hands=0,
        cause=False,
        explanation="=1+1",
    )


def test_what_was_planned_is_what_became_of_it(connection: Connection) -> None:
    here, there = units.add(connection, "Here"), units.add(connection, "There")
    mai, other = (
        members.add(connection, name=name, unit_id=unit, language="en") for name, unit in (("Mai", here), ("An", there))
    )
    states = ("sent", "sent", "sent", "failed", "dropped", "waiting", "leased")
    for number, state in enumerate(states):
        outbox.post(connection, f"one:{number}", Summary(1), NOW, NOW, member_id=mai)
        copies = 2 if number < 1 or state == "failed" else 1
        connection.execute(update(letters).where(letters.c.key == f"one:{number}").values(state=state, copies=copies))
    outbox.post(connection, "elsewhere", Summary(1), NOW, NOW, member_id=other)
    outbox.post(connection, "before", Summary(1), NOW - WEEK, NOW, member_id=mai)
    found = deliveries.count(connection, [here], NOW - WEEK, NOW)
    assert found == Delivered(planned=7, delivered=3, repeated=2, undelivered=1, dropped=1, waiting=2)
    assert found.planned == found.delivered + found.undelivered + found.dropped + found.waiting
    assert deliveries.count(connection, [here, there], NOW - WEEK, NOW).planned == 8
    assert deliveries.count(connection, [here], NOW, NOW + WEEK) == Delivered(0, 0, 0, 0, 0, 0)


def test_letters_that_went_as_one_are_counted_as_that_one(connection: Connection) -> None:
    here = units.add(connection, "Here")
    mai = members.add(connection, name="Mai", unit_id=here, language="en")
    for number in range(4):
        outbox.post(connection, f"one:{number}", TaskNews(1, "urged", note=str(number)), NOW, NOW, member_id=mai)
    (first,) = outbox.lease(connection, NOW, NOW + WEEK, 9)
    others = outbox.beside(connection, [first], 2)[mai]
    connection.execute(update(letters).where(letters.c.id == others[-1].id).values(copies=2))
    closed = outbox.close_gathered(connection, first, others, "late:1:4", NOW, 2)
    assert closed == {first.id, others[0].id, others[1].id}  # what has had its copies stays as it is
    made = outbox.post_leased(connection, "late:1:4", Agenda(""), NOW, NOW + WEEK, [first, *others[:2]])
    found = deliveries.count(connection, [here], NOW - WEEK, NOW)
    assert found == Delivered(planned=2, delivered=0, repeated=1, undelivered=0, dropped=0, waiting=2)
    outbox.sent_all(connection, [(made, 5)], NOW)
    found = deliveries.count(connection, [here], NOW - WEEK, NOW)
    assert (found.planned, found.delivered, found.waiting) == (2, 1, 1)
    assert found.planned == found.delivered + found.undelivered + found.dropped + found.waiting


def test_letters_of_a_lost_lease_are_not_gathered(connection: Connection) -> None:
    mai = members.add(connection, name="Mai", unit_id=units.add(connection, "Here"), language="en")
    for number in range(2):
        outbox.post(connection, f"one:{number}", TaskNews(1, "urged"), NOW, NOW, member_id=mai)
    (first,) = outbox.lease(connection, NOW, NOW, 9)
    others = outbox.beside(connection, [first], 2)[mai]
    outbox.lease(connection, NOW, NOW + WEEK, 9)  # the lease ran out and somebody else took it
    assert outbox.close_gathered(connection, first, others, "late:1:2", NOW, 2) == set()
    assert [letter.state for letter in outbox.every(connection)] == ["leased", "waiting"]


@pytest.mark.only("sqlite", "asks SQLite for its plan")
def test_letters_of_a_period_are_found_by_an_index(connection: Connection) -> None:
    query = "EXPLAIN QUERY PLAN SELECT state FROM outbox WHERE created_at > '2026' AND created_at <= '2027'"
    assert "ix_outbox_created_at" in str(connection.execute(text(query)).all())


def test_a_listing_is_read_as_it_was_frozen_and_forgotten_without_the_figures(connection: Connection) -> None:
    before = IndexEntry("PAR", "", 2024, None, 22, 22)
    entry = IndexEntry("PAR", "", 2025, Decimal("87.50"), 11, 22, "QĐ", before)
    kept = Listing("Sở", NOW, (line(), line("VP-002")), (entry,))
    key = digests.freeze(connection, None, figures("Whole", until=NOW), NOW, kept)
    assert key is not None
    assert digests.listing(connection, key) == kept
    assert digests.newest(connection, None, NOW) == key
    assert digests.newest(connection, None, NOW - WEEK) is None
    assert digests.forget_listings(connection, NOW) == 0
    assert digests.forget_listings(connection, NOW + WEEK) == 1
    assert digests.listing(connection, key) is None
    assert digests.get(connection, key) is not None


def test_figures_of_an_older_version_have_no_listing(connection: Connection) -> None:
    key = digests.freeze(connection, None, figures("Whole", until=NOW), NOW)
    assert key is not None
    assert digests.listing(connection, key) is None
