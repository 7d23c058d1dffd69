"""The media types of what a page shows beside its text."""

from __future__ import annotations

STYLESHEET = "text/css"

_NAMES = (
    "png",
    "jpeg",
    "jpg",
    "gif",
    "webp",
    "avif",
    "apng",
    "svg+xml",
    "bmp",
    "x-icon",
    "vnd.microsoft.icon",
)
PICTURES = frozenset(f"image/{name}" for name in _NAMES)
"""Pictures that browsers show."""


def is_asset(mime: str) -> bool:
    """Whether a media type is that of a stylesheet or of a picture."""
    return mime == STYLESHEET or mime in PICTURES
