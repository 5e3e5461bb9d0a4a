"""The picture of the weekly summary, as it is composed: what it says, that it fits, that everybody can read it."""

from __future__ import annotations

import json
import struct
import unicodedata
import zlib
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest

from bot.brush import LARGEST
from bot.drawing import Drawing
from handlers.views import dates
from handlers.views.lettering import FONTS, MISSING, cut, drawable, width
from handlers.views.picture import MOST_UNITS, ROOM, TALLEST, picture, picture_message
from handlers.views.summary import CLASSES
from handlers.views.svg import COLOURS, EDGE, GROUND, INK, PANEL, SOFT, WIDTH
from handlers.views.texts import LANGUAGES, texts
from handlers.views.trend import GRID
from storage.figures import Figures, UnitFigures, WeekRate
from tests.support.svg import EYES, Drawn, contrast, difference, pairs
from tests.views.samples import HANOI, accepted, reader

GOLDEN = Path(__file__).with_name("picture.json")
FRIDAY = datetime(2026, 12, 11, 9, 0, tzinfo=UTC)  # 16:00 in Hanoi
HOSTILE = [
    "</text><script>alert(1)</script>",
    "<b>&amp;</b> \"quoted\" 'names' ]]> <!-- & -->",
    "a\x00b\x1b[31m\x0bc\x7f\ud800",
    "\u202egnp.exe\u202c turned",
    "Đ" * 300,
    "W" * 300,
    "🧨👩‍👩‍👧‍👦 Phòng 日本語 العربية",
    "",
]
UNITS = (
    ("Ban Giám đốc", (1, 2, 0, 11, 3)),
    ("Đặng Thị Mẫu Hương, Phòng Chuyển đổi số", (12, 0, 40, 0, 0)),
    ("zażółć gęślą jaźń", (0, 0, 0, 1, 0)),
)
WEEKS = ((8, 12), (9, 12), (0, 0), (12, 13), (0, 14), (3, 11), (11, 11), (125, 130))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["picture.title", "picture.preview"])
def test_the_moment_of_the_figures_is_never_cut_off(language: str, key: str) -> None:
    for day in range(7):  # the names of weekdays differ in length
        until = dates.moment(datetime(2026, 12, 22 + day, 16, tzinfo=UTC), HANOI, language)
        said = texts(language).plain(key, until=until)
        assert cut(said, 33, ROOM) == said


def unit(name: str, counts: tuple[int, ...]) -> UnitFigures:
    return UnitFigures(1, name, sum(counts), *counts, due_next=0, waiting=0)


def figures(*units: tuple[str, tuple[int, ...]], name: str = "Sở Mẫu") -> Figures:
    whole = tuple(sum(counts[index] for _, counts in units) for index in range(len(CLASSES)))
    lines = tuple(unit(*one) for one in units)
    return Figures(name, FRIDAY - timedelta(days=7), FRIDAY, HANOI, lines, unit(name, whole), (), 0)


def weeks(*rates: tuple[int, int]) -> tuple[WeekRate, ...]:
    first = FRIDAY - timedelta(days=7) * (len(rates) - 1)
    return tuple(WeekRate(first + timedelta(days=7) * index, *rate) for index, rate in enumerate(rates))


def compose(
    *units: tuple[str, tuple[int, ...]],
    rates: tuple[tuple[int, int], ...] = WEEKS,
    language: str = "en",
    name: str = "Sở Mẫu",
    preview: bool = False,
) -> Drawn:
    return Drawn(picture(figures(*units, name=name), weeks(*rates), reader(language), preview=preview))


def many(number: int, most: int = 9) -> list[tuple[str, tuple[int, ...]]]:
    return [(f"Unit {n}", tuple((n * k) % most + (k == 1) for k in range(1, 6))) for n in range(number)]


def everything() -> list[Drawn]:
    """Pictures of every kind and size, in every language."""
    cases: list[tuple[list[tuple[str, tuple[int, ...]]], tuple[tuple[int, int], ...]]] = [
        ([], ((0, 0),)),
        ([], ()),
        (list(UNITS), WEEKS),
        (many(1), WEEKS[:1]),
        (many(7), WEEKS[:3]),
        (many(12), WEEKS),
        (many(30), ((1, 400), (399, 400), (12345, 12345)) + ((0, 0),) * 5),
        ([("W" * 90, (98765, 1, 1, 1, 1)), ("Small", (1, 1, 1, 1, 1)), ("None", (0,) * 5)], WEEKS),
        ([(f"{text} {n}", (n, 1, 2, 3, 4)) for n, text in enumerate(HOSTILE)], WEEKS),
    ]
    return [
        compose(*units, rates=rates, language=language, name=name)
        for units, rates in cases
        for language, name in zip(LANGUAGES, ("Sở Khoa học và Công nghệ Mẫu", "M" * 300, "🧨"), strict=True)
    ]


