"""A chart as PNG: its SVG, drawn by resvg, a library without system packages beside it. It is an extra."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Lock

SCALE = 2.0
"""Pixels of the picture a pixel of the SVG: it stays sharp in a document."""
REMEDY = "PNG needs one more package: pip install 'clippings-archive[png]'. SVG needs none, and is the same picture."

_turn = Lock()


class PngMissingError(Exception):
    """The package is not installed; the message says how to get it."""


def svg_to_png(svg: str) -> bytes:
    """The picture. Raises `PngMissingError`."""
    try:
        from resvg_py import svg_to_bytes
    except ImportError as error:
        raise PngMissingError(REMEDY) from error
    return bytes(svg_to_bytes(svg_string=svg, zoom=SCALE, sans_serif_family="Noto Sans"))


def svg_to_png_apart(svg: str) -> bytes:
    """The same picture, drawn by a process of its own, for a thread of a program that others wait for.

    resvg keeps Python's lock all the time that it draws, .1 to .3 s; a process takes .03 s more. One picture is drawn at a
    time. Raises `PngMissingError`.
    """
    try:
        import resvg_py
    except ImportError as error:
        raise PngMissingError(REMEDY) from error
    packages = str(Path(resvg_py.__file__).parents[1])
    words = [sys.executable, "-I", "-S", __file__, packages]  # without what Python otherwise loads first
    try:
        with _turn:
            drawn = subprocess.run(words, input=svg.encode(), capture_output=True, check=True)  # noqa: S603 - the words are ours, no shell reads them
    except OSError:  # no process can be started
        return svg_to_png(svg)
    return drawn.stdout


if __name__ == "__main__":
    sys.path.append(sys.argv[1])
    sys.stdout.buffer.write(svg_to_png(sys.stdin.buffer.read().decode()))
