"""Makes a stored page harmless to show in a frame, in addition to its Content-Security-Policy. Pure.

The policy keeps a page from running and loading anything. Two holes remain, both found with a real browser: the
browser connects to the host of a <link> or <iframe> before it asks the policy, and a click on a link navigates
the frame. So this renames those elements and attributes; the page reads and looks the same.
"""

from __future__ import annotations

import codecs
import re

_elements = re.compile(
    rb"<(?=/?(?:link|base|iframe|frame|frameset|object|embed|portal)[\s/>])", re.IGNORECASE
)
_attributes = re.compile(rb"(?<=[\s\"'/:])(?=(?:href|action|formaction|ping|srcdoc)\s*=)", re.IGNORECASE)
_boms = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def sanitize(page: bytes, charset: str) -> tuple[bytes, str]:
    """The page without live links and frames, and its charset; wide encodings become UTF-8."""
    wide = _boms.get(page[:2]) or (
        charset if charset.lower().startswith(("utf-16", "utf-32", "utf-7")) else ""
    )
    if wide:
        page, charset = page.decode(wide, "replace").encode("utf-8", "replace"), "utf-8"
    return _attributes.sub(b"x-", _elements.sub(b"<x-", page)), charset
