"""Who wrote it: names out of JSON-LD, meta tags and printed bylines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.extraction import jsonld
from pipelines.extraction.document import squeeze
from pipelines.extraction.metadata import bylines
from pipelines.extraction.metadata.headline import site_names
from pipelines.extraction.metadata.person_names import (
    BY,
    ROLE_ONLY,
    SPLIT,
    STOP,
    is_desk,
    is_newsroom,
    looks_like_name,
    trim,
)
from pipelines.extraction.tokens import split as words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from pipelines.extraction.content.blocks import Block
    from pipelines.extraction.document import Document
    from pipelines.items import Hints

_META = tuple(
    """author article:author article:author_name og:article:author parsely-author sailthru.author
    dc.creator dcterms.creator cxenseparse:author citation_author byl authors twitter:creator:name
    dcsext.author""".split()
)


def find(document: Document, hints: Hints, blocks: list[Block], at: int, first: int) -> tuple[str, ...]:
    """The authors in their order, without repeats: people and desks; the site itself only when nobody else is named.

    `at` is the number of the block that ends the headline, `first` that of the text's first block.
    """
    site = site_names(document) | _host_names(document.url)
    stated, whole = _from_jsonld(document)

    def persons(names: tuple[str, ...]) -> bool:
        return not all(is_desk(n) or n in whole for n in names)

    people = _tidy(stated, site, whole)
    if persons(people):
        return people
    written = [v for name in _META for v in document.meta.get(name, ())] + _labelled(document)
    meta = _tidy(written, site)
    if persons(meta):
        return meta
    lines, strong = bylines.printed(blocks, at, first)
    printed = _tidy(lines, site)
    if persons(printed) and (strong or not (people or meta)):
        return printed
    told = _tidy(list(hints.authors), site)
    named = told or people or meta or printed
    if named:
        return named
    itself = _tidy(stated or document.meta.get("author") or _labelled(document) or lines, set(), whole)
    return tuple(name for name in itself if _is_site(name, site) or name in whole or itself == (name,))


_WRITTEN_BY = re.compile(
    r"\b(?:by|author|von|verfasst|geschrieben|par|écrit|por|escrito|autor|di|scritto|door|av)\b", re.I
)


def _labelled(document: Document) -> list[str]:
    """Twitter cards name their two lines themselves: 'Written by', then the author."""
    return [
        document.first(f"twitter:data{n}")
        for n in (1, 2)
        if _WRITTEN_BY.search(document.first(f"twitter:label{n}")) and document.first(f"twitter:data{n}")
    ]


def _host_names(url: str) -> set[str]:
    """The host as a name: `www.example.org` is known as `example org` and as `example`."""
    host = re.sub(r"^www\.", "", url.split("//", 1)[-1].split("/", 1)[0].lower())
    label = re.sub(r"\.(?:com?|org|net|gov|ac)?\.?[a-z]+$", "", host)
    return {" ".join(words(host)), " ".join(words(label)), " ".join(words("www." + host))}


def _from_jsonld(document: Document) -> tuple[list[str], set[str]]:
    """The names of the article's authors, and those of them that are organisations."""
    value = document.article.get("author") or document.article.get("creator")
    by_id = {
        n["@id"]: n
        for n in document.nodes
        if isinstance(n.get("@id"), str) and (n.get("name") or n.get("givenName"))
    }
    found: list[str] = []
    whole: set[str] = set()
    for item in value if isinstance(value, list) else [value]:
        names = _names(item, by_id)
        found += names
        if isinstance(item, dict) and any("organization" in kind for kind in jsonld.types(item)):
            whole.update(names)
    return found, whole


def _names(value: Any, by_id: dict[str, dict[str, Any]]) -> list[str]:
    if not isinstance(value, dict):
        return jsonld.texts(value)
    if not value.get("name") and isinstance(value.get("@id"), str):
        value = by_id.get(value["@id"], value)
    if not value.get("name") and value.get("familyName"):
        return [f"{jsonld.text(value.get('givenName'))} {jsonld.text(value.get('familyName'))}".strip()]
    name = value.get("name")
    return [t for part in name for t in _names(part, {})] if isinstance(name, list) else jsonld.texts(name)


def only_the_site(names: Iterable[str], document: Document) -> bool:
    """Whether nobody is named but the site itself."""
    site = site_names(document) | _host_names(document.url)
    return all(" ".join(words(name)) in site for name in names)


def tidy(found: Iterable[str]) -> tuple[str, ...]:
    """Names out of lines: split, without what stands around them, without repeats."""
    return _tidy(found, set())


def _is_site(name: str, site: set[str]) -> bool:
    """Whether a name is one of the site's, or has its host in it."""
    key = " ".join(words(name))
    hosts = [h for h in site if " " in h and len(h) > 5 and h.split()[-1] in _ENDINGS]
    return key in site or any(f" {h} " in f" {key} " for h in hosts)


def _tidy(found: Iterable[str], site: set[str], whole: AbstractSet[str] = frozenset()) -> tuple[str, ...]:
    """Single names, without what is the `site` itself; the `whole` ones are taken as they are."""
    names: dict[str, str] = {}
    for raw in found:
        if raw in whole:
            if " ".join(words(raw)) not in site or is_newsroom(raw):
                names.setdefault(raw.casefold(), raw)
            continue
        raw = squeeze(raw[:2000])
        if "://" in raw or raw.startswith("www.") or raw.isdigit() or ("@" in raw and " " not in raw):
            continue
        raw = re.sub(r"\s*\S+@\S+\s*", " ", raw)
        parts = SPLIT.split(BY.sub("", raw))
        if len(parts) > 2 and " ".join(words(parts[0])) in site:  # the publisher and where it sits
            continue
        for part in parts:
            name = trim(part)
            if not name or len(name) > 80 or ROLE_ONLY.match(name) or "@" in name or name.isdigit():
                continue
            if not _is_site(name, site):
                names.setdefault(name.casefold(), name)
    return tuple(names.values())


_ENDINGS = frozenset(
    "com org net de uk fr es it jp kr cn in id ru ua br mx za au ca ch at nl be se no dk fi pl cz".split()
)


def of_bylines(blocks: Iterable[Block], document: Document) -> tuple[str, ...]:
    """Names in the lines that were taken out of the text as bylines."""
    site = site_names(document)
    found: list[str] = []
    for block in blocks:
        if block.dropped_because not in ("byline", "source") or len(block.text) > 150:
            continue
        line = re.sub(r"[\[(<]?[^\s\[(<]+@[^\s\])>]+[\])>]?", "", block.text).strip("()（）[] ")
        by = BY.match(line)
        if len(line) < 60 and (
            block.dropped_because == "byline" or (block.dropped_because == "source" and by)
        ):
            text = STOP.sub("", line[by.end() :] if by else line).strip("()[] ")
            found += [n for n in SPLIT.split(text) if looks_like_name(n, by=bool(by))]
    return _tidy(found, site)
