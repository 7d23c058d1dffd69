"""From a fetched page to an article: `extract(page)`, one pure function. The only importer of trafilatura.

The stages, in their order: decode · parse · metadata · story (zones, container, trimming, sifting) · rescue ·
rendering · verdict. `explain(page)` tells what each of them did.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from trafilatura import bare_extraction
from trafilatura.meta import reset_caches

from pipelines import addresses
from pipelines.decode import BodyError, NotTextError, decode_body, decode_text
from pipelines.extraction import dates, kinds, metadata, pictures, render, words
from pipelines.extraction.document import Document, read, squeeze
from pipelines.extraction.story import Story, tell
from pipelines.items import Article, Outcome

if TYPE_CHECKING:
    from pipelines.items import Page

EXTRACTOR = "clippings-2"
"""Stored with each article. Raised when the same page would come out differently."""

_RESCUES_BETWEEN_RESETS = 200
_REFRESH = re.compile(r"^\s*(\d+)(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+)", re.I)
_MIN_LETTERS = 25  # less text than a headline's worth is none

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # its errors are our outcomes
_rescues = 0


@dataclass(slots=True)
class Extraction:
    """An article and how it came about."""

    article: Article
    document: Document | None = None
    story: Story | None = None
    notes: list[str] = field(default_factory=list)


def extract(page: Page) -> Article:
    """The article on a page, or why there is none. Never raises, whatever the page holds."""
    return run(page).article


def run(page: Page, without: frozenset[str] = frozenset()) -> Extraction:
    """Extract and keep the steps in between; `without` names stages to leave out."""
    try:
        return _run(page, without)
    except Exception as error:  # a hostile page must cost itself only; the outcome keeps what happened
        reason = f"extraction failed: {type(error).__name__}: {error}"
        return Extraction(_no_article(page, Outcome.EMPTY, reason))


def _no_article(page: Page, outcome: Outcome, reason: str) -> Article:
    return Article(url=page.address, outcome=outcome, reason=reason, extractor=EXTRACTOR)


def _run(page: Page, without: frozenset[str]) -> Extraction:
    try:
        text, charset = decode_text(decode_body(page.body, page.headers), page.headers)
    except NotTextError as error:
        return Extraction(_no_article(page, Outcome.NOT_ARTICLE, str(error)))
    except BodyError as error:
        return Extraction(_no_article(page, Outcome.EMPTY, str(error)))
    document = read(page, text)
    if document is None:
        return Extraction(_no_article(page, Outcome.EMPTY, "the page is empty"))
    target = _refresh(document)
    if target:
        article = _no_article(page, Outcome.NOT_ARTICLE, f"the page sends its reader on to {target}")
        return Extraction(replace(article, found=(target,)), document)
    result = _article(page, document, without)
    result.notes.insert(0, f"decoded as {charset}")
    return result


def _refresh(document: Document) -> str:
    """Where an immediate meta refresh leads; empty when there is none or it reloads the page itself."""
    for value in document.meta.get("refresh", ()):
        match = _REFRESH.match(value)
        if match and int(match[1]) <= 5:
            target = urljoin(document.url, match[2].strip())
            if target.split("#")[0] != document.url.split("#")[0] and target.startswith("http"):
                return str(target)
    return ""


def _article(page: Page, document: Document, without: frozenset[str]) -> Extraction:
    story = tell(document, page.hints, without)
    reason = "" if "verdict" in without else kinds.verdict(document, story, page.hints)
    if reason:  # what costs much is not looked for on pages that are not kept
        without |= {"date-search", "rescue"}
    published_at, published_from = dates.published(
        document, page.hints, page.fetched_at, story.blocks, story.headline_at, without
    )
    picture = pictures.lead(document, story.blocks)
    text = render.text_of(story.kept)
    notes: list[str] = []
    if "rescue" not in without and _doubtful(story, text):
        rescued = _plain_text(document.text, page.address)
        if len(rescued) > max(1.5 * len(text), len(text) + 200):
            notes.append(f"too little text ({len(text)} characters): taken from trafilatura ({len(rescued)})")
            text = rescued
    article = Article(
        url=addresses.canonical(document.url, document.canonical) or addresses.clean(document.url),
        title=story.title,
        standfirst=story.standfirst,
        authors=story.authors,
        published_at=published_at,
        published_from=published_from,
        modified_at=dates.modified(document, page.hints, published_at, page.fetched_at),
        section=metadata.section(document, page.hints, story.title),
        tags=metadata.tags(document, page.hints),
        language=metadata.language(document, page.hints, page.language),
        description=metadata.description(document),
        image_url=picture.url,
        image_caption=picture.caption,
        image_credit=picture.credit,
        text=text,
        word_count=words.count(text),
        access=metadata.access(document),
        content_hash=words.content_hash(story.title, story.standfirst, text),
        extractor=EXTRACTOR,
    )
    return Extraction(_judged(article, reason), document, story, notes)


def _doubtful(story: Story, text: str) -> bool:
    """Whether so little was found that another look is worth its time."""
    return len(text) < 250 or len(text) < 0.15 * story.page_worth


def _judged(article: Article, reason: str) -> Article:
    if reason:
        return replace(article, outcome=Outcome.NOT_ARTICLE, reason=reason)
    if len(article.text) < _MIN_LETTERS:
        return replace(article, outcome=Outcome.EMPTY, reason="no text found on the page")
    return article


def _plain_text(page_text: str, url: str) -> str:
    """trafilatura's text of the page in our syntax."""
    global _rescues
    _rescues += 1
    if _rescues % _RESCUES_BETWEEN_RESETS == 0:
        reset_caches()
    result = bare_extraction(page_text, url=url, fast=True, include_comments=False, include_formatting=True)
    body = getattr(result, "body", None)
    return "\n\n".join(_blocks(body)) if body is not None else ""


def _blocks(body: Any) -> list[str]:
    blocks: list[str] = []
    for element in body:
        text = squeeze("".join(element.itertext()))
        if not text:
            continue
        if element.tag == "head":
            blocks.append(f"## {text}")
        elif element.tag == "list":
            items = [item for i in element.iter("item") if (item := squeeze("".join(i.itertext())))]
            blocks.append("\n".join(f"- {item}" for item in items) or text)
        elif element.tag == "quote":
            blocks.append(f"> {text}")
        elif element.tag == "table":
            rows = [[squeeze("".join(c.itertext())) for c in row.iter("cell")] for row in element.iter("row")]
            blocks.append("\n".join(" | ".join(cells) for cells in rows if any(cells)))
        else:
            blocks.append(text)
    return blocks
