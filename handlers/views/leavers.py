"""Leaving in words: what is still open, who could take it, and that it is over."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from handlers.buttons import button, keyboard
from handlers.commands import local_name
from handlers.ports import Leaver
from handlers.views.message import Message, paragraphs
from handlers.views.reader import Reader
from handlers.views.requests import CODES_SHOWN, cancel_row, person_rows
from handlers.views.texts import short
from storage.records import Person


def which_message(found: Sequence[Person], reader: Reader) -> Message:
    """Who is meant?"""
    rows = [[button(short(f"{one.member.name} · {one.unit}", 60), "leaver", one.member.id)] for one in found]
    return Message(reader.texts("leaver.which"), keyboard(rows))


def leaver_message(found: Leaver, reader: Reader) -> Message:
    """Nothing to choose: everything is settled, or the re-homing waits for its decision."""
    t, name = reader.texts, found.person.member.name
    if found.waiting is not None:
        text = paragraphs(_open(found, reader), t("leaver.waiting", number=found.waiting))
        return Message(
            text, keyboard([[button(t.plain("button.show_request", number=found.waiting), "req", found.waiting)]])
        )
    text = t("leaver.confirm", name=name, unit=found.person.unit, command=local_name("leaver", reader.language))
    rows = [[button(t.plain("button.leave"), "leave", found.person.member.id), *cancel_row(t)]]
    return Message(text, keyboard(rows))


def rehome_message(found: Leaver, token: str, reader: Reader) -> Message:
    """Open tasks first: who is to take them?"""
    t = reader.texts
    ask = t("leaver.heir", command=local_name("leaver", reader.language))
    rows = person_rows(found.heirs, token, "heir", "p")
    return Message(paragraphs(_open(found, reader), ask), keyboard([*rows, cancel_row(t)]), ask=True)


def which_heir_message(found: Sequence[Person], token: str, reader: Reader) -> Message:
    """Several people fit: who is to be the new owner?"""
    t = reader.texts
    return Message(t("leaver.which"), keyboard([*person_rows(found, token, "heir", "p"), cancel_row(t)]), ask=True)


def ask_reason(reader: Reader) -> Message:
    """Why? The decider reads it."""
    t = reader.texts
    return Message(t("leaver.reason"), keyboard([cancel_row(t)]), ask=True)


def closed_message(person: Person, reader: Reader) -> Message:
    """The membership is over."""
    return Message(reader.texts("leaver.closed", name=person.member.name))


def _open(found: Leaver, reader: Reader) -> Markup:
    codes = short(", ".join(found.codes), CODES_SHOWN)
    return reader.texts("leaver.open", name=found.person.member.name, n=len(found.codes), codes=codes)
