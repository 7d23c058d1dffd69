"""JSON-LD as pages really carry it: lists, graphs, strings, broken, huge."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import urlsplit

MAX_CHARACTERS = 1_000_000
"""A longer script is not read: article pages need a few thousand, shops write megabytes of offers."""
_MAX_NODES = 5_000
_MAX_NAMES, _MAX_STRINGS = 50, 200  # items of a list that are read

ARTICLE_TYPES = frozenset(
    """newsarticle article reportagenewsarticle analysisnewsarticle opinionnewsarticle
    backgroundnewsarticle reviewnewsarticle askpublicnewsarticle advertisercontentarticle
    satiricalarticle blogposting liveblogposting socialmediaposting techarticle scholarlyarticle
    medicalscholarlyarticle report review criticreview interview recipe howto pressrelease""".split()
)

_FULL = ("headline", "datePublished", "author", "articleBody", "publisher")
"""Properties that an article's own node has: each counts 1."""
_NAMES_PAGE = 5  # for a node with the page's own path

_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)


def parse_script(script: str) -> Any:
    """Return the value of one script, or None. Forgives comments around it, trailing commas and raw newlines."""
    if len(script) > MAX_CHARACTERS:
        return None
    script = _WRAPPING.sub("", script).strip().rstrip(";")
    for attempt in (script, _TRAILING_COMMA.sub(r"\1", script)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def read_nodes(scripts: list[str]) -> list[dict[str, Any]]:
    """Return every object of every script, outer before inner, in the order of the page."""
    found: list[dict[str, Any]] = []
    for script in scripts:
        queue = [parse_script(script)]
        while queue and len(found) < _MAX_NODES:
            value = queue.pop(0)
            if isinstance(value, dict):
                found.append(value)
                queue.extend(v for v in value.values() if isinstance(v, dict | list))
            elif isinstance(value, list):
                queue[:0] = [v for v in value if isinstance(v, dict | list)]
    return found


def node_types(node: dict[str, Any]) -> set[str]:
    """Return the node's types in lower case, without the vocabulary's address."""
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return {k.rsplit("/", 1)[-1].lower() for k in kinds if isinstance(k, str)}


def find_article(nodes: list[dict[str, Any]], url: str) -> dict[str, Any]:
    """Return the node of the page's own article: the fullest, and before all one that names the page."""
    best: dict[str, Any] = {}
    best_score = 0
    path = _path(url)
    for position, node in enumerate(nodes):
        if not node_types(node) & ARTICLE_TYPES:
            continue
        score = sum(bool(node.get(key)) for key in _FULL)
        own = (to_text(node.get(key)) for key in ("url", "@id", "mainEntityOfPage"))
        if path and any(_path(u.split("#")[0]) == path for u in own if u.startswith(("http", "/"))):
            score += _NAMES_PAGE
        if score > best_score or (not best and position == 0):
            best, best_score = node, score
    return best


def _path(url: str) -> str:
    return urlsplit(url).path.rstrip("/")


def to_text(value: Any) -> str:
    """Return a value as one string: of an object its name or address, of a list its first that has one."""
    if isinstance(value, str):
        return " ".join(html.unescape(value).split())
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        return next((t for key in ("name", "@value", "url", "@id") if (t := to_text(value.get(key)))), "")
    if isinstance(value, list):
        return next((t for item in value[:_MAX_NAMES] if (t := to_text(item))), "")
    return ""


def to_texts(value: Any) -> list[str]:
    """Return a value as a list of strings; one string with commas stays one."""
    if isinstance(value, list):
        return [t for item in value[:_MAX_STRINGS] if (t := to_text(item))]
    return [t] if (t := to_text(value)) else []
