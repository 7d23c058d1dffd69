"""The charset of bytes that are not valid UTF-8: what is declared, what is likely, and what reads like writing."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from functools import lru_cache

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, resolve_encoding

SAMPLE = 40_000
"""Bytes shown to the charset detection: more changes no result and costs time."""
_DECLARATION = 4096  # bytes in which a document declares its charset
_META_LANG = re.compile(rb"<html[^>]{0,500}?\blang\s*=\s*[\"']?([a-z]{2})", re.I)
_OUTSIDE_ASCII = re.compile(rb"[^<>]{0,40}[\x80-\xff][^<>]{0,200}")

# Charsets that pages in a language really use, most likely first.
_BY_LANGUAGE = {
    "ja": ("cp932", "euc_jp", "iso2022_jp"),
    "ko": ("cp949",),
    "zh": ("gb18030", "big5hkscs"),
    "ru": ("cp1251", "koi8_r"),
    "uk": ("cp1251", "koi8_u"),
    "bg": ("cp1251",),
    "sr": ("cp1251", "cp1250"),
    "el": ("cp1253", "iso8859_7"),
    "he": ("cp1255",),
    "ar": ("cp1256",),
    "fa": ("cp1256",),
    "tr": ("cp1254",),
    "th": ("cp874",),
    "vi": ("cp1258",),
    "pl": ("cp1250", "iso8859_2"),
    "cs": ("cp1250", "iso8859_2"),
    "sk": ("cp1250", "iso8859_2"),
    "hu": ("cp1250", "iso8859_2"),
    "ro": ("cp1250", "iso8859_2"),
    "hr": ("cp1250", "iso8859_2"),
    "lt": ("cp1257",),
    "lv": ("cp1257",),
    "et": ("cp1257",),
}
_MULTIBYTE = ("cp932", "euc_jp", "cp949", "gb18030", "big5hkscs")

# Points of a reading: its mean plausibility, plus or minus these.
_RANK_POINTS = 0.01  # lost for each place further down the candidates
_DECLARED_POINTS = 0.05
_BROKEN_SHARE = 20  # signs outside ASCII for each broken one in what is UTF-8 all the same
_SCANNED = 2_000_000  # bytes that are searched for signs outside ASCII


def find_declared(body: bytes, content_type: str) -> list[str]:
    """Return the charsets that header and page name, by Python's names, without repeats."""
    found = (http_content_type_encoding(content_type), html_body_declared_encoding(body[:_DECLARATION]))
    return list(dict.fromkeys(name for name in found if name))


def guess_charset(body: bytes, content_type: str) -> str:
    """Return the charset of bytes that are not valid UTF-8."""
    declared = find_declared(body, content_type)
    if _is_nearly_utf8(body, "utf-8" in declared):
        return "utf-8"
    sample = b"\n".join(_OUTSIDE_ASCII.findall(body, 0, _SCANNED))[:SAMPLE]
    language = _META_LANG.search(body[:_DECLARATION])
    likely = _BY_LANGUAGE.get(language[1].decode().lower(), ()) if language else ()
    named = [charset for charset in declared if charset != "utf-8"]
    if not named and (found := _find_by_alphabet(sample, language[1].decode().lower() if language else "")):
        return found
    candidates = dict.fromkeys([*named, *likely, "cp1252", *_detect(sample), *_MULTIBYTE])
    best, best_score = "cp1252", float("-inf")
    for rank, charset in enumerate(candidates):
        score = (
            _score_reading(sample, charset)
            - rank * _RANK_POINTS
            + (_DECLARED_POINTS if charset in declared else 0.0)
        )
        if score > best_score:
            best, best_score = charset, score
    return best


def _is_nearly_utf8(body: bytes, declared: bool) -> bool:
    """Whether it is UTF-8 but for some bytes: a teaser cut in a character, or a box written in another charset.

    Bytes of another charset hardly ever form characters of UTF-8, so where it is declared, as many whole ones as broken
    ones bear it out.
    """
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    signs = len(text) - len(text.encode("ascii", "ignore"))
    return broken * _BROKEN_SHARE < signs or (declared and signs >= 2 * broken)


# The letters outside ASCII of languages in Latin script, with the charsets of their pages, by the number of their readers.
_ALPHABETS = (
    ("de", "äöüß", ("cp1252",)),
    ("fr", "àâæçèéêëîïôœùûüÿ", ("cp1252",)),
    ("es", "áéíñóúü", ("cp1252",)),
    ("pt", "áâãàçéêíóôõúü", ("cp1252",)),
    ("it", "àèéìîòóù", ("cp1252",)),
    ("nl", "áäéëèïíóöúü", ("cp1252",)),
    ("sv", "åäöé", ("cp1252",)),
    ("da", "åæøé", ("cp1252",)),
    ("ca", "àçèéíïòóúü", ("cp1252",)),
    ("is", "áðéíóúýþæö", ("cp1252",)),
    ("sq", "çë", ("cp1252",)),
    ("tr", "çğıöşüâîûi̇", ("cp1254",)),
    ("pl", "ąćęłńóśźż", ("cp1250", "iso8859_2")),
    ("cs", "áčďéěíňóřšťúůýž", ("cp1250", "iso8859_2")),
    ("sk", "áäčďéíĺľňóôŕšťúýž", ("cp1250", "iso8859_2")),
    ("hu", "áéíóöőúüű", ("cp1250", "iso8859_2")),
    ("ro", "ăâîşţșț", ("cp1250", "iso8859_16", "iso8859_2")),
    ("hr", "čćđšž", ("cp1250", "iso8859_2")),
    ("sl", "čšž", ("cp1250", "iso8859_2")),
    ("lt", "ąčęėįšųūž", ("cp1257", "iso8859_13")),
    ("lv", "āčēģīķļņšūž", ("cp1257", "iso8859_13")),
    ("et", "äõöüšž", ("cp1257", "iso8859_15")),
)
_NEUTRAL = "«»“”‘’„‚–—…•·№€£©®°§\xa0\xad´ºª"
_COVERED = 0.93  # share of the letters that are a language's own
_FEWEST = 6  # letters outside ASCII by which a language shows
_SURER = 0.02  # by how much a rarer language must be better


