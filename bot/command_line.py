"""The command line. Exit status: 0 done, 1 the work failed, 2 wrong use; errors are one line on stderr."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from bot import (
    auditing,
    calendar_shell,
    chats_shell,
    exports,
    index_shell,
    interpreter,
    keeping,
    logs,
    rules_shell,
    sheet_shell,
    shell,
    summary_shell,
    units_shell,
)
from bot.app import App, Occupied, Wires, chance, office_of, wall_clock
from bot.sandbox.clock import MovableClock
from bot.sandbox.run import run_sandbox
from bot.settings import BadSettings, Settings, load
from handlers.transport import AiohttpRequest
from handlers.views.texts import LANGUAGES, Texts, texts
from storage.chain import BadHead, read_head
from storage.database import READ_ONLY, Damaged, Unavailable, open_engine
from storage.migrate import Newer, migrate


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    t = texts(shell_language(os.environ))
    wanted = parser(t).parse_args(arguments)
    try:
        settings = load()
        logs.configure(settings.log_format, settings.log_level)
        return COMMANDS[wanted.command](settings, wanted, t)
    except BadSettings as error:
        return fail(t, str(error), status=2)
    except shell.Failed as failed:
        for line in failed.lines:
            fail(t, line)
        return 1
    except Damaged as error:
        return fail(t, t.plain("cli.damaged", reason=str(error)))
    except (SQLAlchemyError, Unavailable) as error:
        return fail(t, _trouble(settings, error, t))
    except Newer as error:
        return fail(t, t.plain("cli.newer", there=error.there, here=error.here))
    except KeyboardInterrupt:
        return 130


def fail(t: Texts, text: str, status: int = 1) -> int:
    """One line on stderr; the exit status."""
    print(t.plain("cli.error", text=text), file=sys.stderr)
    return status


def _trouble(settings: Settings, error: SQLAlchemyError | Unavailable, t: Texts) -> str:
    """Why the database cannot be used, and what to do where that is known."""
    said = str(error) if isinstance(error, Unavailable) else str(getattr(error, "orig", None) or type(error).__name__)
    reason, url = logs.redact(said.splitlines()[0]), make_url(settings.database_url)
    refused = url.get_backend_name() == "sqlite" and any(words in reason for words in READ_ONLY)
    if refused and Path(url.database or "").parent.is_dir():
        return t.plain("cli.read_only", file=url.database, reason=reason)
    return t.plain("cli.database", reason=reason)


def shell_language(environment: Mapping[str, str]) -> str:
    """The language of the operator's shell; English when it is none of ours."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            found = environment[name][:2].lower()
            return found if found in LANGUAGES else "en"
    return "en"


def parser(t: Texts) -> argparse.ArgumentParser:
    """The commands and their options."""
    root = argparse.ArgumentParser("dondoc", description=t.plain("cli.description"))
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=t.plain(f"cli.help.{name}"))

    add("run")
    add("sandbox").add_argument("--port", type=int, default=8080, help=t.plain("cli.help.port"))
    files = add("import")
    files.add_argument("what", choices=("staff", "tasks"), help=t.plain("cli.help.import.what"))
    files.add_argument("file", type=Path, help=t.plain("cli.help.file"))
    files.add_argument("--dry-run", action="store_true", help=t.plain("cli.help.dry_run"))
    for name in ("grant", "revoke"):
        roles = add(name)
        roles.add_argument("name", help=t.plain("cli.help.name"))
        roles.add_argument("role", help=t.plain("cli.help.role"))
        roles.add_argument("--unit", help=t.plain("cli.help.unit"))
    codes = add("invites")
    codes.add_argument("--unit", help=t.plain("cli.help.invites.unit"))
    codes.add_argument("--json", action="store_true", help=t.plain("cli.help.json"))
    rules = add("rules")
    rules.add_argument("name", nargs="?", help=t.plain("cli.help.rules.name"))
    rules.add_argument("value", nargs="?", help=t.plain("cli.help.rules.value"))
    rules.add_argument("--unit", help=t.plain("cli.help.rules.unit"))
    rules.add_argument("--default", action="store_true", help=t.plain("cli.help.rules.default"))
    calendar_shell.arguments(add("calendar"), t)
    gone = add("leaver")
    gone.add_argument("name", help=t.plain("cli.help.name"))
    gone.add_argument("--unit", help=t.plain("cli.help.leaver.unit"))
    chats_shell.arguments(add("chats"), t)
    units_shell.arguments(add("units"), t)
    add("check")
    chained = add("audit")
    chained.add_argument("what", choices=("verify",), help=t.plain("cli.help.audit.what"))
    chained.add_argument("--head", action="extend", nargs="+", default=[], help=t.plain("cli.help.audit.head"))
    exports.arguments(add("export"), t)
    index_shell.arguments(add("index"), t)
    add("backup").add_argument("folder", type=Path, help=t.plain("cli.help.backup.folder"))
    add("resume").add_argument("--drop", action="store_true", help=t.plain("cli.help.resume.drop"))
    add("migrate")
    return root


def run(settings: Settings, _: argparse.Namespace, t: Texts) -> int:
    """`dondoc run`: until a signal ends it."""
    token = settings.bot_token
    if token is None:
        return fail(t, t.plain("cli.no_token"))
    try:
        return 0 if asyncio.run(_serve(settings, token)) else 1
    except InvalidToken:
        return fail(t, t.plain("cli.bad_token"))
    except Occupied:
        return fail(t, t.plain("cli.occupied"))
    except OSError as error:
        return fail(t, t.plain("cli.port_taken", address=settings.listen, reason=error.strerror or str(error)))


async def _serve(settings: Settings, token: str) -> bool:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    interpreter.settle()
    return await App(settings, token).run(stopped)


def sandbox_app(settings: Settings, token: str, clock: MovableClock) -> App:
    """The real application on the movable clock."""
    return App(settings, token, Wires(clock=clock, monotonic=clock.monotonic))


def sandbox(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc sandbox`: everything on 127.0.0.1, on a database that is thrown away."""
    try:
        asyncio.run(run_sandbox(settings, wanted.port, t, sandbox_app, wall_clock))
    except OSError as error:
        return fail(t, t.plain("cli.port_taken", address=wanted.port, reason=error.strerror or str(error)))
    return 0


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
        found += shell.check(engine, t)
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


COMMANDS = {
    "run": run,
    "sandbox": sandbox,
    "import": import_file,
    "grant": grant,
    "revoke": grant,
    "invites": invites,
    "rules": rules,
    "calendar": calendar,
    "leaver": leaver,
    "chats": chats,
    "units": units,
    "check": check,
    "audit": audit,
    "export": export,
    "index": index,
    "backup": backup,
    "resume": resume,
    "migrate": migrate_only,
}

if __name__ == "__main__":
    sys.exit(main())
