"""Who wrote it: names out of JSON-LD, meta tags and printed bylines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.extraction import jsonld
from pipelines.extraction.content.blocks import DropReason
from pipelines.extraction.document import squeeze
from pipelines.extraction.metadata import bylines, junk, microdata
from pipelines.extraction.metadata.person_names import (
    BY,
    ROLE_ONLY,
    SPLIT,
    STOP,
    is_desk,
    is_newsroom,
    looks_like_name,
    strip_beside,
    trim_name,
)
from pipelines.extraction.metadata.site_names import find_host_names, find_site_names
from pipelines.extraction.tokens import split as words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from pipelines.extraction.content.blocks import Block
    from pipelines.extraction.document import Document
    from pipelines.items import Hints

_HOST_LENGTH = 5  # a shorter host stands in names
_LONGEST_LINE = 2000  # characters of a stated line that are read
_LONGEST_NAME = 80
_DROPPED_LENGTH = 150  # characters of a dropped line that may name its author
_BYLINE_LENGTH = 60  # the same without addresses of mail
_META = tuple(
    """author article:author article:author_name og:article:author parsely-author sailthru.author
    dc.creator dcterms.creator cxenseparse:author citation_author byl authors twitter:creator:name
    dcsext.author""".split()
)


def find_authors(
    document: Document, hints: Hints, blocks: list[Block], headline_at: int, text_at: int
) -> tuple[str, ...]:
    """Return the authors in their order, without repeats: people and desks; the site only when nobody else is named.

    `headline_at` is the number of the block that ends the headline, `text_at` that of the text's first block.
    """
    site = _all_site_names(document)
    stated, organisations = _read_jsonld(document)

    def has_person(names: tuple[str, ...]) -> bool:
        return not all(is_desk(n) or n in organisations for n in names)

    by_jsonld = _split_names(stated, site, organisations)
    if has_person(by_jsonld):
        return by_jsonld
    labelled = _read_twitter_labels(document)
    by_meta = _split_names([v for name in _META for v in document.meta.get(name, ())] + labelled, site)
    if has_person(by_meta):
        return by_meta
    byline = bylines.find_byline(blocks, headline_at, text_at)
    printed = _split_names(byline.names, site)
    if has_person(printed) and byline.sure:
        return printed
    by_microdata = _split_names(microdata.read_values(document.tree, "author"), site)
    if has_person(by_microdata):
        return by_microdata
    if has_person(printed) and not (by_jsonld or by_meta):
        return printed
    hinted = _split_names(hints.authors, site)
    if named := hinted or by_jsonld or by_meta or by_microdata or printed:
        return named
    itself = _split_names(
        stated or document.meta.get("author") or labelled or byline.names, set(), organisations
    )
    return tuple(
        name for name in itself if _is_site(name, site) or name in organisations or itself == (name,)
    )


def _all_site_names(document: Document) -> set[str]:
    return find_site_names(document) | find_host_names(document.url)


_WRITTEN_BY = re.compile(
    r"\b(?:by|author|von|verfasst|geschrieben|par|écrit|por|escrito|autor|di|scritto|door|av)\b", re.I
)


def _read_twitter_labels(document: Document) -> list[str]:
    """Return the authors on a Twitter card, which labels its two lines itself: 'Written by', then the author."""
    return [
        document.first(f"twitter:data{n}")
        for n in (1, 2)
        if _WRITTEN_BY.search(document.first(f"twitter:label{n}")) and document.first(f"twitter:data{n}")
    ]


def _read_jsonld(document: Document) -> tuple[list[str], set[str]]:
    """Return the names of the article's authors, and those of them that are organisations."""
    value = document.article.get("author") or document.article.get("creator")
    by_id = {
        n["@id"]: n
        for n in document.nodes
        if isinstance(n.get("@id"), str) and (n.get("name") or n.get("givenName"))
    }
    found: list[str] = []
    organisations: set[str] = set()
    for item in value if isinstance(value, list) else [value]:
        names = _node_names(item, by_id)
        found += names
        if isinstance(item, dict) and any("organization" in kind for kind in jsonld.node_types(item)):
            organisations.update(names)
    return found, organisations