# what it says


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_the_summary_says_in_every_language(language: str) -> None:
    drawn = compose(*UNITS, language=language)
    t = texts(language)
    for key in (*CLASSES, "total", "trend", "denominator"):
        assert t.plain(f"picture.{key}") in drawn.texts
    assert {"Sở Mẫu", *(name for name, _ in UNITS)} <= set(drawn.texts)
    assert any("11" in text and "2026" in text and "16:00" in text for text in drawn.texts)
    assert [node.findall("{*}text")[1].text for node in drawn.units] == ["17", "52", "1"]


def test_a_preview_says_so() -> None:
    assert any(text.startswith("Preview") for text in compose(*UNITS, preview=True).texts)
    assert not any(text.startswith("Preview") for text in compose(*UNITS).texts)


def test_every_class_has_a_bar_as_long_as_its_number_and_says_the_number() -> None:
    drawn = compose(*UNITS)
    lengths = [
        (bar, dict(zip(CLASSES, counts, strict=True))) for bar, (_, counts) in zip(drawn.bars, UNITS, strict=True)
    ]
    each = [bar[name] / count for bar, counts in lengths for name, count in counts.items() if count]
    assert max(each) - min(each) < 0.01, "one scale for all units"
    for node, (bar, counts) in zip(drawn.units, lengths, strict=True):
        assert list(bar) == [name for name in CLASSES if counts[name]]
        said = [int(text.text or "") for text in node.findall("{*}text")[2:]]
        assert sorted(said) == sorted(count for count in counts.values() if count)


def test_more_than_twelve_units_are_summed_up_and_none_that_is_overdue_is_hidden() -> None:
    calm = [(f"Calm {n}", (5, 0, 1, 0, 0)) for n in range(20)]
    burning = [(f"Burning {n}", (0, 0, 0, 2, 0)) for n in range(3)]
    drawn = compose(*calm, *burning)
    assert len(drawn.units) == MOST_UNITS + 1
    assert {name for name, _ in burning} <= set(drawn.texts)
    assert "and 11 more units (not to scale)" in drawn.texts
    names = [node.findall("{*}text")[0].text for node in drawn.units]
    assert names[:9] == [f"Calm {n}" for n in range(9)], "in the order of the summary"
    last = drawn.units[-1].findall("{*}text")
    assert [node.text for node in last[1:]] == ["66", "55", "11"]
    assert len(compose(*many(12)).units) == 12


def test_a_week_without_completed_tasks_is_a_gap_and_not_nothing_per_cent() -> None:
    drawn = compose(*UNITS, rates=WEEKS)
    assert drawn.texts.count("—") == 1
    assert "0/0" not in drawn.texts
    assert (drawn.lines, drawn.points) == ([2, 5], 7)
    # A week in which all were late is one.
    assert {"0/14", "125/130", "96 %", "92 %", "67 %"} <= set(drawn.texts)
    assert compose(rates=((0, 0),)).texts.count("0 %") == 1, "only the axis"
    assert (compose(rates=((1, 1),)).lines, compose(rates=((1, 1),)).points) == ([], 1)


def test_without_tasks_it_says_so() -> None:
    drawn = compose(rates=((0, 0),), language="vi")
    assert drawn.units == []
    assert texts("vi").plain("summary.empty") in drawn.texts


def test_the_caption_is_short_and_harmless() -> None:
    for name in HOSTILE:
        message = picture_message(figures(*UNITS, name=name or "x"), weeks(*WEEKS), reader())
        assert len(accepted(message)) < 200


# that it fits


def test_its_size_is_one_that_a_phone_shows_well() -> None:
    for drawn in everything():
        assert drawn.width == WIDTH == 1080
        assert 600 <= drawn.height <= TALLEST == 1600


def test_nothing_leaves_the_picture_and_no_two_texts_overlap() -> None:
    for drawn in everything():
        for one in drawn.words:
            assert one.left >= 0, one
            assert one.right <= drawn.width, one
            assert one.top >= 0, one
            assert one.base + one.size * 0.25 <= drawn.height, one
        assert [(one.text, other.text) for one, other in pairs(drawn.words) if one.overlaps(other)] == []
        for box in (*drawn.boxes("bar"), *drawn.boxes("mark"), *drawn.boxes("key"), *drawn.boxes("panel")):
            assert float(box["x"]) + float(box["width"]) <= drawn.width
            assert float(box["y"]) + float(box["height"]) <= drawn.height


