"""Pages beyond the parser's limits, made readable: too long, or nested too deep. Text in, text out."""

from __future__ import annotations

import re

MAX_CHARACTERS = 4_000_000
"""A longer page is cut here before parsing: twice the longest article page seen, seconds instead of a minute."""
MAX_DEPTH = 200
"""Elements that lie in each other at most; libxml2 ends a page at 256."""

_DATA = re.compile(r"(?<=base64,)[A-Za-z0-9+/=%]{200,}")
_BULK = ("<!--", "<script", "<style", "<svg")
_BULK_ENDS = {"<!--": "-->", "<script": "</script", "<style": "</style", "<svg": "</svg"}
_BULK_START = re.compile("|".join(_BULK), re.I)
_KEPT_SCRIPT = re.compile(r"<script\b[^>]{0,300}ld\+json", re.I)

_TAG = re.compile(r"<(/?)([A-Za-z][^\s/><]*)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>")
_VOID = frozenset(
    "area base basefont bgsound br col embed frame hr img input link meta param source track wbr".split()
)
_RAW = frozenset("script style textarea title xmp noembed plaintext iframe".split())
_CLOSES_ITSELF = frozenset("p li dt dd tr td th option".split())
_RANKS = {"div": 1, "td": 2, "th": 2, "tr": 3, "thead": 4, "tbody": 4, "tfoot": 4, "table": 5, "head": 6}
_RANKS |= {"body": 6, "html": 7}
"""An end tag does not close an open element of a higher rank; others have 0. So does libxml2."""


def drop_bulk(text: str) -> str:
    """Return a page without scripts, styles, drawings, comments and pictures written out in it; JSON-LD stays."""
    text = _DATA.sub("", text)
    lower = text.lower()
    if len(lower) != len(text):  # a sign whose small letter is two signs
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    kept, at = [], 0
    for start in _BULK_START.finditer(text):
        if start.start() < at or _KEPT_SCRIPT.match(text, start.start()):
            continue
        end = _BULK_ENDS[start[0].lower()]
        close = lower.find(end, start.end())
        if close < 0:
            break
        kept.append(text[at : start.start()])
        at = text.find(">", close) + 1 or len(text)
    kept.append(text[at:])
    return "".join(kept)


def cut(text: str) -> tuple[str, str]:
    """Return what is read of a page, and what was cut in words; "" when nothing was.

    Of a page that is too long, what is no text goes first.
    """
    if len(text) <= MAX_CHARACTERS:
        return text, ""
    shorter = drop_bulk(text)
    if len(shorter) <= MAX_CHARACTERS:
        return shorter, ""
    return shorter[:MAX_CHARACTERS], (
        f"the page has {len(shorter):,} characters besides scripts and pictures;"
        f" what follows the first {MAX_CHARACTERS:,} was cut"
    )


def flatten(text: str) -> str:
    """Return a page whose elements lie at most `MAX_DEPTH` deep: further in, each closes the one before it.

    Browsers do so too. All text stays, and so do all tags that begin a line.
    """
    out: list[str] = []
    open_tags: list[str] = []
    counts: dict[str, int] = {}
    never_closed: set[str] = set()
    at = 0

    def close() -> None:
        name = open_tags.pop()
        counts[name] -= 1
        out.append(f"</{name}>")

    for tag in _TAG.finditer(text):
        if tag.start() < at:
            continue
        out.append(text[at : tag.start()])
        at = tag.end()
        name = tag[2].lower()
        if tag[1]:
            if counts.get(name, 0) and not _is_shielded(open_tags, name):
                while open_tags[-1] != name:
                    close()
                close()
            continue
        if name in _VOID:
            out.append(tag[0])
            continue
        if name in _RAW:
            end = None if name in never_closed else re.compile(rf"</{name}\s*>", re.I).search(text, at)
            if end is None:
                never_closed.add(name)
            else:
                out.append(text[tag.start() : end.end()])
                at = end.end()
            continue
        if open_tags and open_tags[-1] == name and name in _CLOSES_ITSELF:
            close()
        if len(open_tags) >= MAX_DEPTH:
            close()
        open_tags.append(name)
        counts[name] = counts.get(name, 0) + 1
        out.append(tag[0])
    out.append(text[at:])
    return "".join(out)


def _is_shielded(open_tags: list[str], name: str) -> bool:
    """Whether an open element of a higher rank stands between an end tag and the element that it names."""
    rank = _RANKS.get(name, 0)
    for tag in reversed(open_tags):
        if tag == name:
            return False
        if _RANKS.get(tag, 0) > rank:
            return True
    return True
