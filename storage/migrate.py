"""Bring a database to the present schema. Runs by itself at every start."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from storage.database import reading, transaction


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("storage") / "migrations"))
    return config


def present_revision(engine: Engine) -> str | None:
    """The revision the database is at; None for an empty one."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The revision this version of the program wants."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def migrate(engine: Engine) -> bool:
    """Upgrade to the newest revision; True when something was changed."""
    if present_revision(engine) == newest_revision():
        return False
    config = _config()
    with transaction(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True
