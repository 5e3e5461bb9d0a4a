"""The environment, read once: `DONDOC_…` variables and a `.env` file become Settings, or a clear error."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.policy import country as countries

PREFIX = "DONDOC_"
SECRET = re.compile(r"[A-Za-z0-9_-]{32,256}")  # what Telegram takes, and long enough not to be guessed


class BadSettings(ValueError):
    """A variable that cannot be used; the text names it and says what is wrong. It never holds a secret."""


class Settings(BaseSettings):
    """What an operator can set. Names and defaults are listed in the README."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", hide_input_in_errors=True)

    token: SecretStr | None = None
    token_file: Path | None = None
    api_url: str = "https://api.telegram.org"
    proxy_url: str | None = None
    database_url: str = "sqlite:///dondoc.db"
    timezone: str = "Asia/Ho_Chi_Minh"
    language: str = Field(default="vi", pattern="^(vi|en|pl)$")
    country: str = Field(default="VN", max_length=8)
    organisation: str = Field(default="Dondoc", max_length=200)
    contact: str = Field(default="", max_length=200)
    webhook_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    webhook_secret: SecretStr | None = Field(default=None, validate_default=True)
    listen: str = Field(default="127.0.0.1:8080", pattern=r"^\S+:\d{1,5}$")
    rate: float = Field(default=30.0, gt=0, le=1000)
    chat_rate: float = Field(default=1.0, gt=0)
    group_rate: float = Field(default=20.0, gt=0)
    log_format: str = Field(default="text", pattern="^(text|json)$")
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("not an IANA time zone such as Europe/Warsaw") from None
        return value

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        code = value.strip().upper()
        if not countries.is_known(code):
            near = ", ".join(countries.near(value))
            raise ValueError("not a country code such as VN or PL" + (f"; did you mean {near}?" if near else ""))
        return code

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _secret_enough(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None:
            if info.data.get("webhook_url"):
                raise ValueError("needed with DONDOC_WEBHOOK_URL: 32 characters or more of A-Z, a-z, 0-9, _ and -")
        elif not SECRET.fullmatch(value.get_secret_value()):
            raise ValueError("must be 32 to 256 characters of A-Z, a-z, 0-9, _ and -")
        return value

    @property
    def bot_token(self) -> str | None:
        """The token from either place. Raises BadSettings when the file cannot be read."""
        if self.token is not None and self.token.get_secret_value().strip():
            return self.token.get_secret_value().strip()
        if self.token_file is None:
            return None
        try:
            return self.token_file.read_text(encoding="utf-8").strip() or None
        except OSError as error:
            raise BadSettings(f"{PREFIX}TOKEN_FILE: {error.strerror}: {self.token_file}") from None


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings. Raises BadSettings for a value that does not fit and for a name that does not exist."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted({*environment, *dotenv_values(".env")}):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise BadSettings(f"{name}: no such setting" + (f"; did you mean {near[0]}?" if near else ""))
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = PREFIX + str(first["loc"][0]).upper()
        raise BadSettings(f"{name}: {first['msg']}") from None
