"""`dondoc` and `python -m bot`: load the program, then run one command."""

from __future__ import annotations

import sys

from bot import interpreter


def main() -> int:
    """The exit status of the command that was typed."""
    with interpreter.loading():
        from bot.command_line import main as command  # noqa: PLC0415 - the loading is what is looked after here
    return command()


if __name__ == "__main__":
    sys.exit(main())
