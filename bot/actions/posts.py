"""The weekly posts: figures frozen once, queued once for each chat and ISO week, held back while they are wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import holding
from bot.office import Office
from bot.policy import digest, posting, trend
from bot.policy.digest import DoesNotAddUp
from storage import digests, history, holds, outbox, posts
from storage.figures import Figures, WeekRate
from storage.listing import Listing
from storage.notices import Correction, Facts, Picture, Spreadsheet, Summary
from storage.records import Chat, Tree

Post = Summary | Picture | Spreadsheet | Correction  # letters that are made of frozen figures
Counting = Callable[..., tuple[Figures, Listing]]  # as `summaries.counted`


def plan(connection: Connection, office: Office, chat: Chat, tree: Tree, now: datetime, count: Counting) -> None:
    """Freeze and queue the post of a chat whose hour has come. Figures that do not add up are held and reported."""
    calendar = office.calendar(tree, tree.get(chat.unit_id or 0))
    slot = posting.due(chat, calendar, now)
    if slot is None or posts.exists(connection, chat.id, week := posting.week_of(slot, calendar)):
        return
    before = posts.last(connection, chat.id, chat.unit_id)
    since = before.until if before else digest.slot_before(slot, calendar, posting.clock(chat))
    try:
        digest_id = _freeze(connection, office, chat, tree, since, slot, now, count)
    except DoesNotAddUp as wrong:
        holding.report_sums(connection, chat, slot, wrong, tree, now)
        return
    holds.end(connection, chat.id, now, holding.SUMS)
    posts.add(connection, chat.id, week, digest_id, slot, now)
    key = first_key(chat.id, slot)
    outbox.post(connection, key, Summary(digest_id), now, now, chat_id=chat.id)
    outbox.post(connection, f"{key}:picture", Picture(digest_id, key), now, now, chat_id=chat.id)
    sheet = Spreadsheet(digest_id, f"{key}:picture")
    outbox.post(connection, f"{key}:sheet", sheet, now, now, chat_id=chat.id)


def first_key(chat_id: int, until: datetime) -> str:
    """The key of the text of a post that is sent for the first time."""
    return f"summary:{chat_id}:{until.isoformat()}"


def _freeze(
    connection: Connection,
    office: Office,
    chat: Chat,
    tree: Tree,
    since: datetime,
    until: datetime,
    now: datetime,
    count: Counting,
) -> int:
    """The id of the figures of that period; chats of one unit that have the same period show the same figures."""
    known = digests.of_period(connection, chat.unit_id, until, since)
    if known is not None:
        return known
    reach = frozenset(tree) if chat.unit_id is None else None
    earlier = next(iter(posts.before(connection, chat.id, chat.unit_id, until, 1)), None)
    figures, listing = count(connection, office, chat.unit_id, reach, since, until, now, earlier)
    sealed = replace(figures, chain=history.head(connection).printed)
    made = digests.freeze(connection, chat.unit_id, sealed, now, listing)
    if made is None:
        raise RuntimeError("figures were frozen twice in one transaction")
    return made


def facts(
    connection: Connection,
    chat: Chat,
    notice: Post,
    frozen: tuple[int | None, Figures],
    zone: str,
    now: datetime,
) -> Facts:
    """What a post speaks about: the frozen figures, in the language and with the detail of the chat."""
    unit_id, figures = frozen
    queued = next((one.at for one in posts.of_digest(connection, notice.digest_id) if one.chat_id == chat.id), now)
    detail = posting.detail(chat)
    weeks: tuple[WeekRate, ...] = ()
    if _is_picture(notice):
        weeks = trend.weeks(figures, posts.before(connection, chat.id, unit_id, figures.until, trend.WEEKS))
    return Facts(
        now=now,
        zone=zone,
        language=chat.language,
        figures=figures,
        weeks=weeks,
        names=detail == posting.NAMES,
        brief=detail == posting.TOTALS,
        digest_id=notice.digest_id,
        corrected=digests.corrected(connection, notice.digest_id),
        listing=digests.listing(connection, notice.digest_id) if isinstance(notice, Spreadsheet) else None,
        again=datetime.fromisoformat(notice.again) if notice.again else None,
        late=posting.is_late(figures.until, queued if isinstance(notice, Correction) or notice.again else now),
    )


def delivered(connection: Connection, chat_id: int, notice: Summary | Picture | Correction, message_id: int) -> None:
    """Remember the message in which a post stands, for the first time or again: a correction edits it."""
    picture = _is_picture(notice)
    if notice.again:
        posts.copied(connection, chat_id, notice.digest_id, notice.again, message_id, picture=picture)
    else:
        posts.delivered(connection, chat_id, notice.digest_id, message_id, picture=picture)


def _is_picture(notice: Post) -> bool:
    return notice.picture if isinstance(notice, Correction) else isinstance(notice, Picture)
