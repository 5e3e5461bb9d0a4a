"""The table of commands: names Telegram accepts, one handler each, words in every language."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from telegram.ext import CommandHandler

from bot.policy.access import Deed
from handlers.commands import BY_NAME, COMMANDS, FOR_STRANGERS, local_name, menu, offered
from handlers.routes import ANSWERS, PRIVATE, routes
from handlers.views.choices import TYPED
from handlers.views.screens import help_message
from handlers.views.texts import LANGUAGES, catalogue, texts

LONGEST_DESCRIPTION = 256  # characters, Telegram's limit; one bad entry rejects the whole menu


def test_every_name_is_one_that_telegram_accepts() -> None:
    for command in COMMANDS:
        for name in command.names:
            assert re.fullmatch(r"[a-z0-9_]{1,32}", name), name


def test_no_name_is_used_twice() -> None:
    names = Counter(name for command in COMMANDS for name in command.names)
    assert [name for name, number in names.items() if number > 1] == []


def test_every_command_has_a_handler_and_every_handler_a_command() -> None:
    assert sorted(ANSWERS) == sorted(command.name for command in COMMANDS) == sorted(BY_NAME)


def test_every_name_is_listened_to_in_private() -> None:
    heard = {name for door in routes() if isinstance(door, CommandHandler) for name in door.commands}
    private = [door for door in routes() if isinstance(door, CommandHandler) and door.filters is PRIVATE]
    assert heard == {name for command in COMMANDS for name in command.names}
    assert len(private) == len(COMMANDS)
    for door in private:
        command = next(one for one in COMMANDS if one.name in door.commands)
        assert door.commands == set(command.names)
        open_to_all = command.name == "start"  # everything else is for members only
        assert (door.callback is ANSWERS[command.name]) is open_to_all
        assert getattr(door.callback, "__wrapped__", door.callback) is ANSWERS[command.name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_is_described_in_the_menu(language: str) -> None:
    for command in COMMANDS:
        assert 1 <= len(texts(language).plain(f"menu.{command.name}").strip()) <= LONGEST_DESCRIPTION


@pytest.mark.parametrize("family", ["menu", "usage"])
def test_menus_and_usages_belong_to_commands(family: str) -> None:
    for language in LANGUAGES:
        described = {key.removeprefix(f"{family}.") for key in catalogue(language) if key.startswith(f"{family}.")}
        assert described
        assert described <= BY_NAME.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_command_is_called_by_its_alias_where_it_has_one(language: str) -> None:
    for command in COMMANDS:
        alias = {"vi": command.vi, "pl": command.pl}.get(language, "")
        assert local_name(command.name, language) == (alias or command.name)


def test_somebody_who_speaks_neither_language_gets_the_english_name() -> None:
    assert local_name("done", "de") == "done"


def test_every_deed_of_the_table_is_one_that_rights_are_given_for() -> None:
    assert {command.deed for command in COMMANDS} - {""} <= {deed.value for deed in Deed}


def test_people_are_offered_what_they_may_do() -> None:
    member = offered([])
    assert set(member) == {
        "tasks", "task", "progress", "done", "received", "withdraw", "help", "settings", "cancel", "start",
        "ladder", "extend", "blocked", "handover", "approve", "refuse", "decline", "cause", "contribute",
        "snooze", "mute", "explain", "history", "calendar", "evidence", "away", "back", "index", "mysheet",
    }  # fmt: skip
    assert set(offered(["assign"])) - set(member) == {
        "reassign", "acknowledge", "assign", "accept", "return", "requests", "suspend", "resume", "drop", "recurring",
        "urgent",
    }  # fmt: skip
    assert set(offered([deed.value for deed in Deed])) == BY_NAME.keys()


def test_the_menus_stay_short_and_hold_only_what_is_offered() -> None:
    assert len(menu([])) <= 8
    assert len(menu([deed.value for deed in Deed])) <= 13
    assert set(menu(["assign"])) <= set(offered(["assign"]))
    assert set(FOR_STRANGERS) <= BY_NAME.keys()


def test_every_typed_form_on_a_card_is_a_command() -> None:
    assert {name for name, _ in TYPED.values()} <= BY_NAME.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_what_is_offered_and_nothing_else(language: str) -> None:
    text = help_message(offered([]), language).text
    for command in COMMANDS:
        line = f"/{local_name(command.name, language)} "
        assert (line in text) is (command.deed == ""), command.name
