"""The commands of the chat: one table for handlers, /help, menus and the typed forms on cards.

Names are English and work for everyone; the aliases are what readers of that language see.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A command. `deed` says who sees it: empty for every member, otherwise those who may do that deed.

    `menu` False: only in /help and on cards, so that Telegram's menu stays short; it has a button anyway.
    """

    name: str
    vi: str = ""
    pl: str = ""
    deed: str = ""
    menu: bool = True

    @property
    def names(self) -> list[str]:
        """Everything it can be called."""
        return [name for name in (self.name, self.vi, self.pl) if name]


COMMANDS = (
    Command("tasks", "viec", "zadania"),
    Command("task", "xemviec", "zadanie", menu=False),
    Command("history", "lichsu", "historia", menu=False),
    Command("received", "danhan", "odebrane", menu=False),
    Command("progress", "tiendo", "postep"),
    Command("done", "xong", "gotowe"),
    Command("evidence", "minhchung", "zalacznik", menu=False),
    Command("withdraw", "rutlai", "cofnij", menu=False),
    Command("extend", "giahan", "przedluz"),
    Command("blocked", "vuong", "przeszkoda"),
    Command("handover", "bangiao", "przekaz", menu=False),
    Command("decline", "khongnhan", "odmow", menu=False),
    Command("cause", "nguyennhan", "przyczyna", menu=False),
    Command("explain", "giaitrinh", "wyjasnij", menu=False),
    Command("snooze", "hoannhac", "odloz", menu=False),
    Command("ladder", "nhac", "przypominanie", menu=False),
    Command("mute", "tatnhac", "wycisz", menu=False),
    Command("contribute", "phoihop", "wklad", menu=False),
    Command("away", "vangmat", "nieobecny", menu=False),
    Command("back", "trolai", "wrocilem", menu=False),
    Command("requests", "choduyet", "wnioski", deed="assign"),
    Command("approve", "duyet", "zatwierdz", menu=False),
    Command("refuse", "tuchoi", "odrzuc", menu=False),
    Command("assign", "giaoviec", "zlec", deed="assign"),
    Command("recurring", "dinhky", "cykliczne", deed="assign", menu=False),
    Command("accept", "chapnhan", "przyjmij", deed="assign", menu=False),
    Command("return", "tralai", "zwroc", deed="assign", menu=False),
    Command("reassign", "chuyenviec", "przydziel", deed="assign", menu=False),
    Command("urge", "dondoc", "ponaglij", deed="team", menu=False),
    Command("urgent", "khan", "pilne", deed="assign", menu=False),
    Command("acknowledge", "theodoi", "dopilnuje", deed="assign", menu=False),
    Command("suspend", "tamdung", "wstrzymaj", deed="assign", menu=False),
    Command("resume", "tieptuc", "wznow", deed="assign", menu=False),
    Command("drop", "huyviec", "anuluj", deed="assign", menu=False),
    Command("team", "donvi", "zespol", deed="team"),
    Command("late", "quahan", "spoznione", deed="team"),
    Command("leaver", "nghiviec", "odejscie", deed="leaver", menu=False),
    Command("summary", "tonghop", "podsumowanie", deed="summary"),
    Command("chart", "bieudo", "wykres", deed="summary", menu=False),
    Command("export", "xuatdulieu", "eksport", deed="summary", menu=False),
    Command("mysheet", "phieu", "arkusz", menu=False),
    Command("index", "chiso", "indeks", menu=False),
    Command("link", deed="link"),
    Command("calendar", menu=False),
    Command("settings"),
    Command("help"),
    Command("cancel", menu=False),
    Command("start", menu=False),
)
BY_NAME = {command.name: command for command in COMMANDS}
_CANONICAL = {name: command.name for command in COMMANDS for name in command.names}
FOR_STRANGERS = ("start", "help")


def local_name(name: str, language: str) -> str:
    """What the command is called in that language."""
    command = BY_NAME[name]
    return {"vi": command.vi, "pl": command.pl}.get(language) or command.name


def canonical(name: str) -> str:
    """The English name of what a command is called in any language; empty for none of ours."""
    return _CANONICAL.get(name, "")


def offered(deeds: Iterable[str]) -> tuple[str, ...]:
    """The commands for somebody who may do these deeds."""
    allowed = {"", *deeds}
    return tuple(command.name for command in COMMANDS if command.deed in allowed)


def menu(deeds: Iterable[str]) -> tuple[str, ...]:
    """Those of them that stand in Telegram's menu."""
    return tuple(name for name in offered(deeds) if BY_NAME[name].menu)
