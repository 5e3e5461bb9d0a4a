"""The three catalogues say the same things, and the code asks for nothing they do not say."""

from __future__ import annotations

import ast
import re
import string
import unicodedata
from collections import Counter
from dataclasses import fields
from datetime import date

import pytest
from markupsafe import Markup

from bot.actions.tasks import NEWS
from bot.calendar_shell import DEEDS
from bot.command_line import COMMANDS as SHELL
from bot.policy import clears
from bot.policy.access import Deed
from bot.policy.posting import CHANGES, DETAILS, PURPOSES
from bot.policy.stale import ASKED
from bot.sandbox.markup import MarkupError, parse_html
from bot.sandbox.run import words as sandbox_words
from handlers.commands import COMMANDS
from handlers.ladder import PRESETS
from handlers.progress import NEED_REASON
from handlers.requests import FIELDS, KINDS
from handlers.views.history import FIELDS as TOLD_FIELDS
from handlers.views.history import SAID as TOLD
from handlers.views.indices import ORDINALS
from handlers.views.inspection import COLUMNS as SHEETS
from handlers.views.sheet_file import COUNTS as OWN
from handlers.views.spreadsheet import COUNTS, LATE, LETTERS, OBSTACLES, OVERVIEW, RATES, TASKS
from handlers.views.steps import GROUPS
from handlers.views.summary import CLASSES, OPEN, WEEK
from handlers.views.texts import LANGUAGES, PLURALS, catalogue, texts
from storage.inspection import Classes, Tallies
from storage.notices import MISSED, MISSED_ABOUT
from storage.records import Action, Difficulty, EvidenceKind, Harm, RequestKind, RequestState, Role, State
from tests.views.words_in_code import ROOT, calls, first_arguments, keys_of, refused, said, strings

LOCALES = ROOT / "handlers" / "views" / "locales"
KEYS = sorted(set().union(*(catalogue(language) for language in LANGUAGES)))
# Modules that name reasons of refusals.
REASONING = tuple(f"bot/policy/{name}.py" for name in ("requests", "snooze", "workflow", "absence"))
# What done.* says after a press, a command or words; the others ask for something first.
ANSWERED = (
    Action.RETURN,
    Action.SUSPEND,
    Action.DROP,
    Action.EXPLAIN,
    Action.CONTRIBUTE,
    Action.RECEIVE,
    Action.SUBMIT,
    Action.WITHDRAW,
    Action.ACCEPT,
    Action.URGE,
    Action.RESUME,
    Action.SNOOZE,
    Action.ACKNOWLEDGE,
)

ABOUT = ("organisation", "unit", "units", "period", "cut_off", "made", "zone", "command")
CHAIN = ("chain_rows", "chain_erased", "chain_head", "chain_problem")
INSPECTED = (*ABOUT, *CHAIN, *(field.name for kind in (Classes, Tallies) for field in fields(kind)))
COLUMNS_OF_TASKS = {name for name, _ in (*LATE, *OBSTACLES, *TASKS)}
SHEET_COLUMNS = {name for name in COLUMNS_OF_TASKS if f"inspection.column.{name}" not in KEYS}
SHEET_COLUMNS |= {name for name, _ in OVERVIEW} | {"place", "ranked", "moved"}


def forms(language: str, key: str) -> tuple[str, ...]:
    """All forms of a message; a message without plural has one."""
    message = catalogue(language)[key]
    return (message,) if isinstance(message, str) else message


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def tags(text: str) -> Counter[str]:
    return Counter(re.findall(r"</?[^>]+>", text))


def wanted_by(key: str) -> set[str]:
    """The values a message cannot do without."""
    names = set().union(*(placeholders(form) for form in forms("en", key)))
    return names | {"n"} if is_plural(key) else names


def is_plural(key: str) -> bool:
    return not isinstance(catalogue("en")[key], str)


