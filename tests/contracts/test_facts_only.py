"""Facts only (R43): nothing anywhere stores, counts or says a score, a grade or a label about a person."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass

from handlers.views.texts import LANGUAGES, catalogue
from storage import figures, listing, records, sheets
from storage.tables import metadata

LABELS = re.compile(r"score|grade|rating|points?_of|penalt|classif|manifest|disciplin|karma|badge", re.IGNORECASE)
# What such a label is called in the three languages; percentage points and deadlines are none.
SAID = {
    "en": re.compile(r"\b(score|grade|rating|penalty|ranked person)\b", re.IGNORECASE),
    "vi": re.compile(r"chấm điểm|xếp loại|điểm số|kỷ luật", re.IGNORECASE),
    "pl": re.compile(r"\b(ocena|oceny|punktacja|kara|dyscyplin\w+)\b", re.IGNORECASE),
}


def test_no_column_and_no_record_holds_a_score_of_a_person() -> None:
    columns = [f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.columns]
    kinds = [
        one
        for one in (vars(records) | vars(figures) | vars(listing) | vars(sheets)).values()
        if isinstance(one, type) and is_dataclass(one)
    ]
    held = [f"{kind.__name__}.{one.name}" for kind in kinds for one in fields(kind)]
    assert len(columns) > 100
    assert len(held) > 100
    assert [name for name in (*columns, *held) if LABELS.search(name)] == []


def test_no_message_says_a_grade_or_a_penalty() -> None:
    for language in LANGUAGES:
        said = {
            key: form
            for key, message in catalogue(language).items()
            for form in ((message,) if isinstance(message, str) else message)
            if SAID[language].search(form)
        }
        assert said == {}


def test_only_units_are_ever_ordered() -> None:
    assert {one.name for one in fields(figures.Rank)} >= {"unit_id", "unit"}
    assert not {one.name for one in fields(figures.Rank)} & {"member_id", "owner", "name", "person"}


def test_people_are_listed_by_their_facts_and_never_ordered_by_them() -> None:
    told = {one.name for kind in (sheets.Facts, sheets.Row, sheets.Held) for one in fields(kind)}
    assert not told & {"place", "rank", "rate", "share", "total", "mark", "level"}
