"""What an operator does to the database: one function for each command of the command line."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from bot import (
    auditing,
    calendar_shell,
    chats_shell,
    exports,
    index_shell,
    keeping,
    rules_shell,
    sheet_shell,
    shell,
    summary_shell,
    units_shell,
)
from bot.app import chance, office_of, wall_clock
from bot.settings import Settings
from handlers.transport import AiohttpRequest
from handlers.views.texts import Texts
from storage.chain import BadHead, read_head
from storage.database import open_engine
from storage.migrate import migrate


def fail(t: Texts, text: str, status: int = 1) -> int:
    """One line on stderr; the exit status."""
    print(t.plain("cli.error", text=text), file=sys.stderr)
    return status


@contextmanager
def database(settings: Settings) -> Iterator[Engine]:
    """The database at the present schema, for one command."""
    engine = open_engine(settings.database_url)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


def import_file(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc import`"""
    with database(settings) as engine:
        office = office_of(settings)
        shell.import_file(engine, office, wanted.what, wanted.file, wall_clock(), t, print, dry_run=wanted.dry_run)
    return 0


def grant(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc grant` and `dondoc revoke`"""
    give = wanted.command == "grant"
    with database(settings) as engine:
        print(shell.change_grant(engine, wanted.name, wanted.role, wanted.unit, wall_clock(), t, give=give))
    return 0


def leaver(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc leaver`"""
    with database(settings) as engine:
        print(shell.leaver(engine, wanted.name, wanted.unit, wall_clock(), t))
    return 0


def invites(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc invites`: the name of the bot is asked first, so that no code is made in vain."""
    username = asyncio.run(_username(settings, t)) if settings.bot_token else ""
    if not username:
        print(t.plain("cli.warning", text=t.plain("cli.check.no_token")), file=sys.stderr)
    with database(settings) as engine:
        made = shell.invites(engine, wanted.unit, username, wall_clock(), chance, t)
    shell.show_invites(made, t, print, as_json=wanted.json)
    return 0


def calendar(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc calendar`"""
    with database(settings) as engine:
        print(calendar_shell.answer(engine, office_of(settings), wanted, wall_clock(), t))
    return 0


async def _username(settings: Settings, t: Texts) -> str:
    request = AiohttpRequest(proxy=settings.proxy_url)
    bot = ExtBot(settings.bot_token or "", base_url=f"{settings.api_url.rstrip('/')}/bot", request=request)
    try:
        await request.initialize()
        return (await bot.get_me()).username or ""
    except InvalidToken:
        raise shell.Failed(t.plain("cli.bad_token")) from None
    except TelegramError as error:
        raise shell.Failed(t.plain("cli.telegram_away", reason=type(error).__name__)) from None
    finally:
        await request.shutdown()


def chats(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc chats`"""
    with database(settings) as engine:
        for line in chats_shell.answer(engine, wanted, wall_clock(), t):
            print(line)
    return 0


def units(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc units`"""
    with database(settings) as engine:
        for line in units_shell.answer(engine, wanted, wall_clock(), t):
            print(line)
    return 0


def rules(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc rules`"""
    with database(settings) as engine:
        if wanted.name and (wanted.default or wanted.value is not None):
            value = None if wanted.default else wanted.value
            print(rules_shell.change(engine, office_of(settings), wanted.name, value, wanted.unit, wall_clock(), t))
        else:
            rules_shell.show(engine, t, print)
    return 0


def check(settings: Settings, _: argparse.Namespace, t: Texts) -> int:
    """`dondoc check`"""
    with database(settings) as engine:
        shown = engine.url.render_as_string(hide_password=True)
        found = [(True, t.plain("cli.check.settings")), (True, t.plain("cli.check.database", url=shown))]
        found += shell.check(engine, wall_clock(), t)
    if settings.bot_token is None:
        found.append((True, t.plain("cli.check.no_token")))
    else:
        try:
            found.append((True, t.plain("cli.check.telegram", name=asyncio.run(_username(settings, t)))))
        except shell.Failed as failed:
            found.append((False, failed.lines[0]))
    for well, text in found:
        print(t.plain("cli.check.ok" if well else "cli.check.bad", text=text))
    return 0 if all(well for well, _ in found) else 1


def audit(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc audit verify`"""
    try:
        heads = [read_head(text) for text in wanted.head]
    except BadHead as bad:
        return fail(t, t.plain("cli.audit.bad_head", head=bad.text), status=2)
    with database(settings) as engine:
        well, text = auditing.verify(engine, heads, t)
    if not well:
        return fail(t, text)
    print(text)
    return 0


def export(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc export`; alone it says what can be exported."""
    if wanted.what is None:
        print(wanted.show_help(), end="", file=sys.stderr)
        return 2

    def warn(text: str) -> None:
        print(text, file=sys.stderr)

    try:
        with database(settings) as engine:
            office = office_of(settings)
            if wanted.what == "summary":
                summary_shell.export(engine, office, wanted, wall_clock(), t, print)
            elif wanted.what == "sheet":
                sheet_shell.export(engine, office, wanted, wall_clock(), t, print)
            else:
                exports.inspection(engine, office, wanted, wall_clock(), t, print, warn)
    except exports.WrongUse as wrong:
        return fail(t, str(wrong), status=2)
    return 0


def index(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc index`"""
    with database(settings) as engine:
        print(index_shell.answer(engine, wanted, settings.timezone, wall_clock(), t))
    return 0


def backup(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc backup`"""
    engine = open_engine(settings.database_url)
    try:
        print(keeping.backup(engine, wanted.folder, wall_clock(), t))
    finally:
        engine.dispose()
    return 0


def resume(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc resume`"""
    with database(settings) as engine:
        print(keeping.resume(engine, office_of(settings), wall_clock(), t, drop=wanted.drop))
    return 0


def migrate_only(settings: Settings, _: argparse.Namespace, t: Texts) -> int:
    """`dondoc migrate`"""
    engine = open_engine(settings.database_url)
    try:
        print(t.plain("cli.migrated" if migrate(engine) else "cli.migrate_nothing"))
    finally:
        engine.dispose()
    return 0
