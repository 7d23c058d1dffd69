"""JSON-LD as pages really carry it: lists, graphs, strings, broken, huge."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pipelines.extraction import tolerant_json
from pipelines.extraction.tokens import likeness
from pipelines.extraction.tokens import split as words

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_CHARACTERS = 1_000_000
"""A longer script is not read: article pages need a few thousand, shops write megabytes of offers."""
_MAX_REPAIRED = 150_000  # characters of a page's scripts that are no JSON and are read all the same
_MAX_NODES = 5_000
_MAX_NAMES, _MAX_STRINGS = 50, 200  # items of a list that are read

ARTICLE_TYPES = frozenset(
    """newsarticle article reportagenewsarticle analysisnewsarticle opinionnewsarticle
    backgroundnewsarticle reviewnewsarticle askpublicnewsarticle advertisercontentarticle
    satiricalarticle blogposting liveblogposting socialmediaposting techarticle scholarlyarticle
    medicalscholarlyarticle report review criticreview interview recipe howto pressrelease""".split()
)

PAGE_TYPES = frozenset(
    {"webpage", "itempage", "medicalwebpage", "collectionpage", "aboutpage", "faqpage", "qapage"}
)
_FULL = ("headline", "datePublished", "author", "articleBody", "publisher")
"""Properties that an article's own node has: each counts 1."""
_ALIKE = 0.6  # likeness from which a headline is one of the page's titles
_OF_PAGE = frozenset({"@graph", "mainentity", "mainentityofpage"})
"""Properties whose value is what the page is about; the value of any other is another thing."""

_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)
# Characters that a text may name by escapes and that nothing can store.
_UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def parse_script(script: str) -> Any:
    """Return the value of one script that is JSON, but for comments around it and raw newlines; None for others."""
    if len(script) > MAX_CHARACTERS:
        return None
    try:
        return json.loads(_WRAPPING.sub("", script).strip().rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        return None


def read_nodes(scripts: list[str]) -> list[dict[str, Any]]:
    """Return every object of every script, outer before inner, in the order of the page."""
    found: list[dict[str, Any]] = []
    repaired = 0
    for script in scripts:
        parsed = parse_script(script)
        if parsed is None and repaired + len(script) <= _MAX_REPAIRED:
            repaired += len(script)
            parsed = tolerant_json.read(script)
        queue = deque([parsed])
        while queue and len(found) < _MAX_NODES:
            value = queue.popleft()
            if isinstance(value, dict):
                found.append(value)
                queue.extend(v for v in value.values() if isinstance(v, dict | list))
            elif isinstance(value, list):
                queue.extendleft(v for v in reversed(value) if isinstance(v, dict | list))
    return found


def node_types(node: dict[str, Any]) -> set[str]:
    """Return the node's types in lower case, without the vocabulary's address."""
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return {k.rsplit("/", 1)[-1].lower() for k in kinds if isinstance(k, str)}


def find_own(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the nodes that speak of the page: not those inside another thing's (its parts, reviews, updates, lists)."""
    foreign: set[int] = set()
    for node in nodes:  # outer before inner
        inherited = id(node) in foreign
        named = bool(node_types(node))
        for name, value in node.items():
            if inherited or (named and name.lower() not in _OF_PAGE):
                items = value if isinstance(value, list) else (value,)
                foreign.update(id(item) for item in items if isinstance(item, dict))
    return [node for node in nodes if id(node) not in foreign]


def find_article(
    nodes: list[dict[str, Any]], own: list[dict[str, Any]], url: str, titles: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the node of the page's own article: address and headline agree with the page, then the fullest.

    `own` are `find_own` of the nodes. `titles` are those under which the page states itself. A node that names another page
    by its address, and one inside another thing's node, is taken only when its headline or its address says that it is the
    page's.
    """
    stated = [title for title in titles if title]
    of_page = {id(node) for node in own}
    best: dict[str, Any] = {}
    best_rank: tuple[bool, int, int] | None = None
    for node in nodes:
        if not node_types(node) & ARTICLE_TYPES:
            continue
        headline = to_text(node.get("headline") or node.get("name"))[:_LONGEST_HEADLINE]
        alike = any(_is_alike(headline, title) for title in stated) if headline else False
        place = _compare_address(node, url)
        top = id(node) in of_page
        if not alike and (place < 0 or (not top and place < _SAME)):
            continue
        rank = (top, place + _SAME * alike, sum(bool(node.get(key)) for key in _FULL))
        if best_rank is None or rank > best_rank:
            best, best_rank = node, rank
    return best


_SAME, _PART, _SILENT, _ANOTHER = 2, 1, 0, -1
_LONGEST_HEADLINE = 600


def _is_alike(headline: str, title: str) -> bool:
    """Whether a headline is a page's title, or one of them has the other with a section or the site's name around it."""
    one, other = " ".join(words(headline)), " ".join(words(title))
    short, long = sorted((one, other), key=len)
    return bool(short) and (f" {short} " in f" {long} " or likeness(headline, title) >= _ALIKE)


def _compare_address(node: dict[str, Any], url: str) -> int:
    """Return how a node's address goes with the page's: the same, a part of it, none that says anything, another."""
    best, another = _SILENT, False
    for name in ("url", "mainEntityOfPage", "@id"):
        address = _address(node.get(name))
        if not address.startswith(("http", "/")):
            continue
        page, _, fragment = address.partition("#")
        path = _path(page)
        if not path:  # the home page, which templates name everywhere
            continue
        if path == _path(url) and _same_query(page, url):
            # A fragment is another thing when it is the node's own address, and a mere name as its @id.
            best = max(best, _SAME if not fragment else _PART)
            another = another or (name == "url" and bool(fragment))
        elif name != "@id":
            another = True
    if best == _SAME or not another:
        return best
    return _ANOTHER


def _address(value: Any) -> str:
    if isinstance(value, dict):
        return to_text(value.get("@id") or value.get("url"))
    return to_text(value)


def _same_query(one: str, other: str) -> bool:
    first, second = one.partition("?")[2], other.partition("#")[0].partition("?")[2]
    return not first or not second or first == second


def _path(url: str) -> str:
    try:
        return unquote(urlsplit(url).path).rstrip("/")
    except ValueError:
        return ""


def to_text(value: Any) -> str:
    """Return a value as one string: of an object its name or address, of a list its first that has one."""
    if isinstance(value, str):
        return " ".join(_UNSTORABLE.sub("", html.unescape(value)).split())
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
