"""The figures of earlier weeks, and whether a letter still waits."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from storage import digests, members, outbox, units
from storage.notices import Picture, Summary, from_json, kind_of, to_json
from tests.views.samples import NOW, figures

WEEK = timedelta(days=7)


def test_the_last_figures_of_the_same_unit_come_oldest_first(connection: Connection) -> None:
    for back in range(5):
        until = NOW - back * WEEK
        digests.freeze(connection, None, figures("Whole", until=until), NOW)
    found = digests.before(connection, None, NOW, 3)
    assert [one.until for one in found] == [NOW - back * WEEK for back in (3, 2, 1)]
    assert {one.unit for one in found} == {"Whole"}
    assert digests.before(connection, 7, NOW, 3) == ()


def test_a_letter_waits_until_it_is_sent_or_closed(connection: Connection) -> None:
    reader = members.add(connection, name="Mai", unit_id=units.add(connection, "Unit"), language="en")
    assert outbox.waits_until(connection, "summary:1") is None
    outbox.post(connection, "summary:1", Summary(1), NOW, NOW + WEEK, member_id=reader)
    assert outbox.waits_until(connection, "summary:1") == NOW + WEEK
    outbox.drop_waiting(connection, NOW, "test")
    assert outbox.waits_until(connection, "summary:1") is None


def test_the_notice_of_a_picture_is_stored_and_read() -> None:
    notice = Picture(3, "summary:1:2026-12-11")
    assert from_json(kind_of(notice), to_json(notice)) == notice
