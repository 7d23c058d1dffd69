"""A chart as PNG: its SVG, drawn by resvg, a library without system packages beside it. It is an extra."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock, Semaphore
from typing import TYPE_CHECKING

from pipelines.charts import resvg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REMEDY = "PNG needs one more package: pip install 'clippings-archive[png]'. SVG needs none, and is the same picture."

MOST_WAITING = 2
"""Processes that wait for their picture while its numbers are counted, of 10 MB each."""

_places = Semaphore(MOST_WAITING)
_turn = Lock()
"""One picture is drawn at a time."""


class PngMissingError(Exception):
    """The package is not installed; the message says how to get it."""


def svg_to_png(svg: str) -> bytes:
    """The picture. Raises `PngMissingError`."""
    try:
        return resvg.draw(svg)
    except ImportError as error:
        raise PngMissingError(REMEDY) from error


@contextmanager
def png_process() -> Iterator[Callable[[str], bytes]]:
    """What draws the same picture by a process of its own, for a thread of a program that others wait for.

    resvg keeps Python's lock all the time that it draws, .1 to .3 s. The process starts at once, so that nobody who counts first what
    is drawn waits for its start; where `MOST_WAITING` wait already, when it is to draw. It ends with the context, whether it drew or not.
    """
    at_once = _places.acquire(blocking=False)
    with ExitStack() as ended:
        if at_once:
            ended.callback(_places.release)
        waiting = _start(ended) if at_once else None

        def draw(svg: str) -> bytes:
            with _turn:
                process = waiting or _start(ended)
                return _draw(process, svg) if process else svg_to_png(svg)

        yield draw


def _start(ended: ExitStack) -> subprocess.Popen[bytes] | None:
    """Start the process; None without the package, and where no process can be started."""
    try:
        import resvg_py
    except ImportError:
        return None
    packages = str(Path(resvg_py.__file__).parents[1])
    program = [sys.executable, "-I", "-S", resvg.__file__]  # without what Python otherwise loads first
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    try:
        process = subprocess.Popen([*program, packages], stdin=pipe, stdout=pipe, stderr=nowhere)  # noqa: S603 - the words are ours, no shell reads them
    except OSError:
        return None
    ended.enter_context(process)
    ended.callback(process.kill)
    return process


def _draw(process: subprocess.Popen[bytes], svg: str) -> bytes:
    picture, _ = process.communicate(svg.encode())
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return picture
