"""Make a stored page harmless to show in a frame, beside what its policy does. Pure.

The policy of the answer keeps a page from running and loading. Two ways out are left, both found with a real
browser: it connects to the host of a <link> or <iframe> before it asks the policy, and a click on a link sends
the frame away. So their names are spelled differently here; the page reads and looks the same.
"""

from __future__ import annotations

import codecs
import re

_elements = re.compile(
    rb"<(?=/?(?:link|base|iframe|frame|frameset|object|embed|portal)[\s/>])", re.IGNORECASE
)
_attributes = re.compile(rb"(?<=[\s\"'/:])(?=(?:href|action|formaction|ping|srcdoc)\s*=)", re.IGNORECASE)
_wide = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def sanitize(page: bytes, charset: str) -> tuple[bytes, str]:
    """The page without live links and frames, and its charset: UTF-16 becomes UTF-8, others stay."""
    wide = _wide.get(page[:2]) or (
        charset if charset.lower().startswith(("utf-16", "utf-32", "utf-7")) else ""
    )
    if wide:
        page, charset = page.decode(wide, "replace").encode("utf-8", "replace"), "utf-8"
    return _attributes.sub(b"x-", _elements.sub(b"<x-", page)), charset
