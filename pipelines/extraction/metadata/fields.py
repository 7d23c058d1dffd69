"""Section, tags, description and access: from JSON-LD, meta tags and the feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.extraction import jsonld
from pipelines.extraction.document import squeeze

if TYPE_CHECKING:
    from pipelines.extraction.document import Document
    from pipelines.items import Hints

_MOST_TAGS = 50
_SECTION_META = (
    "article:section",
    "og:article:section",
    "parsely-section",
    "section",
    "category",
    "cxenseparse:section",
)
_PAID_TIERS = frozenset("locked metered paid premium subscriber hard registration plus".split())


def find_section(document: Document, hints: Hints, headline: str) -> str:
    """Return the section by metadata, else by the last breadcrumb that is a link, else by the feed."""
    stated = jsonld.to_text(document.article.get("articleSection")) or document.first(*_SECTION_META)
    return stated or _find_breadcrumb(document, headline) or hints.section


def _find_breadcrumb(document: Document, headline: str) -> str:
    for node in document.nodes:
        if "breadcrumblist" in jsonld.node_types(node):
            items = node.get("itemListElement")
            names = [_crumb_name(item) for item in (items if isinstance(items, list) else [items])]
            # The first crumb is the home page.
            inner = [name for name in names if name][1:]
            inner = [name for name in inner if name.casefold() != headline.casefold()]
            if inner:
                return inner[-1]
    return ""


def _crumb_name(item: object) -> str:
    if not isinstance(item, dict):
        return ""
    inner = item.get("item")
    return jsonld.to_text(item.get("name")) or (
        jsonld.to_text(inner.get("name")) if isinstance(inner, dict) else ""
    )


def find_tags(document: Document, hints: Hints) -> tuple[str, ...]:
    """Return the keywords in their order, without repeats."""
    found = jsonld.to_texts(document.article.get("keywords"))
    if len(found) == 1:
        found = found[0].split(",")
    found = found or document.meta.get("article:tag", [])
    if not found:
        found = document.first("news_keywords", "keywords", "parsely-tags", "sailthru.tags").split(",")
    if not any(found):
        found = [*found, *hints.tags]
    return tuple(dict.fromkeys(tag for text in found if (tag := squeeze(text))))[:_MOST_TAGS]


def find_description(document: Document) -> str:
    """Return what the page says of itself to search engines."""
    return document.first(
        "og:description", "description", "twitter:description", "dc.description"
    ) or jsonld.to_text(document.article.get("description"))


def find_access(document: Document) -> str | None:
    """Return `free` or `paywalled` as the page states it; None when it is silent."""
    stated = [node.get("isAccessibleForFree") for node in _find_nodes_with_access(document)]
    stated += document.meta.get("isaccessibleforfree", [])
    values = {str(v).strip().lower().rsplit("/", 1)[-1] for v in stated if v is not None}
    if values & {"false", "no", "0"}:
        return "paywalled"
    tier = document.first(
        "article:content_tier", "content_tier", "article:opinion_tier", "cxenseparse:access"
    ).lower()
    if tier in _PAID_TIERS:
        return "paywalled"
    return "free" if values & {"true", "yes", "1"} or tier == "free" else None


_ELEMENT = "webpageelement"
_ACCESSIBLE = jsonld.PAGE_TYPES | {_ELEMENT, "creativework", "mediaobject"}


def _find_nodes_with_access(document: Document) -> list[dict[str, Any]]:
    """Return the nodes whose access is the page's: the article's, its parts on this page, the page's own."""
    article = document.article
    parts = article.get("hasPart")
    named = [n for n in (parts if isinstance(parts, list) else [parts]) if isinstance(n, dict)]
    named = [n for n in named if not jsonld.node_types(n) or _ELEMENT in jsonld.node_types(n)]
    return [
        article,
        *named,
        *(n for n in document.own_nodes if jsonld.node_types(n) & _ACCESSIBLE),
    ]
