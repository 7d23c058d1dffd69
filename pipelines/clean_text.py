"""Text from outside without the characters that no file, page, log or terminal should hold. Knows nobody."""

from __future__ import annotations

import re
from typing import Final

_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")

# Left out: surrogates (no UTF-8 holds them), NUL and the other controls but tab and newline, what turns the
# direction of the text around it (U+202A-202E, U+2066-2069), and code points that are no characters.
_NO_TEXT: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_UNWANTED: Final = re.compile(f"[{_NO_TEXT}]")

# Controls that stand between words: to leave them out would join the words.
_SPACES: Final = frozenset("\x0b\x0c\x1c\x1d\x1e\x1f\x85")


def clean_text(text: str) -> str:
    """`text` as it can be stored and printed. Two surrogates that make a character together become it."""
    # Nothing unwanted is printable, and to ask so costs a hundredth of the pattern, 50 ns a character.
    if text.replace("\n", " ").isprintable() or not _UNWANTED.search(text):
        return text
    text = _PAIR.sub(_join_pair, text.replace("\r\n", "\n").replace("\r", "\n"))
    return _UNWANTED.sub(lambda match: " " if match[0] in _SPACES else "", text)


def clean_fields(record: object, *names: str) -> None:
    """Clean texts of a frozen record in its `__post_init__`: fields that are text, tuples of texts, or None."""
    for name in names:
        value = getattr(record, name)
        if not value:
            continue
        cleaned = clean_text(value) if isinstance(value, str) else tuple(map(clean_text, value))
        if cleaned != value:
            object.__setattr__(record, name, cleaned)


def _join_pair(match: re.Match[str]) -> str:
    return match[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def quote_value(value: object) -> str:
    """A value that somebody wrote, in quotation marks on one line, for a message: as it was written, in no language's escapes."""
    return f"'{' '.join(clean_text(str(value)).split())}'"