# the catalogues against each other


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    assert sorted(catalogue(language)) == KEYS


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_stands_twice_and_none_waits_for_its_translator(language: str) -> None:
    source = (LOCALES / f"{language}.po").read_text(encoding="utf-8")
    ids = Counter(re.findall(r'^msgid "(.+)"$', source, re.MULTILINE))
    assert [key for key, number in ids.items() if number > 1] == []
    assert "#, fuzzy" not in source
    assert "#~" not in source


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_empty_and_none_has_space_around_it_by_accident(language: str) -> None:
    wrong = [key for key in KEYS for form in forms(language, key) if not form.strip() or form != form.rstrip()]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_messages_have_exactly_the_forms_of_their_language(language: str) -> None:
    plural = {key for key in KEYS if is_plural(key)}
    assert len(plural) > 10
    for key in KEYS:
        message = catalogue(language)[key]
        if key in plural:
            assert isinstance(message, tuple), f"{key} has no plural"
            assert len(message) == len(PLURALS[language]), key
        else:
            assert isinstance(message, str), f"{key} is a plural only here"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_has_the_placeholders_of_the_english_message(language: str) -> None:
    for key in KEYS:
        wanted = set().union(*(placeholders(form) for form in forms("en", key)))
        found = [placeholders(form) for form in forms(language, key)]
        assert set().union(*found) == wanted, key
        # a form for one may say "one" in words; nothing else may be left out
        assert all(wanted - {"n"} <= one for one in found), key
        assert not is_plural(key) or "n" in found[-1], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_has_the_tags_of_the_english_message(language: str) -> None:
    for key in KEYS:
        wanted = tags(forms("en", key)[0])
        assert all(tags(form) == wanted for form in forms(language, key)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_accepted_as_html(language: str) -> None:
    for key in KEYS:
        for form in forms(language, key):
            try:
                parse_html(form)
            except MarkupError as error:
                pytest.fail(f"{language} {key}: {error}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_plain_names(language: str) -> None:
    names = {name for key in KEYS for form in forms(language, key) for name in placeholders(form)}
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names), names


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_composed_characters_without_hidden_ones(language: str) -> None:
    for key in KEYS:
        for form in forms(language, key):
            assert unicodedata.is_normalized("NFC", form), key
            hidden = [c for c in form if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cn") and c not in "\n\u200d"]
            assert hidden == [], key


# plurals


@pytest.mark.parametrize(
    ("language", "n", "category"),
    [
        ("pl", 1, "one"),
        *(("pl", n, "few") for n in (2, 3, 4, 22)),
        *(("pl", n, "many") for n in (0, 5, 12, 21, 112)),
        ("en", 1, "one"),
        ("en", 2, "other"),
        ("en", 0, "other"),
        *(("vi", n, "other") for n in (0, 1, 2, 5, 22)),
    ],
)
def test_a_number_chooses_the_form_of_its_language(language: str, n: int, category: str) -> None:
    wanted = forms(language, "card.late")[PLURALS[language].index(category)]
    assert texts(language).plain("card.late", n=n) == wanted.format(n=n)


@pytest.mark.parametrize(
    ("n", "days"),
    [
        (1, "1 dzień roboczy"),
        (2, "2 dni robocze"),
        (22, "22 dni robocze"),
        (0, "0 dni roboczych"),
        (5, "5 dni roboczych"),
        (12, "12 dni roboczych"),
        (112, "112 dni roboczych"),
    ],
)
def test_polish_counts_working_days_as_poles_do(n: int, days: str) -> None:
    assert days in texts("pl").plain("list.line.late", n=n)


# the words themselves


def test_the_polish_words_were_read_by_a_pole() -> None:
    everything = "\n".join(form for key in KEYS for form in forms("pl", key)).casefold()
    assert "forsowanie pracy" not in everything
    assert "dyscypliny, dyscypliny" not in everything


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_command_named_in_a_message_exists(language: str) -> None:
    ours = {name for command in COMMANDS for name in command.names}
    of_others = {"newbot", "mybots"}  # BotFather's
    for key in KEYS:
        for form in forms(language, key):
            text = re.sub(r"</?[a-z]+>", " ", form)
            named = set(re.findall(r"(?<![\w/}])/([a-z_]+)", text))
            assert named <= ours | of_others, key


def test_an_example_date_exists_and_puts_the_day_first() -> None:
    for language in LANGUAGES:
        for key in KEYS:
            for form in forms(language, key):
                for day, month, year in re.findall(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b", form):
                    assert date(int(year), int(month), int(day)), key
                    assert int(day) > 12, f"{key}: an example must not be readable both ways"


# what the code asks for


def _families() -> dict[str, set[str]]:
    """For every message whose key is put together at run time: all that it can be."""
    lists = ("tasks", "late", "waiting")
    asking = {action.value for action in KINDS}
    purposes = first_arguments("choose_message", position=2) | first_arguments("_which_task", position=3)
    events = ("assigned", "many_hands", "urged", "urged_often", "contributed", "explained", "urgent", *NEWS.values())
    return {
        "state.{}": {f"state.{state}" for state in State},
        "role.{}": {f"role.{role}" for role in Role},
        "difficulty.{}": {f"difficulty.{difficulty}" for difficulty in Difficulty},
        "button.{}": {f"button.{action}" for action in Action if action is not Action.VIEW},
        "done.{}": {f"done.{action}" for action in ANSWERED},
        "menu.{}": {f"menu.{command.name}" for command in COMMANDS},
        "usage.{}": {f"usage.{command.name}" for command in COMMANDS} & set(KEYS),
        "list.{}.title": {f"list.{kind}.title" for kind in lists},
        "list.{}.empty": {f"list.{kind}.empty" for kind in lists},
        "list.choose.{}": {f"list.choose.{purpose}" for purpose in purposes | asking},
        "letter.{}": {f"letter.{name}" for name in (*events, *GROUPS) if name != "substitute"},
        "summary.{}": {f"summary.{name}" for name in (*CLASSES, *RATES)},
        "summary.count.{}": {f"summary.count.{name}" for name in (*OPEN, *WEEK)},
        "link.bound.{}": {f"link.bound.{purpose}" for purpose in PURPOSES},
        "chat.detail.{}": {f"chat.detail.{detail}" for detail in DETAILS},
        "hold.why.{}": {f"hold.why.{reason}" for reason in CHANGES},
        "picture.{}": {f"picture.{name}" for name in (*CLASSES, "total")},
        "import.{}": {f"import.{code}" for code in import_codes()},
        "cli.help.{}": {f"cli.help.{name}" for name in SHELL},
        "cli.help.index.{}": {f"cli.help.index.{name}" for name in ("set", "remove")},
        "cli.help.calendar.{}": {f"cli.help.calendar.{name}" for name in DEEDS},
        "refused.forbidden.{}": {
            *(f"refused.forbidden.{action}" for action in Action if action is not Action.VIEW),
            *(f"refused.forbidden.{deed}" for deed in Deed),
        },
        "refused.not_now.{}": {f"refused.not_now.{state}" for state in State},
        "refused.deadline.{}": {f"refused.deadline.{reason}" for reason in first_arguments("Unclear")},
        # The renderer of refusals: what it is asked for is read from Refused("..."), and from these policies.
        "refused.{}": {
            f"refused.{text}"
            for name, _, text in strings(docstrings=False)
            if name in REASONING and text.startswith(("request.", "snooze.", "away.", "not_s"))
        },
        "refused.request.incomplete.{}": {f"refused.request.incomplete.{kind}" for kind in RequestKind},
        "reason.{}": {f"reason.{action}" for action in NEED_REASON},
        "refused.reason.{}": {f"refused.reason.{action}" for action in NEED_REASON},
        "evidence.kind.{}": {f"evidence.kind.{kind}" for kind in EvidenceKind},
        "clear.{}": {f"clear.{name}" for name in clears.ALL},
        "request.kind.{}": {f"request.kind.{kind}" for kind in RequestKind},
        "request.state.{}": {f"request.state.{state}" for state in RequestState},
        "form.{}": {f"form.{field}" for fields in FIELDS.values() for field in fields},
        "form.sent.{}": {f"form.sent.{kind}" for kind in RequestKind},
        "history.{}": {f"history.{what}" for what in TOLD},
        "history.field.{}": {f"history.field.{field}" for field in TOLD_FIELDS},
        "cli.audit.{}": {f"cli.audit.{harm}" for harm in Harm},
        "cli.export.{}": {
            f"cli.export.{code}" for code in first_arguments("CannotWrite") | first_arguments("BadPeriod")
        },
        "sheet.column.{}": {f"sheet.column.{name}" for name in SHEET_COLUMNS},
        "sheet.figure.{}": {f"sheet.figure.{name}" for name in (*COUNTS, *RATES)},
        "sheet.meaning.{}": {f"sheet.meaning.{name}" for name in (*COUNTS, *RATES)},
        "sheet.letters.{}": {f"sheet.letters.{name}" for name in LETTERS},
        "own.figure.{}": {f"own.figure.{name}" for name in OWN},
        "own.meaning.{}": {f"own.meaning.{name}" for name in OWN},
        "own.column.{}": {f"own.column.{name}" for name in ("since", "moved_at", "claimed", "confirmed")},
        "refused.sheet.period.{}": {f"refused.sheet.period.{reason}" for reason in first_arguments("BadSpan")},
        "ordinal.{}": {f"ordinal.{form}" for form in ORDINALS},
        "inspection.sheet.{}": {f"inspection.sheet.{name}" for name in SHEETS},
        "inspection.column.{}": {f"inspection.column.{name}" for columns in SHEETS.values() for name, _ in columns},
        "inspection.figure.{}": {f"inspection.figure.{name}" for name in INSPECTED},
        "inspection.decision.{}": {f"inspection.decision.{state}" for state in (*RequestState, "instructed")},
        "recurring.week.{}": {f"recurring.week.{day}" for day in range(1, 8)},
        "letter.recurring.{}": {f"letter.recurring.{event}" for event in ("skipped", "left", "moved", "closed")},
        "refused.ladder.{}": {f"refused.ladder.{fault}" for fault in first_arguments("BadLadder")},
        "button.ladder.{}": {f"button.ladder.{name}" for name in PRESETS},
        "agenda.count.{}": {f"agenda.count.{name}" for name in ("overdue", "today", "told", "decide", "coming")},
        "letter.missed_about.{}": {f"letter.missed_about.{about}" for about in MISSED_ABOUT if about},
        "letter.missed.{}": {f"letter.missed.{reason}" for reason in MISSED},
        "letter.request.{}": {f"letter.request.{event}" for event in (*ASKED, "answered")},
    }


def import_codes() -> set[str]:
    """Everything that can be wrong with a file or one of its rows."""
    codes = first_arguments("BadFile") | first_arguments("Problem")
    return codes | row_codes() | {"unknown_column_plain"}  # added to the code in bot/shell.py


def row_codes() -> set[str]:
    """What problems.add("...") says about a row."""
    return {
        code
        for _, call in calls()
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func) == "problems.add"
        for code in keys_of(call.args[0])
    }


def sandbox_keys() -> set[str]:
    """What the page of the sandbox asks for, literally or by family."""
    found: set[str] = set()
    families: set[str] = set()
    for path in sorted((ROOT / "bot" / "sandbox").iterdir()):
        if path.suffix in (".js", ".html"):
            source = path.read_text(encoding="utf-8")
            found |= set(re.findall(r"""["'`](sandbox\.[a-z_.]+[a-z_])["'`]""", source))
            families |= set(re.findall(r"`(sandbox\.[a-z_.]*\$\{[^}]*\})`", source))
    kinds = {"sandbox.${last.kind}": ("photo", "document")}
    roles = {"sandbox.role.${chat.role}": ("leader", "head", "tracker", "member", "channel")}
    known = kinds | roles
    assert families <= known.keys(), "a family of words whose members nobody has listed"
    return found | {family.split("$")[0] + name for family in families for name in known[family]}


def used_keys() -> set[str]:
    """Every key the code can ask for."""
    literal = {one.key for one in (*said(), *refused()) if "{}" not in one.key}
    indirect = {text for _, _, text in strings(docstrings=False) if text in KEYS}  # chosen from a table
    return literal | indirect | sandbox_keys() | set().union(*_families().values())


def test_the_code_is_read_at_all() -> None:
    assert len(said()) > 150
    assert len(refused()) > 30
    assert len(import_codes()) > 30
    assert {"card.owner", "link.not_bound", "join.welcome", "error.apology"} <= {one.key for one in said()}


def test_every_message_the_code_asks_for_exists() -> None:
    asked = [one for one in (*said(), *refused()) if "{}" not in one.key]
    assert [f"{one.place}: {one.key}" for one in asked if one.key not in KEYS] == []


def test_every_family_of_messages_is_complete() -> None:
    for family, members in _families().items():
        assert members <= set(KEYS), family


def test_every_key_that_is_put_together_belongs_to_a_known_family() -> None:
    assert {one.key for one in (*said(), *refused()) if "{}" in one.key} <= _families().keys()


def test_every_row_of_a_file_that_is_refused_has_words() -> None:
    assert row_codes() >= {"missing_value", "not_yes_no", "bad_date", "unknown_person", "ambiguous_person"}
    assert {f"import.{code}" for code in row_codes()} <= set(KEYS)


def test_the_words_of_the_sandbox_page_exist() -> None:
    assert len(sandbox_keys()) > 40
    for language in LANGUAGES:
        assert sandbox_keys() - sandbox_words(language).keys() == set()


def test_no_message_is_unused() -> None:
    assert set(KEYS) - used_keys() == set()


def test_every_place_gives_the_values_that_its_message_wants() -> None:
    """A value that is missing would be a KeyError in front of the reader."""
    for one in (*said(), *refused()):
        if one.values is not None and "{}" not in one.key and one.key in KEYS:
            wanted = wanted_by(one.key)
            assert wanted <= one.values, f"{one.place}: {one.key} wants {sorted(wanted - one.values)}"


def test_every_member_of_a_family_gets_its_values_somewhere() -> None:
    families = _families()
    for family in {one.key for one in (*said(), *refused()) if "{}" in one.key}:
        given = [one.values for one in (*said(), *refused()) if one.key == family]
        for key in families[family] if None not in given else ():
            assert any(wanted_by(key) <= values for values in given if values is not None), key


def test_every_mistake_in_a_file_brings_the_values_of_its_message() -> None:
    places = {"file", "row", "column"}  # said beside the message, not in it
    for name, call in calls():
        called = getattr(call.func, "id", getattr(call.func, "attr", None))
        known = {"BadFile": set(), "Problem": {"value"}, "add": {"value"}}.get(str(called))
        if known is None:
            continue
        given = {keyword.arg for keyword in call.keywords if keyword.arg} - places | known
        for code in keys_of(call.args[0]):
            if f"import.{code}" in KEYS:
                assert wanted_by(f"import.{code}") <= given, f"{name}:{call.lineno}: {code}"


def test_what_is_shown_without_html_has_none() -> None:
    """Buttons, menus and the command line show tags as they stand."""
    plain = [one for one in said() if one.plain]
    families = _families()  # reads all the code: once is enough
    keys = set().union(*(families.get(one.key, {one.key}) for one in plain))
    for language in LANGUAGES:
        for key in sorted(keys):
            for form in forms(language, key):
                assert not re.search(r"<[a-z/]|&(lt|gt|amp|quot|#)", form), f"{language} {key}"


def test_human_words_live_in_the_catalogues_only() -> None:
    """A Vietnamese or Polish letter in code is a sentence that cannot be translated."""
    allowed = {
        "handlers/views/texts.py",  # the names of the languages, each in its own
        "bot/sandbox/demo.py",  # invented people of the sample
        "bot/sandbox/run.py",
        # words that are read, never said: the vocabulary of deadlines
        "bot/policy/phrases/vietnamese.py",
        "bot/policy/phrases/polish.py",
        "bot/policy/phrases/polish_words.py",
        "bot/policy/phrases/recurring.py",
    }
    folded = {"bot/spreadsheets/header.py": {"đ", "ł"}}  # letters that have no decomposition
    found = [
        (name, line, text)
        for name, line, text in strings(docstrings=False)
        if any(ord(c) > 127 and unicodedata.category(c).startswith("L") for c in text)
        and name not in allowed
        and text not in folded.get(name, set())
    ]
    assert found == []


def test_nothing_is_said_to_a_person_as_a_literal() -> None:
    speaking = {"Message", "say", "toast", "button", "InlineKeyboardButton", "Key", "answer", "send_message"}
    for name, call in calls():
        called = getattr(call.func, "id", getattr(call.func, "attr", None))
        if name.startswith("handlers/") and called in speaking:
            words = [text for text in keys_of(call.args[0]) if re.search(r"[^\W\d_]", text.replace("{}", ""))]
            assert words == [], f"{name}:{call.lineno}"


def test_a_language_nobody_speaks_here_is_answered_in_english() -> None:
    assert texts("de").plain("state.received") == texts("en").plain("state.received")


def test_values_are_escaped_and_never_read_as_placeholders() -> None:
    said_so = texts("en")("assign.stored", code="{name}", name="<b>{code}</b> & {0}")
    assert said_so == Markup("✔️ <b>{name}</b> is assigned to &lt;b&gt;{code}&lt;/b&gt; &amp; {0}.")
