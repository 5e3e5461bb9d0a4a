"""The other things the bot shows: joining, home, settings, help, a unit, the assigning dialogue, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from handlers.buttons import Row, button, keyboard, stamp
from handlers.commands import local_name
from handlers.ports import Deadline, Invitation, Me, Refused, Team
from handlers.views import dates
from handlers.views.message import Message, fit, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.texts import LANGUAGES, NAMES, Texts, short, texts
from storage.records import Person, Unit

EXAMPLE = "VP-001"
MOST_UNITS = 40  # buttons for other units under one message; Telegram allows 100
ZONES = ("Asia/Ho_Chi_Minh", "Europe/Warsaw")


def reader_of(me: Me) -> Reader:
    """The reader that a member is."""
    return Reader(me.language, me.zone)


def refusal(refused: Refused, t: Texts) -> Markup:
    """Why something cannot be done, and what to do instead."""
    key = "stranger" if refused.reason == "stranger" else f"refused.{refused.reason}"
    details = dict(refused.details)
    if "hours" in details:
        details["hours"] = dates.hours(str(details["hours"]))
    return t(key, **{"example": EXAMPLE, **details})


def privacy(invitation: Invitation, code: str, language: str, contact: str) -> Message:
    """The notice before joining: who holds what, why, how long, and the rights. Nothing is stored until ✔️."""
    t = texts(language)
    text = t(
        "join.notice",
        name=invitation.name,
        unit=invitation.unit,
        organisation=invitation.organisation,
        contact=t("join.contact", contact=contact) if contact else "",
        whom=contact or t.plain("join.whom_default"),
    )
    rows = [
        [button(t.plain("button.agree"), "join", code, language)],
        [button(NAMES[other], "notice", other, code) for other in LANGUAGES if other != language],
    ]
    return Message(paragraphs(text, t("join.typed")), keyboard(rows))


def welcome(me: Me) -> Message:
    """The account is linked."""
    return Message(reader_of(me).texts("join.welcome", name=me.member.name, unit=me.unit, zone=me.zone))


def home(me: Me) -> Message:
    """Who I am here, and whether letters arrive."""
    t = texts(me.language)
    last = dates.moment(me.last_letter, me.zone, me.language) if me.last_letter else t.plain("start.never")
    text = t(
        "start.home",
        name=me.member.name,
        unit=me.unit,
        roles=", ".join(t.plain(f"role.{role}") for role in sorted(me.roles)),
        language=NAMES[me.language],
        zone=me.zone,
        last=last,
    )
    rows = [
        [button(t.plain("button.my_tasks"), "list", "tasks", 0), button(t.plain("button.settings"), "settings")],
        [button(t.plain("button.away"), "away")],
    ]
    return Message(text, keyboard(rows))


def settings(me: Me, now: datetime) -> Message:
    """Language, zone and the hour of the agenda."""
    t = texts(me.language)
    text = paragraphs(
        t("settings.title", language=NAMES[me.language], zone=me.zone, clock=dates.clock(now, me.zone)),
        t("settings.agenda", clock=me.agenda),
    )
    languages = [button(("• " if code == me.language else "") + name, "lang", code) for code, name in NAMES.items()]
    more = [button(t.plain("button.calendar"), "calendar"), button(t.plain("button.away"), "away")]
    zones = [button(("• " if zone == me.zone else "") + zone, "zone", zone) for zone in ZONES]
    hours = [button(("• " if one == me.agenda else "⏰ ") + one, "hour", one.replace(":", "")) for one in me.hours]
    return Message(text, keyboard([languages, zones, hours, more]))


def help_message(commands: Sequence[str], language: str) -> Message:
    """What the reader can do, from the table of routes."""
    t = texts(language)
    rows = []
    for command in commands:
        usage = f" {t.plain(f'usage.{command}')}" if t.has(f"usage.{command}") else ""
        name = local_name(command, language)
        rows.append(t("help.line", command=name + usage, text=t.plain(f"menu.{command}")))
    return Message(paragraphs(t("help.title"), lines(rows), t("help.buttons"), t("help.rules")))


def team_message(team: Team, reader: Reader) -> Message:
    """One unit: its people with their work, and who cannot be reached."""
    t = reader.texts
    sums = {name: sum(getattr(person, name) for person in team.people) for name in ("open", "overdue", "waiting")}
    head = lines([t("team.title", unit=team.unit.name), t("team.people", n=len(team.people), **sums), Markup("")])
    rows = [
        t(
            "team.line",
            icon=_light(person),
            name=short(person.member.name, 60),
            open=person.open,
            overdue=person.overdue,
        )
        for person in team.people
    ]
    lost = [short(one.member.name, 60) for one in team.people if not (one.member.reachable or one.away)]
    foot = Markup("\n") + t("team.unreachable", names=short(", ".join(lost), 600)) if lost else Markup()
    buttons: list[Row] = [
        [
            button(t.plain("button.late", n=team.overdue), "list", "late", 0),
            button(t.plain("button.waiting", n=team.waiting), "list", "waiting", 0),
        ]
    ]
    others = [(unit, overdue) for unit, overdue in team.units if unit.id != team.unit.id]
    buttons += [
        [button(short(unit.name, 40) + (f" · 🔴 {overdue}" if overdue else ""), "team", unit.id)]
        for unit, overdue in others[:MOST_UNITS]
    ]
    return Message(fit(head, rows, lambda n: t("team.more", n=n), foot), keyboard(buttons))


def _light(person: Person) -> str:
    if person.away:
        return "🏖️"
    if not person.member.reachable:
        return "📵"
    return "🔴" if person.overdue else ("🔵" if person.open else "⚪")


def ask_person(people: Sequence[Person], token: str, reader: Reader, text: str = "") -> Message:
    """Who is to do it? `text`: what was typed and fits several."""
    t = reader.texts
    head = t("assign.several", text=text) if text else lines([t("assign.who"), t("assign.one_line")])
    rows = [
        [button(short(f"{person.member.name} · {person.unit}", 60), "as", token, "p", person.member.id)]
        for person in people
    ]
    return Message(head, keyboard([*rows, _cancel(t)]), ask=True)


def ask_deadline(name: str, choices: Sequence[datetime], token: str, reader: Reader) -> Message:
    """Until when? The ends of the next working days as buttons."""
    t = reader.texts
    picks = [
        button(
            f"{dates.day(at, reader.zone, reader.language)} {dates.clock(at, reader.zone)}", "as", token, "d", stamp(at)
        )
        for at in choices
    ]
    rows = [picks[i : i + 2] for i in range(0, len(picks), 2)]
    rows.append([button(t.plain("button.no_deadline"), "as", token, "d", 0)])
    return Message(t("assign.when", name=name), keyboard([*rows, _cancel(t)]), ask=True)


def ask_title(reader: Reader) -> Message:
    """What is to be done?"""
    return Message(reader.texts("assign.what"), keyboard([_cancel(reader.texts)]), ask=True)


def ask_product(usual: Sequence[str], token: str, reader: Reader) -> Message:
    """What is to come out of it? The usual products of the unit as buttons."""
    t = reader.texts
    rows = [[button(short(product, 40), "as", token, "r", index)] for index, product in enumerate(usual)]
    return Message(t("assign.product"), keyboard([*rows, _cancel(t)]), ask=True)


def ask_confirmation(
    person: Person,
    title: str,
    product: str,
    deadline: Deadline | None,
    token: str,
    reader: Reader,
    *,
    urgent: bool = False,
) -> Message:
    """What was understood, with nothing left to guess; stored only after ✔️."""
    t = reader.texts
    due = dates.full(deadline.at, deadline.zone, reader.language) if deadline else t.plain("assign.no_deadline")
    warnings = [] if person.member.reachable else [t("assign.unreachable", name=person.member.name)]
    rows: list[Row] = []
    if deadline is not None and deadline.day_off:
        warnings += [t("assign.day_off"), *provisional_note(deadline, t)]
        rows.append(around(deadline, reader, "as", token, "d"))
    if urgent:
        warnings.append(t("assign.urgent"))
    rows.append(
        [button(t.plain("button.not_urgent" if urgent else "button.urgent"), "as", token, "u", int(not urgent))]
    )
    rows.append([button(t.plain("button.confirm"), "as", token, "ok", 1), *_cancel(t)])
    text = t(
        "assign.confirm", name=person.member.name, unit=person.unit, title=short(title, 600), due=due, product=product
    )
    return Message(paragraphs(text, lines(warnings)), keyboard(rows))


def provisional_note(deadline: Deadline, t: Texts) -> list[Markup]:
    """What is to be said of a day off that nobody has announced yet."""
    return [t("deadline.provisional")] if deadline.provisional else []


def around(deadline: Deadline, reader: Reader, *payload: str) -> Row:
    """The same hour on the working days before and after, as buttons whose payload ends in the moment."""
    verb, *before = payload
    return [
        button(
            dates.day(day, deadline.zone, reader.language),
            verb,
            *before,
            stamp(dates.same_clock(deadline.at, day, deadline.zone)),
        )
        for day in (deadline.working_before, deadline.working_after)
        if day is not None
    ]


def _cancel(t: Texts) -> Row:
    return [button(t.plain("button.cancel"), "cancel")]


def link_message(code: str, unit: Unit, choices: Sequence[Unit], reader: Reader) -> Message:
    """How to bind a leadership channel."""
    t = reader.texts
    others = [choice for choice in choices if choice.id != unit.id][:MOST_UNITS]
    text = paragraphs(t("link.code", unit=unit.name, code=code), t("link.other") if others else Markup())
    return Message(text, keyboard([[button(short(choice.name, 40), "linkto", choice.id)] for choice in others]))
