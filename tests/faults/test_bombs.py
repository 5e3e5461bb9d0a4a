"""Spreadsheets that unpack to what no memory holds, sent to the bot: it keeps their hash and never opens them.

The same files given to `dondoc import` are refused with one line.
"""

from __future__ import annotations

import hashlib
import resource
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.command_line import main
from storage import evidence
from tests.support.rig import Rig, rigged
from tests.support.world import MONDAY

TUESDAY = MONDAY.replace(day=8, hour=8, minute=0)
DUE = TUESDAY.replace(hour=17)
MB = 1024 * 1024
UNPACKED = 150  # megabytes that a bomb becomes when somebody opens it
ROOM = 60 * MB  # so much more memory the whole test may take: far less than one of them
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LAUGHS = "".join(f'<!ENTITY a{n} "' + f"&a{n - 1};" * 10 + '">' for n in range(1, 10))


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, TUESDAY) as made:
        yield made


@pytest.fixture(scope="module")
def bombs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return made(tmp_path_factory.mktemp("bombs"))


def packed(path: Path, part: str, content: Iterator[bytes]) -> Path:
    """A workbook with one part exchanged, written piece by piece."""
    Workbook().save(path.with_suffix(".plain"))
    with zipfile.ZipFile(path.with_suffix(".plain")) as plain, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name in plain.namelist():
            if name != part:
                bomb.writestr(name, plain.read(name))
        with bomb.open(part, "w", force_zip64=True) as stream:
            for piece in content:
                stream.write(piece)
    path.with_suffix(".plain").unlink()
    return path


def made(folder: Path) -> list[Path]:
    """One bomb of each kind."""
    opened = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
    zeros = packed(folder / "zeros.xlsx", SHEET, (bytes(MB) for _ in range(UNPACKED)))
    cells = packed(folder / "cells.xlsx", SHEET, iter([opened, *[b"<row>" + b"<c/>" * 250_000 + b"</row>"] * 20]))
    laughs = f"<?xml version='1.0'?><!DOCTYPE w [<!ENTITY a0 'ha'>{LAUGHS}]><w>&a9;</w>".encode()
    entities = packed(folder / "laughs.xlsx", SHEET, iter([laughs]))
    nested = packed(folder / "nested.xlsx", "xl/media/inner.zip", iter([zeros.read_bytes()]))
    shared = packed(folder / "shared.xlsx", "xl/sharedStrings.xml", (b" " * MB for _ in range(UNPACKED)))
    cut = folder / "cut.xlsx"
    cut.write_bytes(zeros.read_bytes()[: zeros.stat().st_size // 2])
    return [zeros, cells, entities, nested, shared, cut]


def peak() -> int:
    """The most memory that this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def test_a_bomb_that_is_sent_to_the_bot_is_kept_by_its_hash_and_never_opened(rig: Rig, bombs: list[Path]) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    stranger = rig.stranger()
    before = peak()
    for bomb in bombs:
        await stranger.send(bomb.name, bomb.read_bytes())
        assert bomb.name in await mai.send(bomb.name, bomb.read_bytes(), "/evidence UA-001")
    kept = (await rig.app.store.read(lambda c: evidence.of_tasks(c, [1])))[1]
    assert [(one.name, one.size, one.sha256) for one in kept] == [
        (bomb.name, bomb.stat().st_size, hashlib.sha256(bomb.read_bytes()).hexdigest()) for bomb in bombs
    ]
    assert "UA-001" in await mai.say("/tasks")
    assert peak() - before < ROOM


@pytest.mark.only("sqlite", "names its own file; nothing is stored")
def test_a_bomb_that_is_imported_is_refused_with_one_line_and_changes_nothing(
    bombs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DONDOC_DATABASE_URL", f"sqlite:///{tmp_path / 'import.db'}")
    monkeypatch.delenv("DONDOC_LONG", raising=False)
    assert main(["migrate"]) == 0
    before = peak()
    capsys.readouterr()
    for bomb in bombs:
        assert main(["import", "staff", str(bomb)]) == 1
        said = capsys.readouterr()
        assert len(said.err.splitlines()) == 1
        assert bomb.name in said.err
    assert main(["invites", "--json"]) == 0
    assert capsys.readouterr().out.strip() in ("", "[]")
    assert peak() - before < ROOM
