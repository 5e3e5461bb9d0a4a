"""Records with any text in any field, and what every message must be."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.sandbox.markup import parse_html, units
from handlers.ports import Deadline, Invitation, Me, Page, Team
from handlers.views.message import Message
from handlers.views.reader import Reader
from handlers.views.summary import OPEN, WEEK
from storage.figures import Figures, LateTask, Obstacle, Rank, UnitFigures
from storage.notices import Facts
from storage.records import (
    Action,
    Card,
    Evidence,
    EvidenceKind,
    Member,
    Note,
    Person,
    Role,
    State,
    Task,
    TimeClass,
    Unit,
)

NOW = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)  # Monday, 09:00 in Hanoi, 03:00 in Warsaw
DUE = datetime(2026, 12, 10, 10, 0, tzinfo=UTC)  # Thursday, 17:00 in Hanoi, 11:00 in Warsaw
HANOI, WARSAW = "Asia/Ho_Chi_Minh", "Europe/Warsaw"
BIG = 2**53  # the largest id that every JSON reader keeps exact
TOKEN, CODE = "Ab-_9xYz", "A" * 22  # as long as the real ones
# Marks that turn text around, written as numbers so that this file reads as it stands.
TURNING = {chr(n) for n in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)}


def reader(language: str = "en", zone: str = HANOI) -> Reader:
    return Reader(language, zone)


def task(text: str = "Plain", **changed: Any) -> Task:
    values: dict[str, Any] = {
        "id": 1,
        "code": "VP-001",
        "title": text,
        "unit_id": 3,
        "owner_id": 10,
        "assigned_at": NOW,
        "created_at": NOW,
        "due_at": DUE,
        "product": text,
        "source": text,
        "state": State.IN_PROGRESS,
        "percent": 40,
    }
    return Task(**(values | changed))


def evidence(text: str = "Plain", number: int = 3, **changed: Any) -> tuple[Evidence, ...]:
    """Files and links with this text wherever one can stand."""
    kinds = list(EvidenceKind)
    values: dict[str, Any] = {"author": text, "name": text, "size": BIG, "note": text, "url": text} | changed
    return tuple(Evidence(n, 1, 10, NOW, kinds[n % len(kinds)], **values) for n in range(number))


def card(text: str = "Plain", changes: dict[str, Any] | None = None, **changed: Any) -> Card:
    """`changes` are for its task."""
    values: dict[str, Any] = {
        "task": task(text, **(changes or {})),
        "owner": text,
        "unit": text,
        "assigner": text,
        "leader": text,
        "coordinators": (text, text),
        "time_class": TimeClass.WITHIN,
        "days_late": 0,
        "own": True,
        "owner_reachable": True,
        "actions": frozenset({Action.VIEW, Action.REPORT, Action.SUBMIT}),
        "notes": (),
    }
    return Card(**(values | changed))


def full_card(text: str, **changed: Any) -> Card:
    """A card with everything it can have."""
    notes = tuple(Note(NOW, text, percent, text) for percent in (None, 20, 40))
    values = {"own": False, "owner_reachable": False, "notes": notes, "actions": frozenset(Action)}
    values["evidence"] = evidence(text, 20)
    return card(text, {"titles": dict.fromkeys(("vi", "en", "pl"), text), "id": BIG}, **(values | changed))


def member(text: str = "Plain", **changed: Any) -> Member:
    values: dict[str, Any] = {"id": 10, "name": text, "unit_id": 3, "position": text, "account": BIG}
    return Member(**(values | changed))


def person(text: str = "Plain", **changed: Any) -> Person:
    counts = {name: changed.pop(name, 0) for name in ("open", "overdue", "waiting", "away")}
    return Person(member(text, **changed), text, **counts)


def me(text: str = "Plain", language: str = "en", zone: str = HANOI) -> Me:
    roles = frozenset(role.value for role in Role)
    return Me(member(text, language=language), text, roles, frozenset(), language, zone, NOW)


def invitation(text: str) -> Invitation:
    return Invitation(text, text, text, "vi", HANOI)


def page(cards: list[Card], start: int = 0, total: int | None = None) -> Page:
    return Page(tuple(cards), start, len(cards) if total is None else total)


def team(text: str, people: int = 3) -> Team:
    known = tuple(Unit(BIG - number, text) for number in range(20))
    found = tuple(person(text, id=BIG, open=number, account=number % 2 or None) for number in range(people))
    return Team(known[0], tuple((unit, number % 3) for number, unit in enumerate(known)), found, 4, 5)


def deadline(*, day_off: bool = False) -> Deadline:
    day = DUE.date()
    return Deadline(DUE, HANOI, day_off, day - timedelta(days=1), day + timedelta(days=1))


def unit_figures(name: str = "Office", **changed: int) -> UnitFigures:
    counts = {"on_time": 3, "late": 1, "within": 4, "overdue": 2, "no_deadline": 1, "due_next": 2, "waiting": 1}
    counts |= dict.fromkeys((*OPEN, *WEEK, "open", "updated", "hard", "new_work"), 2) | changed
    total = sum(counts[name] for name in ("on_time", "late", "within", "overdue", "no_deadline"))
    return UnitFigures(3, name, total, **counts)


def figures(text: str = "Office", units_shown: int = 2, late: int = 2, **changed: Any) -> Figures:
    values: dict[str, Any] = {
        "unit": text,
        "since": NOW - timedelta(days=7),
        "until": NOW,
        "zone": HANOI,
        "units": tuple(unit_figures(text) for _ in range(units_shown)),
        "total": unit_figures(text),
        "late_tasks": tuple(LateTask(n, f"VP-{n:03d}", text, {}, text, text, n + 1) for n in range(late)),
        "unreachable": 2,
        "lost": (text, text),
        "silent": (text,) * units_shown,
        "obstacles": tuple(Obstacle(n, f"VP-{n:03d}", text, n, text, (text, text)) for n in range(late)),
        "ranks": tuple(Rank(3, text, 3, 4, place=n, ranked=units_shown, moved=n - 2) for n in range(units_shown)),
        "before": unit_figures(text, overdue=4, on_time=1),
    }
    return Figures(**(values | changed))


def facts(language: str = "en", zone: str = HANOI, **known: Any) -> Facts:
    return Facts(NOW, zone, language, **known)


def accepted(message: Message) -> str:
    """The text as the reader sees it, after everything but its length was checked that Telegram would check."""
    text, _ = parse_html(str(message.text))
    assert text
    assert_harmless(text)
    for key in keys(message):
        assert key.text.strip(), "a button without a label"
        assert_harmless(key.text)
        assert "\n" not in key.text
        assert len(str(key.callback_data).encode()) <= 64, key.callback_data
    return text


def shown(message: Message) -> str:
    """The same for a text that must fit into one message."""
    text = accepted(message)
    assert units(text) <= 4096, f"{units(text)} units"
    return text


def assert_harmless(text: str) -> None:
    """No control and no direction marks."""
    bad = {c for c in text if c != "\n" and (unicodedata.category(c) in ("Cc", "Cs") or c in TURNING)}
    assert bad == set(), [hex(ord(c)) for c in bad]
    assert unicodedata.is_normalized("NFC", text)


def keys(message: Message) -> list[Any]:
    """Its buttons in order."""
    return [key for row in (message.keyboard.inline_keyboard if message.keyboard else ()) for key in row]


def payloads(message: Message) -> list[str]:
    return [str(key.callback_data) for key in keys(message)]
