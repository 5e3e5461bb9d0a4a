"""Single pieces of evidence in words: their names and sizes, and the lines about them on a card."""

from __future__ import annotations

from babel.numbers import format_decimal
from markupsafe import Markup

from handlers.views.message import NOTHING, lines
from handlers.views.texts import Fitted, Texts, short
from storage.records import Card, Evidence, EvidenceKind, State

KILO, MEGA = 1024, 1024 * 1024  # bytes
ON_CARD = 80  # UTF-16 units for the names on a card
NAME = 60


def label(one: Evidence, t: Texts) -> Fitted:
    """What a piece is called: its file name, its address, or what it is."""
    return short(one.name or one.url or t.plain(f"evidence.kind.{one.kind}"), NAME)


def size(amount: int, t: Texts) -> str:
    """Bytes as people read them."""
    whole, key = (MEGA, "evidence.mb") if amount >= MEGA else (KILO, "evidence.kb")
    number = max(amount / whole, 0.1)
    return t.plain(key, amount=str(format_decimal(round(number, 1), "#,##0.#", locale=t.language)))


def unhashed(one: Evidence) -> bool:
    """Whether this is a file of which no hash is known."""
    return one.kind is not EvidenceKind.LINK and not one.sha256


def card_lines(card: Card, t: Texts) -> Markup:
    """What a card says: how much evidence there is and what, or that it is missing."""
    if wanted(card):
        return t("card.evidence.ask" if card.acts else "card.evidence.none")
    if not card.evidence:
        return NOTHING
    names = short(", ".join(label(one, t) for one in reversed(card.evidence)), ON_CARD)
    bare = sum(map(unhashed, card.evidence))
    return lines(
        [
            t("card.evidence", n=len(card.evidence), names=names),
            t("card.evidence.unhashed", n=bare) if bare else NOTHING,
        ]
    )


def wanted(card: Card) -> bool:
    """Whether the task was submitted, was to have a product, and nothing shows it."""
    return card.task.state is State.SUBMITTED and bool(card.task.product) and not card.evidence
