"""Whatever people are called and write: every text is one that Telegram accepts, and says what it should."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from markupsafe import Markup

from bot.sandbox.markup import parse_html, slice_units, units
from handlers.buttons import pack, unpack
from handlers.commands import local_name
from handlers.links import Source
from handlers.ports import ChatPlan, Correcting, Leaver, Opened, Refused
from handlers.views import away, cards, choices, dates, evidence, leavers, lists, pieces, screens
from handlers.views.behind import behind_message
from handlers.views.calendar import calendar_message, touched_message
from handlers.views.corrections import correcting_message
from handlers.views.letters import BUTTON_ROWS, letter
from handlers.views.message import LIMIT, Message, fit
from handlers.views.posts import plan_message, plans_message
from handlers.views.requests import ask_day_off, request_message, requests_message
from handlers.views.summary import CLASSES, OPEN, WEEK, Links, rate, summary_message
from handlers.views.texts import LANGUAGES, clean, short, texts, width
from storage.figures import OPENABLE, Corrected, Delivered, FigureChange, Obstacle, Rank, UrgedTask
from storage.notices import (
    MISSED,
    MISSED_ABOUT,
    AbsenceNews,
    Agenda,
    ChatBinding,
    ChatLost,
    Missed,
    News,
    PostExpired,
    PostHeld,
    PressesLost,
    RecurrenceNews,
    Reminders,
    RequestNews,
    Step,
    Summary,
    SumsWrong,
    TaskNews,
    Undelivered,
    Unreachables,
)
from storage.records import (
    Action,
    Away,
    CalendarDay,
    Chat,
    Days,
    Note,
    Person,
    Recurrence,
    RecurrenceCard,
    Request,
    RequestCard,
    RequestKind,
    RequestState,
    SpecialDay,
    State,
    TimeClass,
    Touched,
    Unit,
)
from tests.views import samples
from tests.views.samples import (
    BIG,
    CODE,
    DUE,
    HANOI,
    NOW,
    TOKEN,
    WARSAW,
    accepted,
    card,
    deadline,
    facts,
    figures,
    full_card,
    invitation,
    keys,
    me,
    page,
    payloads,
    person,
    reader,
    shown,
    team,
    unit_figures,
)
from tests.views.words_in_code import refused

TURNED = chr(0x202E)
ZERO_WIDTH = "".join(map(chr, (0x200B, 0x200C, 0x200D, 0x2060)))
HOSTILE = {
    "tag": "x <b> y",
    "closing tag": "x </code></b></i> y",
    "entity": "x &amp; &lt;b&gt; &#60; y",
    "link": '<a href="https://evil.example">x</a>',
    "emoji": "👩‍👩‍👧‍👦 x 🇻🇳",
    "turned": f"{TURNED}x{TURNED} y",
    "zero width": f"x{ZERO_WIDTH}y",
    "control": "x\0\x07\x1b[31m\x7f y",
    "braces": "x {name} {0} {} {n!r} {",
    "decomposed": unicodedata.normalize("NFD", "Đặng Thị Huệ"),
    "quotes": "\"x\" 'y' \\ % %s",
}
LONG = {
    "300 characters": "Từ " * 100,
    "300 emoji": "🇻🇳" * 150,
    "300 of markup": "<&" * 150,
    "5,000 characters": "Từ " * 1666 + "đó",
    "5,000 without a space": "ạ" * 5000,
}


def _reminders(text: str, number: int) -> tuple[Reminders, dict]:
    steps = tuple(Step(key, "before-1", DUE.isoformat()) for key in range(number))
    return Reminders(steps), {key: card(text, {"id": key}, own=False) for key in range(number)}


def _letter_of_reminders(text: str, language: str) -> Message:
    notice, known = _reminders(text, 5)
    return letter(notice, facts(language, cards=known))


def _news(event: str) -> Callable[[str, str], Message]:
    def make(text: str, language: str) -> Message:
        known = {"cards": {1: full_card(text)}, "people": {10: person(text)}}
        return letter(TaskNews(1, event, 10, text[:1000]), facts(language, **known))

    return make


def _unreachables(text: str, language: str) -> Message:
    people = {key: person(text, id=key, unreachable_reason=text) for key in range(40)}
    return letter(Unreachables(tuple(people)), facts(language, people=people))


def _binding(text: str, language: str) -> Message:
    return letter(ChatBinding(BIG, text, 3), facts(language, units={3: Unit(3, text)}))


def _chat_lost(text: str, language: str) -> Message:
    return letter(ChatLost(text, 3), facts(language, units={3: Unit(3, text)}))


def _plan(text: str) -> ChatPlan:
    return ChatPlan(Chat(BIG, -1, "channel", text, None, "leadership", "en", 1, NOW), text, 4, "16:00", "names")


def _correcting(text: str) -> Correcting:
    changes = tuple(FigureChange(text, name, BIG, 1) for name in OPENABLE * 3)
    return Correcting(_plan(text).chat, BIG, text, NOW, HANOI, changes, changed=True)


def _undelivered(text: str, language: str) -> Message:
    abouts = (MISSED_ABOUT[key % len(MISSED_ABOUT)] for key in range(200))
    missed = tuple(Missed(key, key % 2, 10, MISSED[key % len(MISSED)], about) for key, about in enumerate(abouts))
    return letter(Undelivered(missed), facts(language, cards={1: full_card(text)}, people={10: person(text)}))


def _presses_lost(text: str, language: str) -> Message:
    return letter(PressesLost(NOW.isoformat(), DUE.isoformat()), facts(language))


def _people(text: str) -> list:
    return [person(text, id=BIG - number, account=None) for number in range(12)]


SCREENS: dict[str, Callable[[str, str], Message]] = {
    "card": lambda text, language: cards.card_message(full_card(text), reader(language)),
    "own card": lambda text, language: cards.card_message(full_card(text, own=True), reader(language)),
    "card while asking": lambda text, language: cards.percent_message(full_card(text), reader(language)),
    "tasks": lambda text, language: lists.list_message(page([full_card(text)] * 8, 8, 99), reader(language), "tasks"),
    "late": lambda text, language: lists.list_message(page([full_card(text)] * 8, 8, 99), reader(language), "late"),
    "choice": lambda text, language: lists.choose_message(
        page([full_card(text)] * 8), reader(language), "submit", "act", Action.SUBMIT.value
    ),
    "reminders": _letter_of_reminders,
    "assigned": _news("assigned"),
    "submitted": _news("submitted"),
    "completed": _news("completed"),
    "returned": _news("returned"),
    "unreachables": _unreachables,
    "chat binding": _binding,
    "chat lost": _chat_lost,
    "undelivered": _undelivered,
    "presses lost": _presses_lost,
    "team": lambda text, language: screens.team_message(team(text, 40), reader(language)),
    "summary": lambda text, language: summary_message(figures(text, 40, 40), reader(language), names=True),
    "linked summary": lambda text, language: summary_message(
        figures(text, 40, 40),
        reader(language),
        names=True,
        links=Links("b" * 32, BIG),
        corrected=Corrected(NOW, text),
        late=True,
    ),
    "totals": lambda text, language: summary_message(figures(text, 40, 40), reader(language), names=False, brief=True),
    "chats": lambda text, language: plans_message([_plan(text)] * 12, reader(language)),
    "chat": lambda text, language: plan_message(_plan(text), reader(language)),
    "correcting": lambda text, language: correcting_message(_correcting(text), reader(language)),
    "behind": lambda text, language: behind_message(
        Opened(text, NOW, HANOI, "overdue", 40, 40, 2, page([full_card(text)] * 8, 0, 40)),
        Source(BIG, BIG, "overdue"),
        reader(language),
    ),
    "held": lambda text, language: letter(
        PostHeld(BIG, text, 3, "public", text), facts(language, units={3: Unit(3, text)})
    ),
    "sums wrong": lambda text, language: letter(
        SumsWrong(None, NOW.isoformat(), text, (1, 2, 3, 4, 5), 16), facts(language)
    ),
    "expired": lambda text, language: letter(PostExpired(text, None, NOW.isoformat()), facts(language)),
    "expired again": lambda text, language: letter(PostExpired(text, None, NOW.isoformat(), True), facts(language)),
    "refused": lambda text, lang: letter(PostExpired(text, None, NOW.isoformat(), why="refused"), facts(lang)),
    "refused again": lambda text, lang: letter(PostExpired(text, None, NOW.isoformat(), True, "refused"), facts(lang)),
    "uncertain": lambda text, lang: letter(PostExpired(text, None, NOW.isoformat(), why="uncertain"), facts(lang)),
    "preview": lambda text, language: summary_message(figures(text), reader(language), names=False, preview=True),
    "evidence": lambda text, language: evidence.list_message(full_card(text), reader(language), 10),
    "evidence asked for": lambda text, language: evidence.ask_message(full_card(text), reader(language)),
    "evidence missing": lambda text, language: evidence.missing_message(full_card(text), reader(language)),
    "evidence left": lambda text, language: evidence.more_message(full_card(text), reader(language), 10),
    "evidence not sent": lambda text, language: evidence.failed_message([text] * 10, reader(language)),
    "evidence link": lambda text, language: evidence.link_message(samples.evidence(text)[0], reader(language)),
    "task of files": lambda text, language: evidence.choose_message(page([full_card(text)] * 8), reader(language), 3),
    "privacy": lambda text, language: screens.privacy(invitation(text), CODE, language, text[:200]),
    "welcome": lambda text, language: screens.welcome(me(text, language)),
    "home": lambda text, language: screens.home(me(text, language)),
    "settings": lambda text, language: screens.settings(me(text, language), NOW),
    "person": lambda text, language: screens.ask_person(_people(text), TOKEN, reader(language)),
    "several": lambda text, language: screens.ask_person(_people(text), TOKEN, reader(language), text[:4096]),
    "deadline": lambda text, language: screens.ask_deadline(text, [DUE] * 6, TOKEN, reader(language)),
    "confirmation": lambda text, language: screens.ask_confirmation(
        person(text, account=None), text, text, deadline(day_off=True), TOKEN, reader(language)
    ),
    "link": lambda text, language: screens.link_message(
        CODE, Unit(1, text), [Unit(BIG - number, text) for number in range(20)], reader(language)
    ),
}


def _days(text: str) -> Days:
    decision = CalendarDay(1, "VN", NOW.date(), False, text, text, 1, NOW)
    special = tuple(
        SpecialDay(NOW.date() + timedelta(days=n), n % 2 == 0, text, True, decision if n % 3 else None)
        for n in range(200)
    )
    return Days("VN", HANOI, "08:00-12:00,13:30-17:30", NOW.date(), DUE.date(), special, 249, True)


SCREENS["calendar"] = lambda text, language: calendar_message(_days(text), reader(language))
SCREENS["touched"] = lambda _, language: touched_message(
    Touched(tuple("A" * 36 + f"-{n:03d}" for n in range(300)), "VN", DUE.date()), reader(language)
)
SCREENS["day off"] = lambda _, language: ask_day_off(
    replace(deadline(day_off=True), provisional=True), TOKEN, reader(language)
)


def _asked_head(language: str) -> Markup:
    return texts(language)("letter.request.asked", name="x")


def _request(text: str, kind: RequestKind, **changed: object) -> RequestCard:
    values = {
        "reason": text,
        "proposal": text,
        "answer": text,
        "old_due_at": DUE,
        "new_due_at": DUE,
        "late": True,
        "level": 2,
    }
    request = Request(BIG, 1, kind, 1, NOW, state=RequestState.OPEN, **values | changed)
    return RequestCard(request, full_card(text), text, text, text, True, True, 3, True, 9)


for _kind in RequestKind:
    SCREENS[f"request {_kind}"] = lambda text, language, kind=_kind: request_message(
        _request(text, kind), reader(language), _asked_head(language)
    )
CODES = tuple(f"VP-{number:03d}" for number in range(400))
SCREENS["requests"] = lambda text, language: requests_message(
    [_request(text, kind) for kind in RequestKind] * 30, reader(language)
)


SCREENS["requests together"] = lambda text, language: request_message(
    replace(_request(text, RequestKind.HANDOVER), codes=CODES), reader(language), _asked_head(language)
)


def _away(text: str) -> Away:
    return Away(text, text, DUE.date(), 7)


def _stands_in(text: str, language: str) -> Message:
    notice, known = _reminders(text, 5)
    gone = {key: replace(one, away=_away(text), stands_in=True) for key, one in known.items()}
    return letter(notice, facts(language, cards=gone))


def _absence_news(event: str) -> Callable[[str, str], Message]:
    return lambda text, language: letter(AbsenceNews(3, event), facts(language, absences={3: _away(text)}))


def _agenda(text: str, language: str) -> Message:
    """Of everything something, and of most of it more than fits."""
    known = {key: card(text, {"id": key}, own=key < 20) for key in range(40)}
    asked = {key: _request(text, kind) for key, kind in enumerate(RequestKind, 50)}
    people = {10: person(text)} | {key: person(text, id=key, unreachable_reason=text) for key in range(100, 140)}
    notice = Agenda(
        "2026-12-07",
        own=tuple(range(20)),
        submitted=tuple(range(20, 30)),
        requests=tuple(asked),
        lost=tuple(range(100, 140)),
        steps=tuple(Step(key, "tell-head", "") for key in range(30, 40)),
        news=(
            TaskNews(20, "submitted", 10, text[:1000]),
            TaskNews(35, "explained", 10, text[:1000]),
            AbsenceNews(3, "head"),
        ),
        late=True,
    )
    known_facts = {"cards": known, "people": people, "requests": asked, "absences": {3: _away(text)}}
    return letter(notice, facts(language, **known_facts), repeated=True)


def _gathered(text: str, language: str) -> Message:
    """Letters of every kind that were late, more than fits."""
    known = {key: card(text, {"id": key}, own=True) for key in range(40)}
    asked = {key: _request(text, kind) for key, kind in enumerate(RequestKind, 50)}
    events = ("assigned", "returned", "urged", "urgent", "suspended", "resumed", "cancelled", "explained")
    news: tuple[News, ...] = (
        ChatLost(text, 3),
        PressesLost(NOW.isoformat(), DUE.isoformat()),
        RecurrenceNews(BIG, "skipped", 10, "2026-12-08", "2026-12-21"),
        AbsenceNews(3, "substitute"),
        *(RequestNews(key, "refused") for key in asked),
        *(TaskNews(key, events[key % 8], 10, text[:1000]) for key in range(40)),
    )
    known_facts = {"cards": known, "people": {10: person(text)}, "requests": asked, "absences": {3: _away(text)}}
    again = Recurrence(BIG, "quarter:15", 1, 3, 2, text, text, NOW, date(2026, 12, 31), 3, "15:00", series="VPR3")
    known_facts["recurrences"] = {BIG: RecurrenceCard(again, text, text, HANOI, (DUE, DUE, DUE))}
    steps = (Step(0, "before-2h", "", overtaken=5),)
    notice = Agenda("", steps=steps, news=news, late=True, overtaken=5)
    return letter(notice, facts(language, **known_facts), repeated=True)


def _late_single(text: str, language: str) -> Message:
    return letter(TaskNews(1, "assigned", 10), facts(language, cards={1: full_card(text)}, late=True), repeated=True)


def _agenda_of_one(part: str) -> Callable[[str, str], Message]:
    """A single thing with its whole card."""

    def make(text: str, language: str) -> Message:
        kinds: dict[str, Agenda] = {
            "own": Agenda("2026-12-07", own=(1,)),
            "submitted": Agenda("2026-12-07", submitted=(1,), news=(TaskNews(1, "submitted", 10, text[:1000]),)),
            "request": Agenda("2026-12-07", requests=(BIG,)),
            "news": Agenda("2026-12-07", news=(TaskNews(1, "completed", 10),)),
        }
        known = {"cards": {1: full_card(text)}, "people": {10: person(text)}}
        known["requests"] = {BIG: _request(text, RequestKind.BLOCKED)}
        return letter(kinds[part], facts(language, **known))

    return make


def _leaver(text: str, codes: tuple[str, ...], waiting: int | None = None) -> Leaver:
    return Leaver(person(text), codes, waiting, tuple(_people(text)))


SCREENS |= {
    "away until": lambda text, language: away.ask_until([DUE] * 6, TOKEN, reader(language)),
    "away who": lambda text, language: away.ask_substitute(samples.DUE, _people(text), TOKEN, reader(language)),
    "away": lambda text, language: away.away_message(_away(text), reader(language)),
    "back": lambda text, language: away.back_message(_away(text), reader(language)),
    "away card": lambda text, language: cards.card_message(
        replace(full_card(text), away=_away(text)), reader(language)
    ),
    "reminders of a substitute": _stands_in,
    **{f"absence {event}": _absence_news(event) for event in ("substitute", "head", "over")},
    "agenda": _agenda,
    "gathered": _gathered,
    "late letter": _late_single,
    **{f"agenda of one {part}": _agenda_of_one(part) for part in ("own", "submitted", "request", "news")},
    "leaver": lambda text, language: leavers.leaver_message(_leaver(text, ()), reader(language)),
    "leaver waits": lambda text, language: leavers.leaver_message(_leaver(text, CODES, BIG), reader(language)),
    "leaver owns": lambda text, language: leavers.rehome_message(_leaver(text, CODES), TOKEN, reader(language)),
    "several leavers": lambda text, language: leavers.which_message(_people(text), reader(language)),
    "several heirs": lambda text, language: leavers.which_heir_message(_people(text), TOKEN, reader(language)),
    "left": lambda text, language: leavers.closed_message(person(text), reader(language)),
}


for _reason in ("assign.nobody", "deadline.not_understood", "deadline.no_such_date", "settings.zone"):
    SCREENS[f"refusal {_reason}"] = lambda text, language, reason=_reason: Message(
        screens.refusal(Refused(reason, text=text[:4096], zone=text[:4096]), texts(language))
    )


def _cases() -> list:
    return [
        pytest.param(
            screen,
            value,
        )
        for screen in SCREENS
        for value in LONG
    ]


# hostile and long values


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("screen", SCREENS)
def test_hostile_text_is_shown_as_text(screen: str, value: str) -> None:
    for language in LANGUAGES:
        shown(SCREENS[screen](HOSTILE[value], language))


@pytest.mark.parametrize("screen", SCREENS)
def test_long_text_is_never_cut_inside_a_tag(screen: str) -> None:
    for language in LANGUAGES:
        for value in LONG.values():
            accepted(SCREENS[screen](value, language))


@pytest.mark.parametrize(("screen", "value"), _cases())
def test_long_text_still_fits_into_one_message(screen: str, value: str) -> None:
    for language in LANGUAGES:
        shown(SCREENS[screen](LONG[value], language))


def test_a_card_with_long_but_ordinary_values_fits() -> None:
    """As long as chat and files let them be: a title of 500, notes of 1,000, names that exist."""
    prose = "Trình dự thảo kế hoạch. " * 50
    whole = full_card(prose[:500], owner="Nguyễn Thị Mẫu Huệ", unit="Phòng Chuyển đổi số", assigner="A" * 40)
    usual = replace(whole, leader="B" * 40, coordinators=("Phòng Tài chính và Kế hoạch",) * 5)
    notes = tuple(replace(note, author="Nguyễn Thị Mẫu Huệ", text=prose[:1000]) for note in usual.notes)
    made = replace(usual, notes=notes)
    for language in LANGUAGES:
        for own in (True, False):
            shown(cards.percent_message(replace(made, own=own), reader(language)))
        known = {"cards": {1: made}, "people": {10: person("Nguyễn Thị Mẫu Huệ")}}
        for event in ("submitted", "returned"):
            shown(letter(TaskNews(1, event, 10, prose[:1000]), facts(language, **known), repeated=True))


def test_a_hostile_name_arrives_letter_by_letter() -> None:
    for value in ("tag", "closing tag", "entity", "link", "braces", "quotes"):
        for language in LANGUAGES:
            assert HOSTILE[value] in shown(SCREENS["own card"](HOSTILE[value], language))


def test_a_name_cannot_turn_the_sentence_around() -> None:
    assert clean(f"a{TURNED}b\0c\u2066d\ufeff\ud800") == "abcd"
    assert clean("👩\u200d👧\n👦") == "👩\u200d👧\n👦"


def test_decomposed_letters_are_composed() -> None:
    assert clean(HOSTILE["decomposed"]) == "Đặng Thị Huệ"
    assert short(unicodedata.normalize("NFD", "ế" * 10), 10) == "ế" * 10


def test_every_refusal_reads_well_in_every_language() -> None:
    details = {"code": "VP-001", "limit": 500, "text": HOSTILE["tag"], "zone": HOSTILE["closing tag"]}
    details |= {"n": 3, "number": 7, "name": HOSTILE["tag"], "country": HOSTILE["tag"], "near": "VN, PL"}
    details |= {
        "unit": HOSTILE["tag"],
        "codes": "VP-001, " * 90,
        "units": "Unit, " * 90,
        "field": "day",
        "known": "day, hour",
        "clock": "25:00",
        "opens": "08:00",
        "closes": "17:30",
    }
    details |= {"hours": "7", "target": "7", "title": HOSTILE["tag"]}
    reasons = {one.key.removeprefix("refused.") for one in refused() if "{}" not in one.key}
    reasons |= {f"forbidden.{action}" for action in Action if action is not Action.VIEW}
    reasons |= {f"not_now.{state}" for state in State}
    assert len(reasons) > 35
    for reason in reasons:
        for language in LANGUAGES:
            text = shown(Message(screens.refusal(Refused(reason, **details), texts(language))))
            assert "{" not in text


def test_a_refusal_in_a_toast_has_no_markup_left() -> None:
    words = screens.refusal(Refused("assign.nobody", text="<b>&"), texts("en"))
    assert "“<b>&”" in words.striptags()
    assert "&lt;" not in words.striptags()


# buttons


@pytest.mark.parametrize("screen", SCREENS)
def test_every_button_is_understood_again(screen: str) -> None:
    for language in LANGUAGES:
        for payload in payloads(SCREENS[screen]("x", language)):
            pressed = unpack(payload)
            assert pressed is not None
            assert pack(pressed.verb, *pressed.arguments) == payload


def test_a_payload_that_does_not_fit_is_refused_when_it_is_made() -> None:
    assert len(pack("as", TOKEN, "d", "9" * 48)) == 64
    with pytest.raises(ValueError, match="too long"):
        pack("as", TOKEN, "d", "9" * 49)
    with pytest.raises(ValueError, match="too long"):
        pack("x", "ạ" * 30)  # bytes, not letters


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("action", [action for action in Action if action is not Action.VIEW])
def test_every_button_of_a_card_has_its_typed_form(action: Action, language: str) -> None:
    message = cards.card_message(card(actions=frozenset({Action.VIEW, action})), reader(language), whole=True)
    wanted = ":1" if action is Action.URGENT else ""  # a second tap must not turn it back
    assert payloads(message) == [f"1:act:{action.value}:1{wanted}", "1:hist:1", "1:card:1"]
    assert keys(message)[0].text == texts(language).plain(f"button.{action}")
    assert keys(message)[0].text.startswith(choices.ICONS[action])
    name = choices.TYPED[action][0]
    assert f"<code>/{local_name(name, language)} VP-001" in message.text


def test_each_typed_form_does_what_its_button_does() -> None:
    assert {action: name for action, (name, _) in choices.TYPED.items()} == {
        Action.RECEIVE: "received",
        Action.REPORT: "progress",
        Action.SUBMIT: "done",
        Action.WITHDRAW: "withdraw",
        Action.ACCEPT: "accept",
        Action.RETURN: "return",
        Action.URGE: "urge",
        Action.SUSPEND: "suspend",
        Action.RESUME: "resume",
        Action.DROP: "drop",
        Action.EXTEND: "extend",
        Action.BLOCK: "blocked",
        Action.HAND_OVER: "handover",
        Action.DECLINE: "decline",
        Action.CLAIM: "cause",
        Action.REASSIGN: "reassign",
        Action.CONTRIBUTE: "contribute",
        Action.SNOOZE: "snooze",
        Action.EXPLAIN: "explain",
        Action.ACKNOWLEDGE: "acknowledge",
        Action.ATTACH: "evidence",
        Action.LADDER: "ladder",
        Action.URGENT: "urgent",
    }


def test_a_card_without_actions_has_only_its_history_and_no_commands() -> None:
    message = cards.card_message(card(actions=frozenset({Action.VIEW})), reader(), whole=True)
    assert payloads(message) == ["1:hist:1", "1:card:1"]
    assert "⌨️" not in message.text


def shown_actions(whole: bool) -> list[list[str]]:
    rows = choices.card_rows(full_card("x"), reader(), whole=whole)
    presses = [[unpack(str(key.callback_data)) for key in row] for row in rows]
    return [[press.text(0) for press in row if press.verb == "act"] for row in presses]


def test_what_is_seldom_needed_waits_behind_one_more_tap() -> None:
    assert [row for row in shown_actions(whole=False) if row] == [
        *(["receive", "report"], ["submit", "withdraw"]),
        *(["accept", "return"], ["urge", "resume"], ["acknowledge"]),
        ["contribute", "explain"],
        ["block", "extend", "hand_over"],
        ["snooze", "attach"],
    ]
    assert "1:more:9007199254740992" in payloads(cards.card_message(full_card("x"), reader()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_shows_the_labels_of_a_card_whole(language: str) -> None:
    rows = choices.card_rows(full_card("x"), reader(language), whole=True)
    crowded = [row for row in rows if len(row) > 2]
    assert all(len(key.text) <= choices.THREE_ABREAST for row in crowded for key in row)


def test_a_number_that_stands_in_the_words_of_a_report_is_not_said_twice() -> None:
    notes = (Note(NOW, "Mai", 60, "60% sent"), Note(NOW, "Mai", 50, "half sent"))
    text = shown(cards.card_message(card(notes=notes), reader()))
    assert "Mai: 60% sent" in text
    assert "Mai: 50 % half sent" in text


def test_a_request_of_today_has_waited_for_no_days() -> None:
    new = replace(_request("x", RequestKind.CAUSE), days_waiting=0)
    assert "x · Asked today" in shown(requests_message([new], reader()))


def test_the_whole_card_has_a_button_for_everything_that_can_be_done() -> None:
    buttons = [action for row in shown_actions(whole=True) for action in row]
    assert sorted(buttons) == sorted(action.value for action in Action if action is not Action.VIEW)


# lists


def many(number: int, **changed: object) -> list:
    return [card(f"Title {key}", {"id": key, "code": f"VP-{key:03d}"}, **changed) for key in range(1, number + 1)]


@pytest.mark.parametrize(
    ("start", "shown_here", "total", "arrows"),
    [
        (0, 8, 8, []),
        (0, 8, 19, ["1:list:late:8"]),
        (8, 8, 19, ["1:list:late:0", "1:list:late:16"]),
        pytest.param(
            16,
            3,
            19,
            ["1:list:late:8"],
        ),
    ],
)
def test_pages_lead_to_their_neighbours(start: int, shown_here: int, total: int, arrows: list[str]) -> None:
    message = lists.list_message(page(many(shown_here), start, total), reader(), "late")
    assert [payload for payload in payloads(message) if ":list:" in payload] == arrows
    assert (f"{start + 1}–{start + shown_here} of {total}" in shown(message)) is (total > shown_here)


def test_a_list_counts_all_and_opens_each() -> None:
    message = lists.list_message(page(many(8), 0, 22), reader("pl"), "tasks")
    assert "22" in shown(message).splitlines()[0]
    assert payloads(message)[:8] == [f"1:card:{key}" for key in range(1, 9)]


def test_own_lists_name_no_owner_and_other_lists_do() -> None:
    mine = lists.list_message(page([card(owner="Huệ")]), reader(), "tasks")
    late = lists.list_message(page([card(owner="Huệ")]), reader(), "late")
    assert "Huệ" not in shown(mine)
    assert "Huệ" in shown(late)


@pytest.mark.parametrize("kind", ["tasks", "late", "waiting"])
def test_an_empty_list_says_so(kind: str) -> None:
    for language in LANGUAGES:
        message = lists.list_message(page([]), reader(language), kind)
        assert shown(message) == texts(language).plain(f"list.{kind}.empty")
        assert message.keyboard is None


def test_the_choice_between_tasks_carries_what_is_to_be_done() -> None:
    made = lists.choose_message(page(many(4)), reader(), "submit", "act", Action.SUBMIT.value)
    assert payloads(made) == [f"1:act:submit:{key}" for key in range(1, 5)]
    assert [len(row) for row in made.keyboard.inline_keyboard] == [3, 1]


# fit


@pytest.mark.parametrize("rows", [0, 1, 39, 40, 41, 500])
def test_fit_never_cuts_a_line_and_counts_what_it_leaves_out(rows: int) -> None:
    made = [Markup("<b>{}</b> {}").format(number, "🔴" * 45) for number in range(rows)]
    text = fit(Markup("<i>Head</i>"), made, lambda n: Markup("and {} more").format(n), Markup("<i>Foot</i>"))
    parsed, _ = parse_html(str(text))
    assert units(parsed) <= LIMIT
    lines = str(text).splitlines()
    kept = [line for line in lines if line in {str(row) for row in made}]
    left = [int(line.split()[1]) for line in lines if line.startswith("and ")]
    assert kept == [str(row) for row in made[: len(kept)]]
    assert len(kept) + sum(left) == rows
    assert (lines[0], lines[-1]) == ("<i>Head</i>", "<i>Foot</i>")
    assert (left == []) is (len(kept) == rows)
    assert rows < 500 or len(kept) > 35  # the room is used


def test_width_is_what_telegram_counts() -> None:
    for source in ("<b>a</b>", "&lt;b&gt; &amp;", "🇻🇳👩‍👧", "ạ", '<a href="https://x.example">y</a>', "&#39;&#34;"):
        assert width(source) == units(parse_html(source)[0])


# cards


def test_the_title_is_in_the_readers_language_when_there_is_one() -> None:
    both = card(changes={"title": "Báo cáo", "titles": {"vi": "Báo cáo", "en": "Report", "pl": ""}})
    assert "Report" in shown(cards.card_message(both, reader("en")))
    assert "Báo cáo" not in shown(cards.card_message(both, reader("en")))
    assert "Báo cáo" in shown(cards.card_message(both, reader("pl")))  # none of its own
    assert "Report" in shown(lists.list_message(page([both]), reader("en"), "tasks"))


@pytest.mark.parametrize(
    ("changes", "state", "icon"),
    [
        ({"state": State.SUBMITTED}, TimeClass.OVERDUE, "🟡"),
        ({"state": State.COMPLETED}, TimeClass.ON_TIME, "🟢"),
        ({"state": State.COMPLETED}, TimeClass.LATE, "🟠"),
        ({"state": State.ASSIGNED}, TimeClass.OVERDUE, "🔴"),
        ({"state": State.ASSIGNED}, TimeClass.WITHIN, "⚪"),
        ({"state": State.RECEIVED}, TimeClass.WITHIN, "🔵"),
        ({"state": State.RECEIVED, "due_at": None}, TimeClass.NO_DEADLINE, "⚪"),
    ],
)
def test_the_colour_says_where_a_task_stands(changes: dict, state: TimeClass, icon: str) -> None:
    found = card(changes=changes, time_class=state)
    assert cards.icon(found) == icon
    assert shown(cards.card_message(found, reader())).startswith(icon)


def test_a_card_says_how_late_it_is_in_working_days() -> None:
    late = card(time_class=TimeClass.OVERDUE, days_late=2)
    was = card(changes={"state": State.COMPLETED}, time_class=TimeClass.LATE, days_late=1)
    assert "2 working days overdue" in shown(cards.card_message(late, reader()))
    assert "2 dni robocze" in shown(cards.card_message(late, reader("pl")))
    assert "completed 1 working day late" in shown(cards.card_message(was, reader()))


def test_the_newest_reports_stand_on_the_card() -> None:
    text = shown(cards.card_message(full_card("x"), reader()))
    assert "Mon 7 Dec, x: 20 % x" in text
    assert "Mon 7 Dec, x: x" in text


@pytest.mark.parametrize(("own", "words"), [(True, "No evidence yet"), (False, "⚠️ No evidence")])
def test_a_submission_without_its_product_says_so_to_both_sides(own: bool, words: str) -> None:
    bare = card(changes={"state": State.SUBMITTED}, own=own)
    assert words in shown(cards.card_message(bare, reader()))
    for other in (
        replace(bare, task=replace(bare.task, product="")),
        replace(bare, task=replace(bare.task, state=State.IN_PROGRESS)),
        replace(bare, evidence=samples.evidence()),
    ):
        assert words not in shown(cards.card_message(other, reader()))


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0, "0.1 kB"), (1024, "1 kB"), (150_000, "146.5 kB"), (20 * 1024 * 1024, "20 MB"), (3_000_000_000, "2,861 MB")],
)
def test_sizes_are_said_as_people_read_them(amount: int, words: str) -> None:
    assert pieces.size(amount, texts("en")) == words
    assert pieces.size(1_400_000, texts("pl")) == pieces.size(1_400_000, texts("vi")) == "1,3 MB"


def test_a_reader_who_may_add_nothing_still_gets_the_command_and_the_button() -> None:
    message = cards.card_message(card(evidence=samples.evidence(), actions=frozenset({Action.VIEW})), reader())
    assert payloads(message) == ["1:files:1", "1:more:1"]
    whole = card(evidence=samples.evidence(), actions=frozenset({Action.VIEW}))
    assert "/evidence VP-001" in shown(cards.card_message(whole, reader(), whole=True))


def test_only_others_are_told_that_the_owner_cannot_be_reached() -> None:
    alone = card(owner="Huệ", owner_reachable=False)
    assert "📵" not in shown(cards.card_message(alone, reader()))
    assert "📵" in shown(cards.card_message(replace(alone, own=False), reader()))


# dates


@pytest.mark.parametrize(
    ("language", "hanoi", "warsaw"),
    [
        ("vi", "Th 5 10/12/2026 17:00", "Th 5 10/12/2026 11:00"),
        ("en", "Thu 10 Dec 2026 17:00", "Thu 10 Dec 2026 11:00"),
        ("pl", "czw. 10.12.2026 17:00", "czw. 10.12.2026 11:00"),
    ],
)
def test_a_deadline_is_shown_in_the_readers_zone_with_the_day_first(language: str, hanoi: str, warsaw: str) -> None:
    assert dates.moment(DUE, HANOI, language) == hanoi
    assert hanoi in shown(cards.card_message(card(), reader(language, HANOI)))
    assert warsaw in shown(cards.card_message(card(), reader(language, WARSAW)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_near_midnight_the_day_is_the_readers_own(language: str) -> None:
    late = DUE.replace(hour=18)  # 01:00 on Friday in Hanoi, 19:00 on Thursday in Warsaw
    assert "11" in dates.day(late, HANOI, language)
    assert "10" in dates.day(late, WARSAW, language)
    assert (dates.clock(late, HANOI), dates.clock(late, WARSAW)) == ("01:00", "19:00")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_to_be_confirmed_names_zone_and_offset(language: str) -> None:
    text = shown(screens.ask_confirmation(person(), "Title", "Report", deadline(), TOKEN, reader(language)))
    assert "17:00 (Asia/Ho_Chi_Minh, UTC+07:00)" in text
    assert text.index("10") < text.index("2026")
    assert "UTC+01:00" in dates.full(DUE, WARSAW, language)
    assert "UTC+02:00" in dates.full(DUE.replace(month=7), WARSAW, language)
    assert "UTC-03:30" in dates.full(DUE, "America/St_Johns", language)


# the assigning dialogue


def test_a_day_off_offers_the_same_hour_on_the_working_days_around() -> None:
    message = screens.ask_confirmation(person(), "Title", "Report", deadline(day_off=True), TOKEN, reader())
    before, after = (int(unpack(payload).text(2)) for payload in payloads(message)[:2])
    assert (before, after) == tuple(screens.stamp(DUE + timedelta(days=days)) for days in (-1, 1))
    assert "day off" in shown(message)
    assert "day off" not in shown(screens.ask_confirmation(person(), "Title", "Report", deadline(), TOKEN, reader()))


def test_whoever_assigns_is_told_that_the_owner_cannot_be_reached() -> None:
    def asked(one: Person) -> str:
        return shown(screens.ask_confirmation(one, "Title", "Report", None, TOKEN, reader()))

    assert "📵" not in asked(person())
    assert "📵" in asked(person(account=None))
    assert "📵" in asked(person(unreachable_since=NOW))


def test_no_deadline_is_said_and_can_be_chosen() -> None:
    assert "no deadline" in shown(screens.ask_confirmation(person(), "Title", "Report", None, TOKEN, reader()))
    asked = screens.ask_deadline("Huệ", [DUE], TOKEN, reader())
    assert f"1:as:{TOKEN}:d:0" in payloads(asked)
    assert f"1:as:{TOKEN}:d:{screens.stamp(DUE)}" in payloads(asked)


def test_every_step_of_the_dialogue_can_be_cancelled() -> None:
    steps = [
        screens.ask_person([person()], TOKEN, reader()),
        screens.ask_deadline("Huệ", [DUE], TOKEN, reader()),
        screens.ask_title(reader()),
        screens.ask_confirmation(person(), "Title", "Report", None, TOKEN, reader()),
    ]
    for message in steps:
        shown(message)
        assert "1:cancel" in payloads(message)


# summary


def test_a_summary_of_a_large_organisation_fits_and_counts_the_rest() -> None:
    for language in LANGUAGES:
        text = shown(summary_message(figures("Phòng Nội vụ", 500, 1000), reader(language), names=True))
        units_shown = sum(line == "Phòng Nội vụ" for line in text.splitlines())
        late_shown = len(re.findall(r"^🔴 VP-\d+", text, re.MULTILINE))
        t = texts(language)
        assert t.plain("summary.more", n=500 - units_shown) in text.splitlines()
        assert t.plain("summary.more", n=1000 - late_shown) in text.splitlines()
        assert units_shown > 5
        assert late_shown > 2


@pytest.mark.parametrize("name", ["Phòng Nội vụ", "Phòng Chuyển đổi số và Cải cách hành chính, Trung tâm Phục vụ " * 2])
@pytest.mark.parametrize("names", [True, False])
def test_a_summary_with_everything_at_once_still_fits(name: str, names: bool) -> None:
    """Too long a text would be refused, and the post lost."""
    many = range(60)
    full = figures(
        name,
        len(many),
        300,
        total=unit_figures(name, **dict.fromkeys((*CLASSES, *OPEN, *WEEK, "due_next", "waiting"), 12345)),
        lost=(name,) * len(many),
        ranks=tuple(Rank(3, name, 345, 678, place=n, ranked=len(many), moved=n - 2) for n in many),
        briefing=tuple(UrgedTask(f"VP-{n:03d}", name, {}, name, 4) for n in many),
        obstacles=tuple(Obstacle(n, f"VP-{n:03d}", name, n, name * 2, (name, name)) for n in many),
        delivered=Delivered(99999, 9999, 999, 999, 999, 999),
        chain="1234567-0123456789abcdef",
    )
    for language in LANGUAGES:
        more = {"late": True, "again": NOW, "links": Links("bot", 1), "corrected": Corrected(NOW, "why " * 75)}
        text = shown(summary_message(full, reader(language), names=names, **more))
        assert text.splitlines()[-1] == "🔗 1234567-0123456789abcdef"


def test_a_summary_without_names_shows_no_person() -> None:
    late = replace(figures(late=1).late_tasks[0], owner="Nguyễn Mẫu Huệ", title="Secret", code="VP-777")
    found = figures(late_tasks=(late,))
    for language in LANGUAGES:
        with_names = shown(summary_message(found, reader(language), names=True))
        without = shown(summary_message(found, reader(language), names=False))
        assert "Nguyễn Mẫu Huệ" in with_names
        assert "Secret" in with_names
        for hidden in ("Nguyễn", "Secret", "VP-777"):
            assert hidden not in without
        assert shown(letter(Summary(1), facts(language, figures=found, names=False))) == without
        assert shown(letter(Summary(1), facts(language, figures=found))) == with_names


def test_every_rate_names_its_denominator() -> None:
    text = shown(summary_message(figures(), reader(), names=False))
    assert "On-time rate: 75 % (3 of 4 completed with a deadline)" in text
    assert "Overdue share: 20 % (2 of 10 with a deadline)" in text


def test_a_rate_without_a_denominator_is_a_dash() -> None:
    assert rate(0, 0) == "—"
    assert (rate(0, 7), rate(1, 3), rate(7, 7)) == ("0 %", "33 %", "100 %")
    nothing = dict.fromkeys(("on_time", "late", "within", "overdue"), 0)
    bare = figures(total=unit_figures(**nothing, no_deadline=4, open=0, updated=0))
    for language in LANGUAGES:
        text = shown(summary_message(bare, reader(language), names=True))
        assert text.count("—") >= 2
        assert " % " not in text


def test_a_summary_shows_every_class_and_the_period_in_its_own_zone() -> None:
    found = figures(total=unit_figures(on_time=11, late=22, within=33, overdue=44, no_deadline=55, due_next=66))
    text = shown(summary_message(found, reader(zone=WARSAW), names=False))
    for number in (11, 22, 33, 44, 55, 66, 165):
        assert re.search(rf"\b{number}\b", text), number
    assert "Mon 30 Nov 2026 09:00 – Mon 7 Dec 2026 09:00" in text


def test_a_summary_of_nothing_says_so() -> None:
    nothing = dict.fromkeys(("on_time", "late", "within", "overdue", "no_deadline"), 0)
    text = shown(summary_message(figures(total=unit_figures(**nothing)), reader(), names=True))
    assert "There are no tasks to count." in text
    assert "%" not in text


def test_late_tasks_keep_their_order_and_the_readers_language() -> None:
    first, second = figures(late=2).late_tasks
    found = figures(late_tasks=(replace(first, titles={"pl": "Sprawozdanie"}), second))
    text = shown(summary_message(found, reader("pl"), names=True))
    assert text.index("VP-000") < text.index("VP-001")
    assert "Sprawozdanie" in text
    assert "Sprawozdanie" not in shown(summary_message(found, reader("vi"), names=True))


def test_a_preview_says_that_it_is_one() -> None:
    for language in LANGUAGES:
        real = shown(summary_message(figures(), reader(language), names=True))
        preview = shown(summary_message(figures(), reader(language), names=True, preview=True))
        different = [one != other for one, other in zip(preview.splitlines(), real.splitlines(), strict=True)]
        assert [number for number, so in enumerate(different) if so] == [1]


# letters


def _mixed() -> tuple[Reminders, dict]:
    today = NOW.replace(hour=10)
    known = {
        1: card("Coming", {"id": 1, "code": "A-001"}),
        2: card("Today", {"id": 2, "code": "A-002", "due_at": today}),
        3: card("Late", {"id": 3, "code": "A-003"}, time_class=TimeClass.OVERDUE, days_late=2),
        4: card("Pass on", {"id": 4, "code": "A-004"}, own=False, owner="Huệ", owner_reachable=False),
        5: card("Escalated", {"id": 5, "code": "A-005"}, own=False, owner="An", time_class=TimeClass.OVERDUE),
    }
    names = {1: "before-3", 2: "due-day", 3: "overdue-1", 4: "before-1", 5: "tell-head"}
    return Reminders(tuple(Step(key, name, "") for key, name in names.items())), known


@pytest.mark.parametrize("language", LANGUAGES)
def test_reminders_are_grouped_by_what_they_ask(language: str) -> None:
    notice, known = _mixed()
    message = letter(notice, facts(language, cards=known))
    text = shown(message)
    t = texts(language)
    groups = [("escalated", 5), ("pass_on", 4), ("overdue", 3), ("today", 2), ("coming", 1)]
    headings = [shown(Message(t(f"letter.{name}"))) for name, _ in groups]
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    for (_, number), start, end in zip(groups, places, [*places[1:], len(text)], strict=True):
        assert re.findall(r"A-\d+", text[start:end]) == [f"A-{number:03d}"]
    assert message.tasks == (1, 2, 3, 4, 5)


def test_a_group_without_tasks_has_no_heading() -> None:
    notice, known = _mixed()
    text = shown(letter(Reminders(notice.steps[:2]), facts(cards=known)))
    assert "Overdue" not in text
    assert "pass on" not in text


def test_today_is_today_in_the_readers_zone() -> None:
    due = NOW.replace(hour=23)  # Tuesday 06:00 in Hanoi, Monday midnight has not come in London
    known = {key: card("x", {"id": key, "due_at": due}) for key in (1, 2)}
    notice = Reminders((Step(1, "before-2h", ""), Step(2, "before-2h", "")))
    assert "Coming up" in shown(letter(notice, facts(zone=HANOI, cards=known)))
    assert "Due today" in shown(letter(notice, facts(zone="Europe/London", cards=known)))
    later = replace(facts(zone=HANOI, cards=known), now=NOW.replace(hour=18))  # 01:00 on Tuesday in Hanoi
    assert "Due today" in shown(letter(notice, later))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_single_own_task_comes_as_its_card_with_buttons(language: str) -> None:
    one = card("Title", {"id": 7})
    message = letter(Reminders((Step(7, "before-1", ""),)), facts(language, cards={7: one}))
    assert shown(cards.card_message(one, reader(language))) in shown(message)
    assert payloads(message) == ["1:act:report:7", "1:act:submit:7", "1:more:7"]
    assert message.tasks == (7,)


def test_two_steps_of_one_task_are_said_once_by_the_later() -> None:
    other = card("Other", {"id": 2, "code": "A-002"}, own=False)
    known = {1: card("One", {"code": "A-001"}, own=False, time_class=TimeClass.OVERDUE), 2: other}
    notice = Reminders((Step(1, "overdue-3", ""), Step(1, "tell-head", ""), Step(2, "before-1", "")))
    text = shown(letter(notice, facts(cards=known)))
    assert text.count("A-001") == 1
    assert "reported to the next level up" in text


def test_each_task_of_a_longer_letter_can_be_opened_and_done_with_one_tap() -> None:
    notice, known = _mixed()
    own = {key: one for key, one in known.items() if one.own}
    message = letter(Reminders(notice.steps[:3]), facts(cards=own))
    said = shown(message)
    order = sorted(own, key=lambda key: said.index(own[key].task.code))  # the same order as in the text
    assert payloads(message) == [
        payload for key in order for payload in (f"1:show:{key}", f"1:askpct:{key}", f"1:act:submit:{key}:l")
    ]


def test_a_letter_about_very_many_tasks_fits_and_has_few_buttons() -> None:
    notice, known = _reminders("Title", 300)
    for language in LANGUAGES:
        message = letter(notice, facts(language, cards=known))
        left = 300 - shown(message).count("VP-001")
        assert 0 < left < 290
        assert len(message.keyboard.inline_keyboard) == BUTTON_ROWS


def test_a_letter_that_is_too_long_counts_tasks_and_not_headings() -> None:
    late = {key: card("Late", {"id": key}, time_class=TimeClass.OVERDUE) for key in range(200)}
    soon = {key: card("Soon", {"id": key}) for key in range(200, 400)}
    notice = Reminders(tuple(Step(key, "before-1", "") for key in range(400)))
    text = shown(letter(notice, facts(cards={**late, **soon})))
    left = int(re.search(r"and (\d+) more", text)[1])
    assert text.count("VP-001") + left == 400


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_repeated_letter_says_so(language: str) -> None:
    notice, known = _mixed()
    once = letter(notice, facts(language, cards=known))
    again = letter(notice, facts(language, cards=known), repeated=True)
    warning = texts(language).plain("letter.repeated")
    assert warning not in shown(once)
    assert shown(again) == f"{warning}\n\n{shown(once)}"
    assert (again.tasks, payloads(again)) == (once.tasks, payloads(once))


def test_a_full_letter_still_fits_when_it_is_repeated() -> None:
    for language in LANGUAGES:
        for number in range(1, 80):  # some length leaves no room at all
            people = {key: person("x" * number, id=key) for key in range(200)}
            shown(letter(Unreachables(tuple(people)), facts(language, people=people), repeated=True))


@pytest.mark.parametrize("event", ["assigned", "submitted", "completed", "returned"])
def test_news_names_who_did_it_and_shows_the_card(event: str) -> None:
    known = {"cards": {1: card("Title")}, "people": {10: person("Nguyễn Mẫu An")}}
    for language in LANGUAGES:
        message = letter(TaskNews(1, event, 10, "annex 2"), facts(language, **known))
        text = shown(message)
        assert "Nguyễn Mẫu An" in text.splitlines()[0]
        assert "💬 annex 2" in text
        assert text.endswith(shown(cards.card_message(card("Title"), reader(language))))
        assert message.tasks == (1,)


def test_a_task_from_a_file_is_assigned_by_nobody() -> None:
    text = shown(letter(TaskNews(1, "assigned"), facts(cards={1: card(assigner="")})))
    assert text.splitlines()[0] == "🆕 New task"


def test_the_list_of_unreachable_people_says_why_and_what_waits() -> None:
    people = {
        1: person("Never", id=1, account=None, open=3, overdue=1),
        2: person("Blocked", id=2, unreachable_reason="blocked"),
        3: person("Other", id=3, unreachable_reason="deactivated"),
    }
    text = shown(letter(Unreachables((1, 2, 3, 99)), facts(people=people)))
    assert "3 people" in text
    assert "Never · Plain" not in text
    assert "Never · Never: has not started the bot, open tasks 3, overdue 1" in text
    assert "Blocked · Blocked: has blocked the bot" in text
    assert "Other · Other: cannot be written to" in text


def test_a_letter_nobody_taught_is_an_error_and_not_silence() -> None:
    with pytest.raises(TypeError, match="no words"):
        letter(Summary(1), facts())


def test_a_lost_chat_of_the_whole_organisation_says_so() -> None:
    assert "the whole organisation" in shown(letter(ChatLost("Lãnh đạo", None), facts()))


# joining, home, team


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_privacy_notice_names_the_keeper_and_can_be_read_in_every_language(language: str) -> None:
    message = screens.privacy(invitation("UBND"), CODE, language, "dpo@example.org")
    assert "UBND" in shown(message)
    assert shown(message).count("dpo@example.org") == 2
    others = [f"1:notice:{other}:{CODE}" for other in LANGUAGES if other != language]
    assert payloads(message) == [f"1:join:{CODE}:{language}", *others]
    bare = shown(screens.privacy(invitation("UBND"), CODE, language, ""))
    assert texts(language).plain("join.whom_default") in bare
    assert "()" not in bare


def test_settings_mark_what_is_chosen_and_show_the_clock_there() -> None:
    message = screens.settings(me(language="pl", zone=WARSAW), NOW)
    assert [key.text for key in keys(message) if key.text.startswith("• ")] == ["• Polski", f"• {WARSAW}"]
    assert "03:00" in shown(message)
    assert "09:00" in shown(screens.settings(me(), NOW))


def test_home_tells_the_roles_in_words_and_whether_letters_arrive() -> None:
    for language in LANGUAGES:
        text = shown(screens.home(me(language=language)))
        assert texts(language).plain("role.head") in text
        assert dates.moment(NOW, HANOI, language) in text
        never = shown(screens.home(replace(me(language=language), last_letter=None)))
        assert texts(language).plain("start.never") in never


def test_a_large_team_fits_and_counts_the_rest() -> None:
    for language in LANGUAGES:
        text = shown(screens.team_message(team("Nguyễn Mẫu Huệ", 400), reader(language)))
        lines = text.splitlines()
        people = [line for line in lines if line.startswith(("📵 Nguyễn", "🔵 Nguyễn", "⚪ Nguyễn", "🔴 Nguyễn"))]
        assert texts(language).plain("team.more", n=400 - len(people)) in lines
        assert len(people) > 20


def test_a_team_names_whom_the_bot_cannot_reach() -> None:
    two = team("x", 0)
    people = (person("Reached", open=1), person("Lost", account=None), person("Late", open=2, overdue=1, waiting=1))
    message = screens.team_message(replace(two, people=people), reader())
    text = shown(message)
    assert "3 people · open 3 · overdue 1 · to confirm 1" in text
    assert "📵 Lost — open 0, overdue 0" in text
    assert "🔴 Late — open 2, overdue 1" in text
    assert "🔵 Reached" in text
    assert "by the bot: Lost." in text
    assert payloads(message)[:3] == ["1:list:late:0", "1:list:waiting:0", f"1:team:{BIG - 1}"]
    assert [key.text for key in keys(message)][:3] == ["🔴 Overdue (4)", "👍 To confirm (5)", "x · 🔴 1"]


def test_commands_on_a_card_are_ready_to_be_copied() -> None:
    text, entities = parse_html(str(cards.card_message(card(), reader("vi")).text))
    copied = [slice_units(text, one["offset"], one["length"]) for one in entities if one["type"] == "code"]
    assert copied[:2] == ["/tiendo VP-001 60", "/xong VP-001"]


def test_a_task_of_the_largest_id_still_has_all_its_buttons() -> None:
    huge = card("x", {"id": BIG}, actions=frozenset(Action))
    whole = payloads(cards.card_message(huge, reader(), whole=True))
    assert len(whole) == len(Action) + 1  # all but VIEW, the history and the way back
    assert len(payloads(cards.percent_message(huge, reader()))) == 7


def test_a_letter_to_a_substitute_has_one_heading_for_each_owner() -> None:
    names = ["Ann", "Bea", "Ann", "Bea", "Ann"]
    notice, known = _reminders("x", 5)
    for key, name in enumerate(names):
        known[key] = replace(known[key], owner=name, away=Away(name, "Sub", DUE.date()), stands_in=True)
    text = shown(letter(notice, facts(cards=known)))
    assert text.count("For Ann, who is away until Thu 10 Dec") == 1
    assert text.count("For Bea, who is away until Thu 10 Dec") == 1
    assert "cannot reach" not in text


def test_whoever_is_away_is_no_silent_person_in_the_team() -> None:
    people = (person("Ann", account=None), person("Bea", account=None, away=True))
    text = shown(screens.team_message(replace(team("Unit", 0), people=people), reader()))
    assert "🏖️ Bea" in text
    assert "Not reachable by the bot: Ann." in text
