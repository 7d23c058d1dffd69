"""What a page says of itself in its head: meta tags, JSON-LD, canonical, feed and AMP links."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from .press import Article
    from .sites import Feed, Site

FEED_TYPES = {
    "rss": "application/rss+xml",
    "rss091": "application/rss+xml",
    "rdf": "application/rdf+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}


def image(found: Article) -> str:
    """The address of the lead photo."""
    return f"{found.site.root}/images/{quote(found.story.slug)}.jpg"


def feed_link(site: Site, feed: Feed) -> str:
    """The autodiscovery tag of a feed."""
    kind = FEED_TYPES[feed.kind]
    return f'<link rel="alternate" type="{kind}" title="{escape(site.name)}" href="{feed.path}">\n'


def tags(found: Article, here: str, bare: bool = False) -> str:
    """The tags of one article page; `bare` leaves out all but what its dates and names need."""
    site, flags = found.site, found.story.flags
    out = []
    if not bare and "silent" not in site.evidence:
        out.append(f'<link rel="canonical" href="{escape(here)}">')
    if "amp" in flags and not bare:
        out.append(f'<link rel="amphtml" href="{escape(found.url)}/amp">')
    if "noarchive" in flags:
        out.append('<meta name="robots" content="index, follow, noarchive">')
    kinds = {"og": _open_graph, "article": _article, "dc": _dublin, "names": _names}
    for name in site.evidence:
        if name in kinds:
            out += [_meta(*pair) for pair in kinds[name](found)]
    if "jsonld" in site.evidence:
        out.append(_script({"@context": "https://schema.org", **_news(found, here)}))
    if "graph" in site.evidence:
        out.append(_script(_graph(found, here)))
    return "\n".join(out) + "\n"


def _meta(name: str, value: str) -> str:
    attribute = "property" if name.startswith(("og:", "article:")) else "name"
    return f'<meta {attribute}="{name}" content="{escape(value)}">'


def _open_graph(found: Article) -> list[tuple[str, str]]:
    story, site = found.story, found.site
    pairs = [
        ("og:type", "article"),
        ("og:title", found.title),
        ("og:site_name", site.name),
        ("og:url", found.url),
    ]
    if story.caption:
        pairs += [("og:image", image(found))]
    return [*pairs, ("og:description", story.standfirst or story.blocks[0][:150])]


def _article(found: Article) -> list[tuple[str, str]]:
    story, site = found.story, found.site
    pairs = [("article:published_time", found.published.isoformat())]
    if found.modified != found.published:
        pairs.append(("article:modified_time", found.modified.isoformat()))
    pairs.append(("article:section", site.sections[story.section]))
    return (
        pairs + [("article:author", name) for name in story.by] + [("article:tag", tag) for tag in story.tags]
    )


def _dublin(found: Article) -> list[tuple[str, str]]:
    pairs = [("DC.title", found.title), ("DC.date.issued", found.published.isoformat())]
    return pairs + [("DC.creator", name) for name in found.story.by]


def _names(found: Article) -> list[tuple[str, str]]:
    story = found.story
    pairs = [("author", ", ".join(story.by))] if story.by else []
    pairs += [("keywords", ", ".join(story.tags))] if story.tags else []
    return [*pairs, ("description", story.standfirst or story.blocks[0][:150])]


def _news(found: Article, here: str) -> dict[str, Any]:
    story, site = found.story, found.site
    data: dict[str, Any] = {
        "@type": "NewsArticle",
        "mainEntityOfPage": {"@type": "WebPage", "@id": here},
        "headline": found.title,
        "datePublished": found.published.isoformat(),
        "dateModified": found.modified.isoformat(),
        "author": [{"@type": "Person", "name": name} for name in story.by],
        "publisher": {"@type": "NewsMediaOrganization", "name": site.name, "url": site.root + "/"},
        "articleSection": site.sections[story.section],
        "keywords": list(story.tags),
        "inLanguage": site.language,
        "description": story.standfirst,
    }
    if story.caption:
        data["image"] = {"@type": "ImageObject", "url": image(found), "caption": story.caption}
    if "paywall" in story.flags:
        data["isAccessibleForFree"] = False
        data["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"}
    return data


def _graph(found: Article, here: str) -> dict[str, Any]:
    """The form that site builders write: one @graph whose parts name each other by @id."""
    site, news = found.site, _news(found, here)
    people = [
        {"@type": "Person", "@id": f"{site.root}/#person-{i}", "name": name}
        for i, name in enumerate(found.story.by)
    ]
    paper = {
        "@type": "Organization",
        "@id": f"{site.root}/#organization",
        "name": site.name,
        "url": site.root + "/",
    }
    page = {"@type": "WebPage", "@id": here, "url": here, "name": f"{found.title} - {site.name}"}
    crumbs = {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": 1, "name": site.name, "item": site.root + "/"},
            {"@type": "ListItem", "position": 2, "name": site.sections[found.story.section]},
        ],
    }
    news |= {
        "@id": f"{here}#article",
        "author": [{"@id": person["@id"]} for person in people],
        "publisher": {"@id": paper["@id"]},
    }
    return {"@context": "https://schema.org", "@graph": [page, crumbs, paper, *people, news]}


def _script(data: dict[str, Any]) -> str:
    words = json.dumps(data, ensure_ascii=False, indent=1).replace("</", "<\\/")
    return f'<script type="application/ld+json">\n{words}\n</script>'
