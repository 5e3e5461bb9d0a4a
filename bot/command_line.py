"""The command line. Exit status: 0 done, 1 the work failed, 2 wrong use; errors are one line on stderr."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import InvalidToken

from bot import calendar_shell, chats_shell, commands, exports, index_shell, interpreter, logs, shell, units_shell
from bot.app import App, Occupied, Wires, wall_clock
from bot.commands import fail
from bot.settings import BadSettings, Settings, load
from handlers.views.texts import LANGUAGES, Texts, texts
from storage.database import READ_ONLY, Damaged, Unavailable
from storage.migrate import Newer


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
    known = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str) -> argparse.ArgumentParser:
        return known.add_parser(name, help=t.plain(f"cli.help.{name}"))

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


def sandbox(settings: Settings, wanted: argparse.Namespace, t: Texts) -> int:
    """`dondoc sandbox`: everything on 127.0.0.1, on a database that is thrown away."""
    # Nothing of it is loaded for a real bot, whose start is waited for.
    from bot.sandbox.clock import MovableClock  # noqa: PLC0415
    from bot.sandbox.run import run_sandbox  # noqa: PLC0415

    def app(made: Settings, token: str, clock: MovableClock) -> App:
        return App(made, token, Wires(clock=clock, monotonic=clock.monotonic))

    try:
        asyncio.run(run_sandbox(settings, wanted.port, t, app, wall_clock))
    except OSError as error:
        return fail(t, t.plain("cli.port_taken", address=wanted.port, reason=error.strerror or str(error)))
    return 0


COMMANDS = {
    "run": run,
    "sandbox": sandbox,
    "import": commands.import_file,
    "grant": commands.grant,
    "revoke": commands.grant,
    "invites": commands.invites,
    "rules": commands.rules,
    "calendar": commands.calendar,
    "leaver": commands.leaver,
    "chats": commands.chats,
    "units": commands.units,
    "check": commands.check,
    "audit": commands.audit,
    "export": commands.export,
    "index": commands.index,
    "backup": commands.backup,
    "resume": commands.resume,
    "migrate": commands.migrate_only,
}
