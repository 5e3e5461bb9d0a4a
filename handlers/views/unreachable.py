"""People whom the bot cannot reach, as the heads who can pass something on to them read it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from handlers.views.message import lines
from handlers.views.reader import Reader
from handlers.views.texts import short
from storage.notices import Facts
from storage.records import Person


def lost_lines(ids: Sequence[int], facts: Facts, reader: Reader) -> list[Markup]:
    """The heading with its first person, the others, and how to get new codes with the last: never a heading alone."""
    t = reader.texts
    people = [facts.people[key] for key in ids if key in facts.people]
    rows = [lost_line(person, reader) for person in people]
    if rows:
        rows[0] = lines([Markup("\n") + t("letter.unreachables", n=len(people)), rows[0]])
        rows[-1] = lines([rows[-1], t("letter.unreachable_hint")])
    return rows


def lost_line(person: Person, reader: Reader) -> Markup:
    """Who, where, why, and what lies on the desk."""
    return reader.texts(
        "letter.unreachable_line",
        name=short(person.member.name, 80),
        unit=short(person.unit, 60),
        reason=_reason(person, reader),
        open=person.open,
        overdue=person.overdue,
    )


def _reason(person: Person, reader: Reader) -> str:
    if person.member.account is None:
        return reader.texts.plain("letter.never_joined")
    known = person.member.unreachable_reason == "blocked"
    return reader.texts.plain("letter.blocked" if known else "letter.unreachable_other")
