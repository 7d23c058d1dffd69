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

from pipelines.extraction import page_type, rights, rules, tokens
from pipelines.extraction.content import render
from pipelines.extraction.content.parts import PageParts, split
from pipelines.extraction.date_parsing import moment
from pipelines.extraction.decoding import BodyError, NotTextError, decode_body, decode_text
from pipelines.extraction.document import Document, read, squeeze
from pipelines.extraction.interstitials import begins_with_prompt, classify
from pipelines.extraction.metadata import authors, dates, fields, images, language
from pipelines.items import Article, Outcome
from pipelines.urls import normalize

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block
    from pipelines.items import Page, Rules

EXTRACTOR = "clippings-3"
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
    story: PageParts | None = None
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
    refused = "" if page.keep_noarchive else rights.noarchive(page.headers, document.meta)
    if refused:
        return Extraction(_no_article(page, Outcome.EXCLUDED, refused))
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
    reserved, policy = rights.tdm(page.headers, document.meta)
    own = rules.that_hold(page.rules, page.fetched_at)
    notes = _prune(document, own)
    chosen = select_body(document, own)
    story = split(document, page.hints, without, chosen)
    # Where a person's rule finds the body there is an article; other pages of the site are judged as anywhere.
    ruled = "verdict" in without or (bool(chosen) and bool(story.kept))
    reason = "" if ruled else page_type.classify(document, story, page.hints, _ruled(document, own))
    if reason:  # what costs much is not looked for on pages that are not kept
        without |= {"date-search", "rescue"}
    published_at, published_from = dates.published(
        document, page.hints, page.fetched_at, story.blocks, story.headline_at, without
    )
    picture = images.lead(document, story.blocks)
    text = render.text_of(story.kept)
    if "rescue" not in without and _doubtful(story, text):
        rescued = _plain_text(document.text, page.address)
        if len(rescued) > max(1.5 * len(text), len(text) + 200):
            notes.append(f"too little text ({len(text)} characters): taken from trafilatura ({len(rescued)})")
            text = rescued
    article = Article(
        url=normalize.canonical(document.url, document.canonical) or normalize.clean(document.url),
        title=story.title,
        standfirst=story.standfirst,
        authors=story.authors,
        published_at=published_at,
        published_from=published_from,
        modified_at=dates.modified(document, page.hints, published_at, page.fetched_at),
        section=fields.section(document, page.hints, story.title),
        tags=fields.tags(document, page.hints),
        language=language.language(document, page.hints, page.language, text),
        description=fields.description(document),
        image_url=picture.url,
        image_caption=picture.caption,
        image_credit=picture.credit,
        text=text,
        word_count=tokens.count(text),
        access=fields.access(document),
        tdm_reservation=reserved,
        tdm_policy=policy,
        content_hash=tokens.content_hash(story.title, story.standfirst, text),
        extractor=EXTRACTOR,
    )
    if own is not None:
        article = _by_rules(article, document, own, notes)
    return Extraction(_judged(article, reason, story), document, story, notes)


def _prune(document: Document, own: Rules | None) -> list[str]:
    if own is None or not own.prune:
        return []
    return [f"rules: prune took {rules.prune(document.tree, own.prune)} elements out"]


def select_body(document: Document, own: Rules | None) -> list[_Element]:
    """The elements that the site's rules name as the body; empty when they name none or none is there."""
    if own is None:
        return []
    return [e for e in rules.select(document.tree, own.body) if hasattr(e, "iter")]


def _ruled(document: Document, own: Rules | None) -> frozenset[str]:
    """The evidence of an article that the site's rules find where the page's own markup may have none."""
    if own is None:
        return frozenset()
    found = {"published": own.date, "author": own.authors, "headline": own.title}
    return frozenset(name for name, selectors in found.items() if rules.texts(document.tree, selectors))


