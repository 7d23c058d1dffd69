"""A chart as PNG: its SVG, drawn by resvg, a library without system packages beside it. It is an extra."""

from __future__ import annotations

SCALE = 2.0
"""Pixels of the picture a pixel of the SVG: it stays sharp in a document."""
REMEDY = "PNG needs one more package: pip install 'clippings-archive[png]'. SVG needs none, and is the same picture."


class PngMissingError(Exception):
    """The package is not installed; the message says how to get it."""


def svg_to_png(svg: str) -> bytes:
    """The picture. Raises `PngMissingError`."""
    try:
        from resvg_py import svg_to_bytes
    except ImportError as error:
        raise PngMissingError(REMEDY) from error
    return bytes(svg_to_bytes(svg_string=svg, zoom=SCALE, sans_serif_family="Noto Sans"))
