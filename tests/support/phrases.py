"""Phrases about deadlines: tables of cases, and an endless supply of nonsense that looks like one."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

from bot.policy.deadlines import GRAMMARS, LONGEST
from bot.policy.phrases.grammar import Node
from storage.records import fold

FOLDER = Path(__file__).parents[1] / "policy"
LETTERS = "aąăâbcćdđeêghijklłmnoóôơpqrsśtuưvwxyzźż0123456789 /.:-,'T\u0301\u200d\u00a0%§𝟙٣"


def table(name: str) -> list[dict[str, str]]:
    """The rows of one of the tables of cases."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def vocabulary() -> list[str]:
    """Every word of every grammar, with accents and without, and figures of all kinds."""
    found: set[str] = set()
    places = [node for grammar in GRAMMARS for node in (grammar.tree, *grammar.values.values())]
    while places:
        node: Node = places.pop()
        places += [*node.words.values(), *node.slots.values()]
        found |= set(node.words)
    figures = [*map(str, range(33)), "99", "2026", "2027", "0001", "9999", "17:00", "5:30", "24:00", "25/12", "31/2"]
    figures += ["25/12/2026", "2027-03-28", "2:30", "9.30", "25.12.", "25-12", "12/2026", ",", "28/3/2027"]
    return sorted(found | {fold(word) for word in found}) + figures * 3


def nonsense(seed: int, number: int) -> Iterator[str]:
    """Random words of all three languages, random letters, and broken copies of good phrases."""
    chance = random.Random(seed)
    words = vocabulary()
    good = [row["phrase"] for name in ("deadline_phrases.csv", "more_deadline_phrases.csv") for row in table(name)]
    for turn in range(number):
        if turn % 4 == 0:
            yield "".join(chance.choices(LETTERS, k=chance.randint(0, LONGEST + 3)))
        elif turn % 4 == 1:
            pieces = chance.choice(good).split()
            pieces[chance.randrange(len(pieces))] = chance.choice(words)
            yield " ".join(pieces)
        elif turn % 4 == 2:
            yield f"{chance.choice(good)} {chance.choice(good)}"
        else:
            yield " ".join(chance.choices(words, k=chance.randint(1, 9)))
