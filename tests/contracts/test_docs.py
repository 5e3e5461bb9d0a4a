"""The documents say what the program does: tables that could drift are compared with the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from bot.settings import PREFIX, Settings
from handlers.commands import COMMANDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_every_setting_and_no_other() -> None:
    named = set(re.findall(rf"`({PREFIX}[A-Z_]+)`", README))
    assert named == {PREFIX + name.upper() for name in Settings.model_fields}


def test_the_readme_names_every_command_with_its_aliases() -> None:
    for command in COMMANDS:
        for name in command.names:
            assert re.search(rf"`/{name}[` ]", README), name


def test_every_dependency_has_its_line_with_a_reason_and_a_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[\[=<>~ ]", line)[0] for line in project["dependencies"]}
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "Package" not in line and "---" not in line]
    assert {row.split("|")[1].strip() for row in rows} == wanted
    assert all(all(cell.strip() for cell in row.strip("|").split("|")) for row in rows)
    for name in project["optional-dependencies"]["dev"]:
        assert re.split(r"[\[=<>~ ]", name)[0] in text, name


def test_the_lock_files_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lock = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in lock
        packages = re.findall(r"(?m)^[a-z0-9-]+==", lock)
        assert lock.count("--hash=") >= len(packages) > 30


PROMISE = (
    "very reminder the bot accepted reaches a reachable member at least once before it is stale, or the unit head is "
    "told that it did not; a second copy can come only after a crash or a broken connection, is marked, and there is "
    "never a third; every command the bot received is carried out exactly once."
)


def test_the_promise_stands_in_the_readme_and_where_it_is_proved_word_for_word() -> None:
    for text in (README, (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")):
        assert PROMISE in " ".join(text.split())


def test_what_a_document_says_is_shown_by_a_test_is_there() -> None:
    told = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[a-z_/]+\.py)`", told))
    assert len(named) > 20
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []
