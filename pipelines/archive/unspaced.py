"""Scripts written without spaces between words, as `unspaced_fts` holds them (migration m100)."""

from __future__ import annotations

import re

LETTERS = "ก-ฺเ-๎ກ-ຽເ-ໍཀ-ྼက-႟ក-៓々〇ぁ-ゖゝ-ゟァ-ヺー-ヿㄅ-ㄯ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾟ𠀀-𲎯"
"""Letters that are a word each: Thai, Lao, Tibetan, Burmese, Khmer, kana, bopomofo, Han, Hangul.

Hangul is written with spaces, but particles are glued to the word one looks for.
"""
WORD = "0-9A-Za-zÀ-ÖØ-öø-ʯͰ-ϿЀ-ҁҊ-ԯ０-９Ａ-Ｚａ-ｚ"
SPACER = "\u200b"
BREAK = "\ue000"

_letter = re.compile(f"[{LETTERS}]")
_broken = re.compile(f"([{LETTERS}])(?=[^{LETTERS}{WORD}])")
_before = re.compile(f"(?=[{LETTERS}])|(?<=[{LETTERS}{BREAK}])(?=[{WORD}])|(?={BREAK})|(?<={BREAK})")
_unspace = str.maketrans("", "", SPACER + BREAK)


def has_unspaced(text: str) -> bool:
    """Whether any letter of the text is of an unspaced script."""
    return _letter.search(text) is not None


def spaced(text: str) -> str:
    """The same words in the same order as the index holds; spacers may stand elsewhere."""
    return _before.sub(SPACER, _broken.sub(rf"\1{BREAK}", text))


def unspaced(text: str) -> str:
    """The text as it was before `spaced`, or before the archive's triggers entered it."""
    return text.translate(_unspace)