def _find_by_alphabet(sample: bytes, language: str) -> str:
    """Return the charset in which a sample has the letters of a language, of `language` where it is known; "" for none."""
    best, best_share = "", _COVERED - _SURER
    counted: dict[str, Counter[str]] = {}
    for code, letters, charsets in _ALPHABETS:
        if language in _LATIN and code != _SAME_LETTERS.get(language, language):
            continue
        for charset in charsets:
            if charset not in counted:
                counted[charset] = _count_letters(sample, charset)
            share = _share_of_letters(counted[charset], letters)
            if share > best_share + _SURER:
                best, best_share = charset, share
    return best


_LATIN = frozenset(code for code, _, _ in _ALPHABETS) | {"bs", "nb", "nn", "no", "fi"}
_SAME_LETTERS = {"bs": "hr", "nb": "da", "nn": "da", "no": "da", "fi": "sv"}


def _count_letters(sample: bytes, charset: str) -> Counter[str]:
    """Return how often each sign outside ASCII that may be a letter stands in a sample."""
    signs = Counter(sample.decode(charset, "replace"))
    return Counter({c: n for c, n in signs.items() if c > "\x7f" and c not in _NEUTRAL})


def _share_of_letters(signs: Counter[str], letters: str) -> float:
    """Return the share of signs outside ASCII that are these letters; 0 when there are too few of them."""
    total = sum(signs.values())
    own = sum(count for sign, count in signs.items() if sign.lower() in letters)
    return own / total if total >= _FEWEST else 0.0


def _detect(sample: bytes) -> list[str]:
    best = from_bytes(sample, enable_fallback=False).best()
    resolved = resolve_encoding(best.encoding) if best else None
    return [resolved] if resolved else []


def _score_reading(sample: bytes, charset: str) -> float:
    """Return how much the sample, read as `charset`, looks like writing: 1 is perfect, below 0 is noise.

    Letters next to letters of one script count for it; controls, symbols, private and unassigned
    characters, rare ideographs, and capitals after small letters count against it.
    """
    try:
        codecs.lookup(charset)
        text = sample.decode(charset, "replace")
    except (LookupError, ValueError):
        return -9.0
    points, seen, previous = 0.0, 0, " "
    for char in text:
        if char > "\x7f":
            seen += 1
            points += _sign_points(char, previous)
        previous = char
    return points / seen if seen else 0.0


def _sign_points(char: str, previous: str) -> float:
    kind = unicodedata.category(char)
    if char == "\ufffd":
        return -6.0
    if kind in ("Cc", "Co", "Cn"):
        return -4.0
    if kind == "Lo":
        return _letter_points(char)
    if kind in ("Lu", "Ll"):
        if kind == "Lu" and previous.islower():
            return -1.5  # what wrong Cyrillic tables give
        # Accented Latin letters stand between plain ones; rows of them are another script misread.
        return -0.5 if char < "\u0250" and "\x7f" < previous < "\u0250" else 1.0
    if kind in ("Mn", "Mc"):
        return 0.8
    if char in "«»“”‘’„–—…•·№€£©®°§、。「」『』！？，：；（）《》　\xa0\xad":
        return 0.8
    return -0.6


@lru_cache(maxsize=8192)
def _letter_points(char: str) -> float:
    """Return the points of a letter without case. Hangul, kana and the common ideographs speak for a reading; half-width kana and rare signs do not."""
    if "\uff61" <= char <= "\uff9f":
        return -0.7
    if "\u4e00" <= char <= "\u9fff":
        try:
            lead = char.encode("gb2312")[0]
        except UnicodeEncodeError:
            lead = 0
        return 0.9 if 0xB0 <= lead <= 0xD7 else _rare_ideograph_points(char)
    if "\u3400" <= char <= "\u4dbf" or "\uf900" <= char <= "\ufaff":
        return -1.0
    return 1.0


def _rare_ideograph_points(char: str) -> float:
    """Return the points of ideographs outside the common simplified ones: common Japanese or traditional Chinese, or rare."""
    for charset, first, last in (("cp932", 0x88, 0x97), ("big5", 0xA4, 0xC6)):
        try:
            lead = char.encode(charset)[0]
        except UnicodeEncodeError:
            continue
        if first <= lead <= last:
            return 0.85
    return -0.5
