"""From a fetched page to an article: `extract(page)`, one pure function. The only importer of trafilatura.

The stages, in their order: decode · parse · is it a page at all · metadata · text · verdict.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from trafilatura import bare_extraction
from trafilatura.meta import reset_caches

from pipelines import rights
from pipelines.decode import BodyError, NotTextError, decode_body, decode_text
from pipelines.extraction import authors, dates, metadata, words
from pipelines.extraction.document import Document, read, squeeze
from pipelines.items import Article, Outcome

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from pipelines.items import Page

EXTRACTOR = "clippings-1"
"""Stored with each article. Raised when the same page would come out differently."""

_PAGES_BETWEEN_RESETS = 500
_REFRESH = re.compile(r"^\s*(\d+)(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+)", re.I)
_MIN_LETTERS = 25  # less text than a headline's worth is none

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # its errors are our outcomes
_pages_seen = 0


def extract(page: Page) -> Article:
    """The article on a page, or why there is none. Never raises, whatever the page holds."""
    try:
        return _extract(page)
    except Exception as error:  # a hostile page must cost itself only; the outcome keeps what happened
        return _no_article(page, Outcome.EMPTY, f"extraction failed: {type(error).__name__}: {error}")


def _no_article(page: Page, outcome: Outcome, reason: str) -> Article:
    return Article(url=page.address, outcome=outcome, reason=reason, extractor=EXTRACTOR)


def _extract(page: Page) -> Article:
    try:
        text, _ = decode_text(decode_body(page.body, page.headers), page.headers)
    except NotTextError as error:
        return _no_article(page, Outcome.NOT_ARTICLE, str(error))
    except BodyError as error:
        return _no_article(page, Outcome.EMPTY, str(error))
    document = read(page, text)
    if document is None:
        return _no_article(page, Outcome.EMPTY, "the page is empty")
    refused = "" if page.keep_noarchive else rights.noarchive(page.headers, document.meta)
    if refused:
        return _no_article(page, Outcome.EXCLUDED, refused)
    target = _refresh(document)
    if target:
        article = _no_article(page, Outcome.NOT_ARTICLE, f"the page sends its reader on to {target}")
        return replace(article, found=(target,))
    return _verdict(_article(page, document))


def _refresh(document: Document) -> str:
    """Where an immediate meta refresh leads; empty when there is none or it reloads the page itself."""
    for value in document.meta.get("refresh", ()):
        match = _REFRESH.match(value)
        if match and int(match[1]) <= 5:
            target = urljoin(document.url, match[2].strip())
            if target.split("#")[0] != document.url.split("#")[0] and target.startswith("http"):
                return str(target)
    return ""


def _article(page: Page, document: Document) -> Article:
    reserved, policy = rights.tdm(page.headers, document.meta)
    published_at, published_from = dates.published(document, page.hints, page.fetched_at)
    title = metadata.title(document, page.hints)
    text = _plain_text(document.tree, page.address)
    return Article(
        url=_canonical(document),
        title=title,
        authors=authors.find(document, page.hints),
        published_at=published_at,
        published_from=published_from,
        modified_at=dates.modified(document, page.hints, published_at, page.fetched_at),
        section=metadata.section(document, page.hints, title),
        tags=metadata.tags(document, page.hints),
        language=metadata.language(document, page.hints, page.language),
        description=metadata.description(document),
        image_url=metadata.image(document),
        text=text,
        word_count=words.count(text),
        access=metadata.access(document),
        tdm_reservation=reserved,
        tdm_policy=policy,
        content_hash=words.content_hash(title, "", text),
        extractor=EXTRACTOR,
    )


def _canonical(document: Document) -> str:
    """The page's rel=canonical when it names an address of the same host, else the address that answered."""
    try:
        target = urljoin(document.url, document.canonical)
        own, other = urlsplit(document.url), urlsplit(target)
        same = (own.hostname or "").removeprefix("www.") == (other.hostname or "").removeprefix("www.")
    except ValueError:
        return document.url
    # A home page named as the canonical of every article is a mistake that would merge them all.
    home = other.path in ("", "/") and not other.query and own.path not in ("", "/")
    return (
        target
        if document.canonical and same and other.scheme in ("http", "https") and not home
        else document.url
    )


def _verdict(article: Article) -> Article:
    if len(article.text) < _MIN_LETTERS:
        return replace(article, outcome=Outcome.EMPTY, reason="no text found on the page")
    return article


def _plain_text(tree: HtmlElement, url: str) -> str:
    global _pages_seen
    _pages_seen += 1
    if _pages_seen % _PAGES_BETWEEN_RESETS == 0:
        reset_caches()
    result = bare_extraction(
        tree, url=url, include_comments=False, include_tables=True, include_formatting=True
    )
    body = getattr(result, "body", None)
    return "\n\n".join(_blocks(body)) if body is not None else ""


def _blocks(body: Any) -> list[str]:
    """trafilatura's result in our block syntax."""
    blocks: list[str] = []
    for element in body:
        text = squeeze("".join(element.itertext()))
        if not text:
            continue
        if element.tag == "head":
            blocks.append(f"## {text}")
        elif element.tag == "list":
            blocks.append(
                "\n".join(
                    f"- {item}" for i in element.iter("item") if (item := squeeze("".join(i.itertext())))
                )
                or text
            )
        elif element.tag == "quote":
            blocks.append(f"> {text}")
        elif element.tag == "table":
            rows = [
                " | ".join(squeeze("".join(c.itertext())) for c in row.iter("cell"))
                for row in element.iter("row")
            ]
            blocks.append("\n".join(r for r in rows if r.strip(" |")))
        else:
            blocks.append(text)
    return blocks
