"""The closing accounts: what was planned was delivered or reported, nobody got a third copy or an unmarked second
one or a message that nobody planned or asked for, and the database is whole.

With labels in the ledger (`tests/support/labels.py`) each message is known by its letter. Of bots in processes of
their own there are none: there the texts tell copies, and only chats in which nobody wrote are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from bot.sandbox.calls import Call
from handlers.views.texts import LANGUAGES, texts
from storage import audit, inbox, members, outbox, tables
from tests.support.dropped import Reasons
from tests.support.labels import Tracks, answers_to, is_labelled, letter_of

MOST_COPIES = 2
SENDS = ("sendMessage", "sendPhoto", "sendDocument")
MARKS = tuple(
    texts(language)(key).striptags() for language in LANGUAGES for key in ("letter.repeated", "letter.repeated_in_part")
)
Pending = Callable[[Any], bool]


@dataclass(frozen=True)
class Books:
    """What is known at the end: the letters, what was really delivered, and where everybody is to be found."""

    letters: tuple[Any, ...]
    sends: list[Call]
    homes: Mapping[tuple[str, int], frozenset[int]]  # the addresses of members and chats, with those they had before
    writers: frozenset[int]  # the chats in which somebody wrote

    def homes_of(self, letter: Any) -> frozenset[int]:
        """Where a letter may arrive; empty for somebody who left: the account is forgotten."""
        home = ("member", letter.member_id) if letter.member_id is not None else ("chat", letter.chat_id)
        return self.homes.get(home, frozenset())

    def of_letters(self) -> dict[int, list[tuple[int, Call]]]:
        """The messages of each letter, as (attempt, message)."""
        found: dict[int, list[tuple[int, Call]]] = defaultdict(list)
        for call in self.sends:
            if (made_for := letter_of(call)) is not None:
                found[made_for[0]].append((made_for[1], call))
        return found


def opened(connection: Connection, ledger: list[Call], moved: Mapping[int, int]) -> Books:
    """The books of a database and a ledger. `moved`: the new addresses of groups, by the old ones."""
    chats = connection.execute(select(tables.chats.c.id, tables.chats.c.address)).all()
    places = [("chat", chat.id, chat.address) for chat in chats]
    places += [("member", member.id, member.account) for member in members.every(connection)]
    homes = {
        (kind, key): frozenset({home, *(old for old, new in moved.items() if new == home)} - {None})
        for kind, key, home in places
    }
    writers = connection.execute(select(tables.inbox.c.line).distinct()).scalars()
    sends = [call for call in ledger if call.method in SENDS]
    return Books(outbox.every(connection), sends, homes, frozenset(writers))


def unfinished(letter: Any) -> bool:
    """Letters that may still wait, where a scenario ends in the middle of a day."""
    return letter.state in ("waiting", "leased")


def check_books(
    connection: Connection,
    ledger: list[Call],
    pending: Pending = lambda _: False,
    *,
    moved: Mapping[int, int] | None = None,
    tracks: Tracks | None = None,
    second: int | None = None,
) -> None:
    """The closing checks on a database and the ledger of what was really delivered.

    `pending` names letters that may still wait. `second`: how many second copies there may be in all, where known.
    """
    books = opened(connection, ledger, moved or {})
    assert_all_accounted_for(books, pending, Reasons(connection))
    assert_letters_once(books, tracks, second)
    assert_copies(books.sends, books.letters)
    assert_expected(books)
    assert_database(connection)
    assert inbox.oldest_waiting(connection) is None, "a command was received and not dealt with"
    assert audit.verify(connection).problem is None, "the chain of the history is broken"


# Planned - delivered - reported = 0


def assert_all_accounted_for(books: Books, pending: Pending, reasons: Reasons) -> None:
    """ "Delivered" is what the ledger says, not what the bot believes."""
    arrived = {(call.chat_id, call.message_id): call for call in books.sends}
    reported = set(reported_letters(books.letters))
    keys = {letter.key for letter in books.letters}
    missing = [
        (letter.id, letter.kind, letter.state, letter.reason)
        for letter in books.letters
        if not pending(letter)
        and not (letter.state == "gathered" and letter.reason in keys)  # it went as that one, of which we ask as well
        and not (letter.state == "sent" and has_arrived(letter, books.homes_of(letter), arrived))
        and not (letter.state == "failed" and (letter.id in reported or not reminds(letter)))
        and not (letter.state == "dropped" and reasons.hold(letter))  # no longer true when its turn came
    ]
    assert not missing, f"planned, but neither delivered nor reported: {missing}"


Arrived = Mapping[tuple[int | None, int | None], Call]


def has_arrived(letter: Any, homes: frozenset[int], arrived: Arrived) -> bool:
    """Whether its message was delivered where it belongs, and for this letter if that is known."""
    places = homes or {chat for chat, number in arrived if number == letter.message_id}
    found = [arrived[place, letter.message_id] for place in places if (place, letter.message_id) in arrived]
    # A correction changes the message of another letter.
    return any(letter.kind == "correction" or not is_labelled(call) or _is_of(letter, call) for call in found)


def _is_of(letter: Any, call: Call) -> bool:
    made_for = letter_of(call)
    return made_for is not None and made_for[0] == letter.id


def reminds(letter: Any) -> bool:
    """Whether it held a reminder: of such a letter somebody above must hear if it fails."""
    return letter.kind == "reminders" or (letter.kind == "agenda" and bool(letter.content["steps"]))


def reported_letters(letters: tuple[Any, ...]) -> Iterator[int]:
    """The letters of which somebody else was told that they did not arrive."""
    for letter in letters:
        if letter.kind == "undelivered":
            yield from (entry["letter_id"] for entry in letter.content["missed"])


# Copies


def assert_letters_once(books: Books, tracks: Tracks | None, second: int | None) -> None:
    """At most two copies of a letter; the second one marked, only after an unknown outcome, and within the budget."""
    messages, by_key = books.of_letters(), {letter.key: letter for letter in books.letters}
    repeated: set[tuple[int | None, int | None]] = set()
    for letter in books.letters:
        copies = [(one.id, *message) for one in way_of(letter, by_key) for message in messages[one.id]]
        what = f"letter {letter.id} ({letter.kind})"
        assert len(copies) <= MOST_COPIES, f"{len(copies)} copies of {what}"
        if len(copies) < MOST_COPIES:
            continue
        (first, attempt, _), (_, _, call) = copies
        assert unmarked(call.text or "")[1], f"an unmarked second copy of {what}"
        outcome = tracks.outcomes.get((first, attempt), "unknown") if tracks else "unknown"  # of a dead bot: not known
        assert outcome == "unknown", f"{what} was repeated although it was known what became of it: {outcome}"
        repeated.add((call.chat_id, call.message_id))
    assert second is None or len(repeated) <= second, f"{len(repeated)} second copies, {second} allowed"


def way_of(letter: Any, by_key: Mapping[str, Any]) -> Iterator[Any]:
    """A letter and those as part of which it went."""
    while letter is not None:
        yield letter
        letter = by_key.get(letter.reason) if letter.state == "gathered" else None


def assert_copies(ledger: Iterable[Call], letters: tuple[Any, ...] = ()) -> None:
    """By the texts: a second copy is marked, and there is no third.

    A text that nobody marked may be an answer, as often as it is asked for, unless it is that of one of these letters.
    """
    copies: dict[tuple[int | None, str], list[bool]] = defaultdict(list)
    texts_of: dict[tuple[int | None, int | None], str] = {}
    for call in ledger:
        if call.method in SENDS and not is_labelled(call) and call.text:
            plain, repeated = unmarked(call.text)
            copies[call.chat_id, plain].append(repeated)
            texts_of[call.chat_id, call.message_id] = plain
    numbers = {letter.message_id for letter in letters if letter.state == "sent"}
    meant = Counter((chat, plain) for (chat, number), plain in texts_of.items() if number in numbers)
    for (chat, text), marks in copies.items():
        if True in marks or (chat, text) in meant:
            most = max(1, meant[chat, text])
            assert len(marks) <= MOST_COPIES * most, f"{len(marks)} copies to {chat}: {text[:60]}"
            assert marks.count(False) <= most, f"an unmarked copy to {chat}: {text[:60]}"


def unmarked(text: str) -> tuple[str, bool]:
    """A text without the words that it may be a repetition, and whether it had them."""
    mark = next((mark for mark in MARKS if text.startswith(mark)), "")
    return text.removeprefix(mark).strip(), bool(mark)


# Nothing else


def assert_expected(books: Books) -> None:
    """Every message is a letter to its reader, or the answer to somebody who wrote or pressed there."""
    letters = {letter.id: letter for letter in books.letters}
    labelled = any(map(is_labelled, books.sends))
    for call in books.sends if labelled else ():
        made_for = letter_of(call)
        letter = letters.get(made_for[0]) if made_for else None
        homes = books.homes_of(letter) if letter is not None else frozenset(answers_to(call))
        known = letter is not None and not homes  # whoever has left has no address any more
        assert known or call.chat_id in homes, f"nobody planned or asked for it: {call.chat_id}, {call.text!r}"
    if not labelled:
        assert_counts(books)


def assert_counts(books: Books) -> None:
    """Where nobody wrote there are no more messages than attempts that may have arrived."""
    room: Counter[int | None] = Counter()
    for letter in books.letters:
        for home in books.homes_of(letter):
            room[home] += letter.copies
    for chat, number in Counter(call.chat_id for call in books.sends).items():
        assert chat in books.writers or number <= room[chat], f"{number} messages to {chat}, {room[chat]} planned"


# The database

REFERENCES = """
    SELECT conname, conrelid::regclass::text, confrelid::regclass::text, theirs, ours
    FROM pg_constraint,
    LATERAL (SELECT array_agg(attname::text ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS k (number, place)
             JOIN pg_attribute ON attrelid = conrelid AND attnum = number) AS a (theirs),
    LATERAL (SELECT array_agg(attname::text ORDER BY place) FROM unnest(confkey) WITH ORDINALITY AS k (number, place)
             JOIN pg_attribute ON attrelid = confrelid AND attnum = number) AS b (ours)
    WHERE contype = 'f'
"""


def assert_database(connection: Connection) -> None:
    """The file of SQLite is whole, and on both kinds every reference leads to a row."""
    if connection.dialect.name == "sqlite":
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        return
    found = connection.exec_driver_sql(REFERENCES).all()
    assert found, "the catalogue names no references"
    queries = [_orphans(*row) for row in found]
    assert connection.exec_driver_sql(" UNION ALL ".join(queries)).all() == []


def _orphans(name: str, table: str, target: str, theirs: list[str], ours: list[str]) -> str:
    given = " AND ".join(f'a."{column}" IS NOT NULL' for column in theirs)
    same = " AND ".join(f'a."{one}" = b."{other}"' for one, other in zip(theirs, ours, strict=True))
    found = f"SELECT FROM {target} b WHERE {same}"
    return f"SELECT '{name}' AS reference FROM {table} a WHERE {given} AND NOT EXISTS ({found})"
