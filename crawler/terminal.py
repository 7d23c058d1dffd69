"""Lines for people, at a terminal and in the log. What a publisher wrote controls neither.

Every module of the crawler that prints does so by `echo`, `print_json` or `draw`.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import sys
import traceback
from typing import TYPE_CHECKING, Any, Final

import click

from crawler.text_tables import take
from pipelines.clean_text import clean_text
from pipelines.urls.normalize import without_secrets

if TYPE_CHECKING:
    from types import TracebackType

_BREAKS: Final = str.maketrans(dict.fromkeys("\t\n\r\u2028\u2029", " "))
_CONTROLS: Final = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_TO_LINE_START: Final = "\r\x1b[K"
_drawn = False


class CleanLine(str):
    """A line that is clean but for what we put into it ourselves: bold words."""

    __slots__ = ()


def one_line(text: object) -> str:
    """The text on one line, without controls, or signs that turn the direction of what stands around them."""
    return clean_text(str(text)).translate(_BREAKS)


def echo(line: object = "", *, err: bool = False) -> None:
    """Print one line, cleaned unless it is a `CleanLine`; on stderr for what a person must know."""
    clear_drawn()
    click.echo(line if isinstance(line, CleanLine) else one_line(line), err=err)


def print_json_line(value: Any) -> None:
    """Print a value as JSON on one line, at once: a program reads it while the command runs."""
    text = json.dumps(value, ensure_ascii=False)
    click.echo(_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text))
    sys.stdout.flush()


def print_json(value: Any) -> None:
    """Print a value as indented JSON, with controls as escapes: programs read the same value."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    click.echo(_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def columns() -> int:
    """The width of the terminal."""
    return shutil.get_terminal_size().columns


def output_width() -> int | None:
    """The width of the terminal that a command prints on; None where a file or a program reads it."""
    return columns() if sys.stdout.isatty() else None


def clear_drawn() -> None:
    """Take a drawn line away, before something else is printed."""
    if _drawn:
        draw()


def draw(line: str = "") -> None:
    """Put the line in place of the last one drawn, on stderr; nothing clears it."""
    global _drawn
    _drawn = bool(line)
    width = columns() - 1
    print(f"{_TO_LINE_START}{take(one_line(line), width)}", end="", file=sys.stderr, flush=True)


def print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """For `sys.excepthook`: a traceback's message may be a publisher's words."""
    for line in "".join(traceback.format_exception(kind, error, trace)).split("\n"):
        echo(line, err=True)


class LogFormatter(logging.Formatter):
    """One line a message, whoever writes it and whatever is in it, without passwords and tokens of URLs.

    The lines of a traceback are indented: none of them can pass for a message.
    """

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return _indented(super().formatStack(stack_info))


def _indented(text: str) -> str:
    return "\n".join(f"    {one_line(line)}" for line in text.split("\n"))