def _by_rules(article: Article, document: Document, own: Rules, notes: list[str]) -> Article:
    """The article with the fields that the site's own rules find."""
    tree = document.tree
    found: dict[str, Any] = {}
    for name in ("title", "standfirst", "section"):
        if value := rules.texts(tree, getattr(own, name)):
            found[name] = value[0]
    if names := authors.tidy(rules.texts(tree, own.authors)):
        found["authors"] = names
    stated = (moment(text) for text in rules.texts(tree, own.date))
    if published_at := next((m for m in stated if m), None):
        found |= {"published_at": published_at, "published_from": "rule"}
    notes += [f"rules: {name} = {value!r}" for name, value in found.items()]
    article = replace(article, **found)
    return replace(article, content_hash=tokens.content_hash(article.title, article.standfirst, article.text))


def _doubtful(story: PageParts, text: str) -> bool:
    """Whether so little was found that another look is worth its time."""
    return len(text) < 250 or len(text) < 0.15 * story.page_worth


def _judged(article: Article, reason: str, story: PageParts) -> Article:
    """The article with its outcome. No text is `empty`, not `not_article`: it may have come so by mistake."""
    # Where no text was kept, what was left out may be the wall; on a page of many words it is a remark in a corner.
    seen = [article.text] if article.text else [block.text for block in story.blocks]
    size = article.word_count if article.text else tokens.count(" ".join(seen))
    barrier = next((found for text in seen or [""] if (found := classify(article.title, text, size))), "")
    if not barrier and not reason and len(article.text) >= _MIN_LETTERS:
        return article
    # A prompt above a short text is no reason to drop the text: a wall is what has nothing else.
    beside = " ".join(block for block in article.text.split("\n\n") if not begins_with_prompt(block))
    if reason and not beside and any(block.dropped_because == "video" for block in story.blocks):
        reason = f"{page_type.FILM}: all its words stand beside the player"
    film = (
        reason.startswith(page_type.FILM) and not beside
    )  # few words by nature, and a cookie bar like any page
    if barrier and not film and (reason or len(beside) < _MIN_LETTERS):
        return replace(article, outcome=Outcome.EMPTY, reason=barrier)
    if len(article.text) < _MIN_LETTERS and not reason.startswith(page_type.FILM):
        return replace(article, outcome=Outcome.EMPTY, reason="no text found on the page")
    return replace(article, outcome=Outcome.NOT_ARTICLE, reason=reason) if reason else article


def _plain_text(page_text: str, url: str) -> str:
    """trafilatura's text of the page in our syntax."""
    global _rescues
    _rescues += 1
    if _rescues % _RESCUES_BETWEEN_RESETS == 0:
        reset_caches()
    try:
        result = bare_extraction(
            page_text, url=url, fast=True, include_comments=False, include_formatting=True
        )
    except Exception:  # control characters and the like: a second opinion less, not a page less
        return ""
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


def explain(page: Page) -> list[str]:
    """What each stage made of a page, line by line, for a person who wants to know why.

    First the fields with what gave them, then every block of the page in order: kept, or left out and why.
    """
    result = run(page)
    article, story = result.article, result.story
    out = [f"extractor: {article.extractor}", *result.notes]
    if article.outcome is not None:
        out.append(f"outcome: {article.outcome}: {article.reason}")
    for name in ("url", "title", "standfirst", "authors", "published_at", "modified_at", "section", "tags"):
        value = getattr(article, name)
        source = f" (from {article.published_from})" if name == "published_at" and value else ""
        out.append(f"{name}: {', '.join(value) if isinstance(value, tuple) else value or '-'}{source}")
    more = ("language", "access", "image_url", "image_caption", "image_credit", "word_count")
    out += [f"{name}: {getattr(article, name) or '-'}" for name in more]
    if story is None:
        return out
    kept = {id(block) for block in story.kept}
    return [*out, *(_told(block, id(block) in kept) for block in story.blocks)]


def _told(block: Block, kept: bool) -> str:
    """A block's line in an explanation."""
    if kept:
        return f"{block.kind:5} kept: {block.text[:160]}"
    zone = f" [{block.zone.kind} by {block.zone.name}]" if block.zone is not None else ""
    return f"{block.kind:5} left out: {block.dropped_because or 'unexplained'}{zone}: {block.text[:160]}"