def _node_names(value: Any, by_id: dict[str, dict[str, Any]]) -> list[str]:
    if not isinstance(value, dict):
        return jsonld.to_texts(value)
    if not value.get("name") and isinstance(value.get("@id"), str):
        value = by_id.get(value["@id"], value)
    if not value.get("name") and value.get("familyName"):
        return [f"{jsonld.to_text(value.get('givenName'))} {jsonld.to_text(value.get('familyName'))}".strip()]
    name = value.get("name")
    if isinstance(name, list):
        return [text for part in name for text in _node_names(part, {})]
    return jsonld.to_texts(name)


def is_only_site(names: Iterable[str], document: Document) -> bool:
    """Whether nobody is named but the site itself."""
    site = _all_site_names(document)
    return all(" ".join(words(name)) in site for name in names)


def split_names(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the single names in lines, without what stands around them, without repeats."""
    return _split_names(lines, set())


def _is_site(name: str, site: set[str]) -> bool:
    """Whether a name is one of the site's, or has its host in it."""
    key = " ".join(words(name))
    hosts = [h for h in site if " " in h and len(h) > _HOST_LENGTH and h.split()[-1] in _ENDINGS]
    return key in site or any(f" {h} " in f" {key} " for h in hosts)


def _split_names(
    lines: Iterable[str], site: set[str], organisations: AbstractSet[str] = frozenset()
) -> tuple[str, ...]:
    """Return the single names in lines without those of the `site`; `organisations` are never split."""
    names: dict[str, str] = {}
    for raw in lines:
        if raw in organisations:
            if " ".join(words(raw)) not in site or is_newsroom(raw):
                names.setdefault(raw.casefold(), raw)
            continue
        raw = squeeze(junk.strip_markup(raw[:_LONGEST_LINE]))
        if (
            "://" in raw
            or raw.startswith("www.")
            or raw.isdigit()
            or junk.is_no_author(raw)
            or ("@" in raw and " " not in raw)
        ):
            continue
        if " ".join(words(raw)) in site and SPLIT.search(raw):  # a name that has "and" in it
            continue
        raw = strip_beside(re.sub(r"\s*\S+@\S+\s*", " ", raw))
        parts = SPLIT.split(BY.sub("", raw))
        if len(parts) > 2 and " ".join(words(parts[0])) in site:  # the publisher and where it sits
            continue
        for part in parts:
            name = trim_name(part)
            if (
                not name
                or len(name) > _LONGEST_NAME
                or ROLE_ONLY.match(name)
                or "@" in name
                or name.isdigit()
                or junk.is_no_author(name)
            ):
                continue
            if not _is_site(name, site):
                names.setdefault(name.casefold(), name)
    full = [name for name in names.values() if not _SLUG.fullmatch(name)]
    return tuple(full or names.values())


_SLUG = re.compile(r"[a-z]+(?:[-_][a-z]+)+|[a-z]+[A-Z][a-z]+")
"""A name as an address has it; beside names in full it is one of theirs."""

_ENDINGS = frozenset(
    "com org net de uk fr es it jp kr cn in id ru ua br mx za au ca ch at nl be se no dk fi pl cz".split()
)


def find_in_dropped_bylines(blocks: Iterable[Block], document: Document) -> tuple[str, ...]:
    """Return the names in the lines that were dropped from the text as bylines."""
    found: list[str] = []
    for block in blocks:
        if block.dropped_because not in (DropReason.BYLINE, DropReason.SOURCE):
            continue
        if len(block.text) > _DROPPED_LENGTH:
            continue
        line = re.sub(r"[\[(<]?[^\s\[(<]+@[^\s\])>]+[\])>]?", "", block.text).strip("()（）[] ")
        by = BY.match(line)
        if len(line) < _BYLINE_LENGTH and (block.dropped_because is DropReason.BYLINE or by):
            text = STOP.sub("", line[by.end() :] if by else line).strip("()[] ")
            found += [n for n in SPLIT.split(text) if looks_like_name(n, by=bool(by))]
    return _split_names(found, find_site_names(document))
