"""Results in yearly indices, from the shell to the chat: "11th of 22, up 11 places"."""
# ruff: noqa: F401, F811 - the fixtures of the shell

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from handlers.views.indices import ordinal, place
from handlers.views.texts import texts
from storage import indices
from storage.listing import IndexEntry
from tests.stories.test_command_line import HOME, LOCALES, Shell, full, shell, staffed
from tests.support.world import World

LAST_YEAR = IndexEntry("PAR INDEX", "", 2024, Decimal("80.10"), 22, 22)
THIS_YEAR = replace(LAST_YEAR, year=2025, value=Decimal("87.50"), rank=11, before=LAST_YEAR)


@pytest.mark.parametrize(
    ("rank", "was", "en", "vi", "pl"),
    [
        (11, 22, "11th of 22, up 11 places", "hạng 11/22, tăng 11 bậc", "11. miejsce na 22, awans o 11 miejsc"),
        (2, 3, "2nd of 22, up 1 place", "hạng 2/22, tăng 1 bậc", "2. miejsce na 22, awans o 1 miejsce"),
        (22, 20, "22nd of 22, down 2 places", "hạng 22/22, giảm 2 bậc", "22. miejsce na 22, spadek o 2 miejsca"),
        (13, 1, "13th of 22, down 12 places", "hạng 13/22, giảm 12 bậc", "13. miejsce na 22, spadek o 12 miejsc"),
        (3, 3, "3rd of 22, same place", "hạng 3/22, giữ nguyên bậc", "3. miejsce na 22, bez zmian"),
        (
            1,
            None,
            "1st of 22, no previous value",
            "hạng 1/22, chưa có kỳ trước",
            "1. miejsce na 22, brak poprzedniej wartości",
        ),
        (None, 4, "not ranked", "không xếp hạng", "poza rankingiem"),
    ],
)
def test_a_place_is_said_as_people_say_it(rank: int | None, was: int | None, en: str, vi: str, pl: str) -> None:
    entry = replace(THIS_YEAR, rank=rank, before=replace(LAST_YEAR, rank=was))
    assert [place(entry, texts(language)) for language in ("en", "vi", "pl")] == [en, vi, pl]


def test_another_number_of_ranked_is_shown_beside_the_places() -> None:
    entry = replace(THIS_YEAR, before=replace(LAST_YEAR, rank=30, ranked=63))
    assert place(entry, texts("en")) == "11th of 22, up 19 places (2024: 30th of 63)"
    assert place(entry, texts("pl")) == "11. miejsce na 22, awans o 19 miejsc (2024: 30. miejsce na 63)"


def test_english_ordinals_are_right() -> None:
    found = {number: ordinal(number, texts("en")) for number in (1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 101, 111, 112)}
    assert list(found.values()) == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "101st", "111th", "112th")
    ]


def test_the_operator_stores_lists_replaces_and_removes(full: Shell) -> None:
    assert full("index").out.startswith("No result")
    assert full("index", "set", "PAR INDEX", "2024", "--rank", "22", "--of", "22").status == 0
    first = full("index", "set", "PAR  index", "2025", "--score", "87,50", "--rank", "12", "--of", "22")
    assert first.out == "Stored: PAR index 2025, 12th of 22, up 10 places.\n"
    again = full(
        "index", "set", "PAR INDEX", "2025", "--score", "87.50", "--rank", "11", "--of", "22", "--source", "QĐ 1"
    )
    assert again.out == "Stored: PAR INDEX 2025, 11th of 22, up 11 places.\n"
    assert full("index", "set", "PAR INDEX", "2025", "--rank", "3", "--unit", HOME).status == 0
    listed = full("index", "list").out
    assert "11th of 22, up 11 places · value 87.50\nSource: QĐ 1" in listed
    assert f"{HOME}\n3rd, no previous value" in listed
    assert len(full.look(indices.every)) == 3
    full.set(LANG=LOCALES["pl"])
    assert "11. miejsce na 22, awans o 11 miejsc · wartość 87,50" in full("index", "list").out
    assert full("index", "remove", "par index", "2025").status == 0
    assert full("index", "remove", "par index", "2025").status == 1
    assert [one.year for one in full.look(indices.every)] == [2024, 2025]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("PAR", "2025"), "at least a value or a place"),
        (("PAR", "25", "--rank", "1"), "no year"),
        (("PAR", "2025", "--score", "high"), "no value"),
        (("PAR", "2025", "--score", "nan"), "no value"),
        (("PAR", "2025", "--rank", "23", "--of", "22"), "from 1 to the number ranked"),
        (("PAR", "2025", "--rank", "0"), "from 1 to the number ranked"),
        (("PAR", "2025", "--rank", "1", "--unit", "Unit Z"), "Unit Z"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_stores_nothing(full: Shell, options: tuple[str, ...], error: str) -> None:
    answer = full("index", "set", *options)
    assert (answer.status, len(answer.errors)) == (1, 1)
    assert error in answer.err
    assert full.look(indices.every) == ()


async def test_everybody_can_ask_for_it_in_the_chat(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, vi")
    mai = await world.join("Mai Member")
    assert "dondoc index set" in await mai.say("/chiso")
    for year, rank in ((2024, 22), (2025, 11)):
        values = {"rank": rank, "ranked": 22, "source": "x", "value": Decimal("87.50")}
        await world.app.store.write(lambda c, y=year, v=values: indices.put(c, "PAR INDEX", y, None, **v))
    assert "hạng 11/22, tăng 11 bậc · giá trị 87,50" in await mai.say("/index")
