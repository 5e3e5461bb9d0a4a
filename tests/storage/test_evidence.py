"""Evidence as it is remembered, and the links that texts hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, event

from storage import evidence, members, tasks, units
from storage.records import EvidenceKind, links

AT = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)


@pytest.fixture
def given(connection: Connection) -> Connection:
    """Two tasks of one person: three pieces for the first, none for the second."""
    unit = units.add(connection, "Office", None)
    owner = members.add(connection, name="Mai", unit_id=unit, language="en")
    for code in ("A-1", "A-2"):
        facts: dict[str, Any] = {"title": "x", "titles": {}, "difficulty": "normal", "state": "assigned", "percent": 0}
        tasks.add(connection, code=code, unit_id=unit, owner_id=owner, assigned_at=AT, created_at=AT, **facts)
    for number, kind in enumerate((EvidenceKind.PHOTO, EvidenceKind.DOCUMENT, EvidenceKind.LINK)):
        album = "77" if number < 2 else ""
        evidence.add(
            connection, task_id=1, member_id=owner, at=AT, kind=kind, name=str(number), size=2**40, album=album
        )
    return connection


def test_the_evidence_of_tasks_comes_oldest_first_with_its_author_in_one_query(given: Connection) -> None:
    asked: list[str] = []
    event.listen(given, "before_cursor_execute", lambda *about: asked.append(about[2]))
    found = evidence.of_tasks(given, [1, 2])
    assert len(asked) == 1
    assert found.keys() == {1}
    assert [(one.name, one.kind) for one in found[1]] == [("0", "photo"), ("1", "document"), ("2", "link")]
    assert {(one.author, one.size, one.at) for one in found[1]} == {("Mai", 2**40, AT)}


def test_an_album_is_found_by_whoever_sent_it_and_nobody_else(given: Connection) -> None:
    assert evidence.task_of_album(given, 1, "77") == 1
    assert evidence.task_of_album(given, 2, "77") is None
    assert evidence.task_of_album(given, 1, "78") is None
    assert evidence.task_of_album(given, 1, "") is None  # what stands alone is no album


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://example.org/a?b=1&c=2, and HTTP://B.example.", ("https://example.org/a?b=1&c=2", "HTTP://B.example")),
        ("(https://example.org) “https://example.org”", ("https://example.org",)),
        ("<https://example.org/đường>", ("https://example.org/đường",)),
        ("javascript:alert(1) ftp://x.example file:///etc/passwd example.org https://", ()),
    ],
)  # fmt: skip
def test_links_are_web_addresses_without_the_marks_around_them(text: str, found: tuple[str, ...]) -> None:
    assert links(text) == found
