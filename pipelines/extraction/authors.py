"""Who wrote it: names out of JSON-LD, meta tags and bylines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.extraction import jsonld
from pipelines.extraction.document import squeeze

if TYPE_CHECKING:
    from pipelines.extraction.document import Document
    from pipelines.items import Hints

_META = (
    "author",
    "article:author",
    "article:author_name",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dc.creator.creator",
    "dcterms.creator",
    "cxenseparse:author",
    "citation_author",
    "byl",
    "authors",
    "dcsext.author",
)
# "By", "Von", "Par" and their like before a name, in the languages that print them.
_BY = re.compile(
    r"^(?:written by|words by|story by|text by|by|von|vom|par|por|di|av|af|door|przez|autor(?:in|en)?|author|"
    r"text|texte|texto|от|автор|автори|автор:|作者|文|記者|记者|撰文|著者|文・)\s*[:：]?\s+",
    re.I,
)
_SPLIT = re.compile(
    r"\s*(?:[;|•·/]|,|，|、|\s(?:and|und|et|y|e|i|och|og|ja|en|и|та|и)\s|&|\s(?:with|mit|avec)\s)\s*", re.I
)


def find(document: Document, hints: Hints) -> tuple[str, ...]:
    """The authors in their order, without repeats."""
    return (
        _tidy(_from_jsonld(document), document)
        or _tidy([v for name in _META for v in document.meta.get(name, ())], document)
        or _tidy(list(hints.authors), document)
    )


def _from_jsonld(document: Document) -> list[str]:
    value = document.article.get("author") or document.article.get("creator")
    by_id = {n["@id"]: n for n in document.nodes if isinstance(n.get("@id"), str) and n.get("name")}
    return [t for item in (value if isinstance(value, list) else [value]) for t in _names(item, by_id)]


def _names(value: Any, by_id: dict[str, dict[str, Any]]) -> list[str]:
    if isinstance(value, dict):
        if not value.get("name") and isinstance(value.get("@id"), str):
            value = by_id.get(value["@id"], value)
        name = value.get("name")
        return jsonld.texts(name)
    return jsonld.texts(value)


def _tidy(found: list[str], document: Document) -> tuple[str, ...]:
    names: dict[str, str] = {}
    site = (document.first("og:site_name") or jsonld.text(document.article.get("publisher"))).casefold()
    for raw in found:
        if "://" in raw or ("@" in raw and " " not in raw):
            continue
        for part in _SPLIT.split(_BY.sub("", squeeze(raw))):
            name = part.strip(" ,.-–—|:") if not re.search(r"\b\w\.$", part) else part.strip(" ,-–—|:")
            if name and len(name) < 80 and name.casefold() != site:
                names.setdefault(name.casefold(), name)
    return tuple(names.values())
