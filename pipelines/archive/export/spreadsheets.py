"""The one rule by which a cell of a CSV file is kept from being run as a formula. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SIGNS: Final = frozenset("=+-@\u2212")
"""What begins a formula: OWASP's list for CSV injection, and the minus that typographers use."""
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?%?")
_BEFORE: Final = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
"""Blanks, controls and signs without width: a spreadsheet may pass over them."""


def defuse(text: str) -> str:
    """The text, after an apostrophe where a spreadsheet would run it; plain numbers are left as they are."""
    if text[:1].isalpha():  # nearly every cell, and no letter begins a formula
        return text
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    for place, sign in enumerate(text):
        if unicodedata.category(sign) in _BEFORE:
            if sign in "\t\r":
                return True
            continue
        plain = unicodedata.normalize("NFKC", sign)[
            :1
        ]  # full-width, small and raised signs count as the sign
        return plain in _SIGNS and not _NUMBER.fullmatch(text, place)
    return False
