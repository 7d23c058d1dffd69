"""Title, section, tags, language, description, image and access: from JSON-LD, meta tags and the feed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from pipelines.extraction import jsonld
from pipelines.extraction.document import squeeze, text_of

if TYPE_CHECKING:
    from pipelines.extraction.document import Document
    from pipelines.items import Hints

_SITE_TAIL = re.compile(r"\s+[|–—\-·•»:]\s+(?=[^|–—·•»]*$)")


def title(document: Document, hints: Hints) -> str:
    """The headline as printed: the page's own h1 when a stated headline agrees, else the stated one."""
    headings = [t for h in document.tree.iter("h1") if (t := text_of(h))]
    stated = [
        t
        for t in (
            jsonld.text(document.article.get("headline")),
            document.first("og:title"),
            document.first("twitter:title"),
            squeeze(document.tree.findtext(".//title")),
            hints.title,
        )
        if t
    ]
    for heading in headings:
        if any(_same(heading, t) for t in stated):
            return heading
    if len(headings) == 1 and len(headings[0]) > 15:
        return headings[0]
    return without_site(stated[0], document) if stated else (headings[0] if headings else "")


def _same(heading: str, stated: str) -> bool:
    one, other = heading.casefold(), stated.casefold()
    return one in other or other in one


def without_site(text: str, document: Document) -> str:
    """A title without the site's name at its end."""
    match = _SITE_TAIL.search(text)
    site = document.first("og:site_name").casefold()
    if match and site and site in text[match.start() :].casefold():
        return text[: match.start()]
    return text


def section(document: Document, hints: Hints, headline: str) -> str:
    """The section by metadata, else by the last breadcrumb that is a link."""
    stated = jsonld.text(document.article.get("articleSection")) or document.first(
        "article:section",
        "og:article:section",
        "parsely-section",
        "section",
        "category",
        "cxenseparse:section",
    )
    return stated or _breadcrumb(document, headline) or hints.section


def _breadcrumb(document: Document, headline: str) -> str:
    for node in document.nodes:
        if "breadcrumblist" in jsonld.types(node):
            names = [n for item in _listed(node.get("itemListElement")) if (n := _crumb(item))]
            names = [n for n in names[1:] if n.casefold() != headline.casefold()]
            if names:
                return names[-1]
    return ""


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _crumb(item: object) -> str:
    if not isinstance(item, dict):
        return ""
    return jsonld.text(item.get("name")) or (
        jsonld.text(item["item"].get("name")) if isinstance(item.get("item"), dict) else ""
    )


def tags(document: Document, hints: Hints) -> tuple[str, ...]:
    """Keywords in their order, without repeats."""
    value = document.article.get("keywords")
    found = jsonld.texts(value)
    if len(found) == 1:
        found = found[0].split(",")
    found = found or document.meta.get("article:tag", [])
    if not found:
        found = document.first("news_keywords", "keywords", "parsely-tags", "sailthru.tags").split(",")
    clean = dict.fromkeys(t for tag in [*found, *([] if any(found) else hints.tags)] if (t := squeeze(tag)))
    return tuple(clean)[:50]


def description(document: Document) -> str:
    """What the page says of itself to search engines."""
    return document.first(
        "og:description", "description", "twitter:description", "dc.description"
    ) or jsonld.text(document.article.get("description"))


def image(document: Document) -> str:
    """The lead image's absolute address."""
    value = document.article.get("image")
    first = value[0] if isinstance(value, list) and value else value
    stated = (
        jsonld.text(first.get("url") or first.get("contentUrl"))
        if isinstance(first, dict)
        else jsonld.text(first)
    )
    address = (
        document.first(
            "og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"
        )
        or stated
    )
    try:
        return urljoin(document.url, address) if address else ""
    except ValueError:
        return ""


_PAID = ("locked", "metered", "paid", "premium", "subscriber", "hard", "registration", "plus")


def access(document: Document) -> str | None:
    """`free` or `paywalled` as the page states it; None when it is silent."""
    stated = [document.article.get("isAccessibleForFree")]
    stated += [n.get("isAccessibleForFree") for n in document.nodes if "isAccessibleForFree" in n]
    values = {str(v).strip().lower().rsplit("/", 1)[-1] for v in stated if v is not None}
    if values & {"false", "no", "0"}:
        return "paywalled"
    tier = document.first(
        "article:content_tier", "content_tier", "article:opinion_tier", "cxenseparse:access"
    ).lower()
    if tier in _PAID:
        return "paywalled"
    if values & {"true", "yes", "1"} or tier == "free":
        return "free"
    return None