def test_texts_are_large_enough_for_a_phone() -> None:
    """360 points wide, a third of the picture: 24 here are 8 there."""
    for drawn in (compose(*UNITS), compose(*many(7)), compose(*many(12), language="vi")):
        assert min(one.size for one in drawn.words) >= 20
    assert min(one.size for one in compose(*UNITS).words) >= 24


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_breaks_nothing(name: str) -> None:
    drawn = compose((name, (1, 2, 3, 4, 5)), name=name)
    known = {node.tag.rpartition("}")[2] for node in drawn.root.iter()}
    assert known <= {"svg", "defs", "pattern", "g", "rect", "text", "polyline", "circle"}
    for text in drawn.texts:
        assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs")]
    assert not any("on" + "load" in name.lower() for node in drawn.root.iter() for name in node.attrib)


def test_what_the_font_lacks_becomes_a_box() -> None:
    assert drawable("🧨👩‍👩‍👧‍👦 Phòng 日本") == f"{MISSING} Phòng {MISSING}"
    assert drawable("e\u0323\u0302 ie\u0302\u0323u") == "ệ iệu"
    alphabet = (
        "aăâbcdđeêghiklmnoôơpqrstuưvxy" + "ąćęłńóśźż" + "áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
    )
    for text in (alphabet, unicodedata.normalize("NFC", alphabet.upper()), "0123456789 %–—…·/,.:;()“”„’"):
        assert drawable(text) == text


def test_a_cut_text_fits_and_says_that_it_was_cut() -> None:
    for text in ("Phòng Chuyển đổi số", "W" * 300):
        short = cut(text, 30, 150, bold=True)
        assert short.endswith("…")
        assert width(short, 30, bold=True) <= 150
    assert cut("Phòng", 30, 150) == "Phòng"


# that everybody can read it


def test_colours_come_from_the_palette_and_stand_out_from_the_card() -> None:
    ours = {*COLOURS.values(), GROUND, PANEL, EDGE, INK, SOFT, GRID}
    for drawn in (compose(*UNITS), compose(*many(30)), compose()):
        assert drawn.colours() <= ours | {"#FFFFFF"}
    for colour in COLOURS.values():
        assert contrast(colour, PANEL) >= 3, colour  # bars, and the white bold numbers on them
    for colour in (INK, SOFT):
        assert min(contrast(colour, PANEL), contrast(colour, GROUND)) >= 4.5


@pytest.mark.parametrize("eyes", EYES)
def test_the_classes_can_be_told_apart_by_every_kind_of_eyes(eyes: str) -> None:
    for one, other in combinations(COLOURS.values(), 2):
        assert difference(one, other, eyes) >= 15, (one, other)


def test_late_and_overdue_differ_by_more_than_their_colour() -> None:
    svg = picture(figures(*UNITS), weeks(*WEEKS), reader())
    assert all(f'<pattern id="{name}"' in svg and f"url(#{name})" in svg for name in ("late", "overdue"))


# the golden picture


def test_the_picture_of_a_known_week_has_the_structure_that_was_agreed() -> None:
    """A change on purpose: write `compose(*UNITS, language="vi").structure()` into the file and look at the picture."""
    assert compose(*UNITS, language="vi").structure() == json.loads(GOLDEN.read_text(encoding="utf-8"))


async def test_it_is_really_drawn_and_stays_small() -> None:
    crowded = [
        ("Đặng Thị Mẫu Hương, Phòng Chuyển đổi số W W W W W", (1 + n % 3, 30 + n, 9, 27 + n, 9)) for n in range(13)
    ]
    for units in (list(UNITS), crowded):
        svg = picture(figures(*units), weeks(*WEEKS), reader("vi"))
        png = await Drawing().draw(svg)
        assert png is not None
        assert len(png) < LARGEST == 200_000
        across, down = struct.unpack(">II", png[16:24])
        assert across <= 1080
        assert down <= 1600
        assert len(set(pixels(png))) > 50, "not blank"
    assert {path.name for path in FONTS.iterdir()} == {"Inter-Bold.ttf", "Inter-Regular.ttf", "OFL.txt"}


def pixels(png: bytes) -> bytes:
    """The bytes behind the compression."""
    place, data = 8, b""
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        data += png[place + 8 : place + 8 + length] if kind == b"IDAT" else b""
        place += 12 + length
    return zlib.decompress(data)
