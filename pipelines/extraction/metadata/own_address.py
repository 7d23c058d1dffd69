"""The address a page states as its own, where it can be one, and where a page sends its reader on to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pipelines.urls import normalize
from pipelines.urls.resolve import canonical, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

    from pipelines.extraction.document import Document

_REFRESH = re.compile(r"^\s*(\d+)(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=\s*)?[\"']?(?!\s*url\s*=)([^\"']+)", re.I)
_IMMEDIATE = 5  # seconds up to which a refresh is a redirect
_UNSET = re.compile(
    r"[{}<>]|%[A-Z_]{3,}%|^\[\w+\]$|^:\w+$|^\$\w+|[-_]undefined$|^(?:undefined|null|none|nan|false|true|todo|url|canonical|permalink|slug|about:blank|404|error|not-?found)(?:\.\w{3,5})?$",
    re.I,
)
_INSIDE = frozenset({"noscript", "template", "iframe", "object", "svg"})
"""Elements whose content is not the page's, or not for readers with scripts."""
_PAGE_NUMBER = re.compile(r"^(?:p(?:age)?-?\d+|\d{1,2})$", re.I)


def find_own_address(document: Document) -> str:
    """Return the article's address: what the page states in its head where that can be an article's, else its own."""
    stated = list(dict.fromkeys(_read_canonicals(document.tree, document.url)))
    credible = [c for href in stated if (c := _check(document.url, href))]
    # Two that differ say nothing, unless one of them is the page's own.
    if len({normalize.key(address) for address in credible}) > 1:
        own = normalize.key(document.url)
        credible = [address for address in credible if normalize.key(address) == own]
    return credible[0] if credible else normalize.clean(document.url)


def _read_canonicals(tree: _Element, page_url: str) -> Iterable[str]:
    """Yield the addresses of the head's canonical links, also where a stray element ended the head before them."""
    head, body = tree.find("head"), tree.find("body")
    for element in () if head is None else head.iter("link"):
        if not _lies_inside(element):
            yield from _read_canonical(element)
    if body is None or next(body.iter("link"), None) is None:
        return
    begun = False
    for element in body.iter("link", *_TEXT_BEGINS):
        begun = begun or element.tag in _TEXT_BEGINS
        if not begun and element.getparent() is body:
            yield from _read_canonical(element)
        elif element.tag == "link" and not _lies_inside(element):
            # One further down may be an embed's; what names this very page is its own.
            yield from (href for href in _read_canonical(element) if _same_path(href, page_url))


def _same_path(href: str, page_url: str) -> bool:
    return normalize.key(href.partition("?")[0]) == normalize.key(page_url.partition("?")[0])


def _read_canonical(link: _Element) -> Iterable[str]:
    if "canonical" in (link.get("rel") or "").lower().split() and (href := (link.get("href") or "").strip()):
        yield href


_TEXT_BEGINS = ("h1", "p", "article", "main")


def _lies_inside(element: _Element) -> bool:
    return any(parent.tag in _INSIDE for parent in element.iterancestors())


def _check(page_url: str, href: str) -> str:
    """Return a stated address, clean; "" when it cannot be the article's."""
    if href.startswith(("#", "?")) or _is_unset(href):
        return ""
    target = canonical(page_url, href)
    if not target or _is_above(target, page_url) or _is_testing(target, page_url):
        return ""
    return target


def _is_unset(href: str) -> bool:
    """Whether an address has a variable in it that nobody set, or the mark of a template."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return True
    segments = [s for s in unquote(parts.path).split("/") if s]
    values = [value for pair in parts.query.split("&") if (value := unquote(pair.partition("=")[2]))]
    return any(_UNSET.search(part) for part in (*segments, *values, parts.netloc.partition(":")[0]))


def _is_above(target: str, page_url: str) -> bool:
    """Whether an address is a section above the page: its path is the beginning of the page's, whole segments of it.

    The first page of an article in several pages is above the others and is its address.
    """
    one, other = urlsplit(target), urlsplit(page_url)
    if one.query:
        return False
    upper = [s for s in unquote(one.path).split("/") if s]
    lower = [s for s in unquote(other.path).split("/") if s]
    if lower and re.fullmatch(r"(?:index|default)\.\w{3,5}", lower[-1], re.I):
        lower.pop()
    if lower and _names_section(upper) and len(re.findall(r"[^\W_]+", lower[-1])) > _SECTION_WORDS:
        return True
    below = lower[len(upper) :]
    if not below or upper != lower[: len(upper)]:
        # An address with its article in the query alone: /article.php?id=5 states /article.php.
        return upper == lower and bool(re.search(r"(?:^|&)(?:id|p|article\w*|story|nid|aid)=", other.query))
    if any(re.search(r"\d{5,}|[-_].*[-_]|\.\w{3,5}$", segment) for segment in upper[-1:]):
        return False  # the upper one is named as articles are: print views, pages, AMP below it
    return not (len(below) == 1 and (_PAGE_NUMBER.match(below[0]) or below[0].lower() in _VIEWS))


_SECTION_WORDS = 3  # a page whose last segment has more words is an article's
_LISTS = frozenset(
    "category categories tag tags topic topics author authors search section archive archives feed".split()
)


def _names_section(segments: list[str]) -> bool:
    """Whether a path is that of a list: named as lists are, or one or two plain words."""
    if segments and segments[0].lower() in _LISTS:
        return True
    return 0 < len(segments) <= 2 and all(s.isalpha() and len(s) <= _LONGEST_SECTION for s in segments)


_LONGEST_SECTION = 14
_VIEWS = frozenset("amp print mobile full all single comments amp.html index.html".split())
_TESTING = re.compile(
    r"^(?:staging|stage|dev|test|preview|preprod|uat|qa|beta|cms|admin|origin|backend|localhost)\d*[.-]"
)


def _is_testing(target: str, page_url: str) -> bool:
    """Whether an address is on a machine for tests while the page is not, or names a port that the page has not."""
    stated, own = normalize.host_of(target), normalize.host_of(page_url)
    if stated == own:
        return False
    return bool(_TESTING.match(stated)) and not _TESTING.match(own)


def find_refresh(document: Document, headers: Iterable[tuple[str, str]]) -> str:
    """Return where an immediate refresh leads, by header or meta; "" when there is none or it reloads the page itself.

    A refresh within `noscript` is for readers without scripts: the page is there for others, and for us.
    """
    stated = [value for name, value in headers if name.lower() == "refresh"]
    stated += [
        element.get("content") or ""
        for element in (document.tree.iter("meta") if "refresh" in document.meta else ())
        if (element.get("http-equiv") or "").strip().lower() == "refresh" and not _lies_inside(element)
    ]
    for value in stated:
        match = _REFRESH.match(value)
        if match is None or int(match[1][:9]) > _IMMEDIATE:
            continue
        target = resolve(document.url, match[2])
        if target and target.partition("#")[0] != document.url.partition("#")[0]:
            return target
    return ""
