"""From a fetched page to an article: `extract(page)`, one pure function.

The stages, in their order: decode · parse · rules · parts (`pipelines.extraction.parts.STAGES`) · page type · dates ·
rescue · the other metadata · interstitials. `explain(page)` prints the result of each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pipelines.clean_text import quote_value
from pipelines.extraction import embedded, other_kinds, page_type, parts, rescue, rights, rules, tokens
from pipelines.extraction.content import render
from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.date_parsing import parse_date
from pipelines.extraction.decoding import BodyError, NotTextError, decode_body, decode_text
from pipelines.extraction.document import Document, read_document
from pipelines.extraction.interstitials import OF_MACHINES, begins_with_prompt, classify
from pipelines.extraction.metadata import authors, dates, fields, images, language, own_address
from pipelines.extraction.metadata.address_agreement import Agreement, compare_addresses
from pipelines.extraction.next_page import find_next_page
from pipelines.extraction.rescue import read_with_trafilatura
from pipelines.items import Article, Hints, Noarchive, Outcome
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block
    from pipelines.extraction.embedded import EmbeddedText
    from pipelines.extraction.parts import PageParts
    from pipelines.items import Page, Rules

EXTRACTOR = "clippings-7"
"""Stored with each article. Raised when the same page would come out differently."""

_PLAYERS = frozenset({RegionKind.VIDEO})

_BY_TRAFILATURA = "trafilatura+"
"""Begins the name of the extractor where trafilatura finds the text and our stages clean it."""

_JSON_LD = re.compile(r"<script\b[^>]*\bld\+json\b[^>]*>.*?</script\s*>", re.IGNORECASE | re.DOTALL)

_MIN_LETTERS = 25  # less text than a headline's worth is none

# Another extractor is asked when less text was found than this, and believed when it finds this much more.
_LITTLE_TEXT = 250
_LITTLE_SHARE = 0.15  # of the page's text score
_RESCUE_FACTOR, _RESCUE_GAIN = 1.5, 200

_EXPLAINED_LENGTH = 160  # characters of a block that `explain` prints


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages that can be left out to measure what they are worth. `bench` filters these tuples."""

    parts: tuple[parts.Stage, ...] = parts.STAGES
    page_type: tuple[Callable[[Document, PageParts, Hints, frozenset[str]], str], ...] = (page_type.classify,)
    embedded: tuple[Callable[[Document], EmbeddedText | None], ...] = (embedded.find_embedded_text,)
    dates: tuple[dates.Reader, ...] = dates.READERS
    rescue: tuple[Callable[[str, str], str], ...] = (read_with_trafilatura,)


ALL_STAGES = Stages()


@dataclass(slots=True)
class Extraction:
    """An article and how it was found. `document` and `parts` are None when the page was not parsed.

    `next_page` is the address at which the page says that its article goes on.
    """

    article: Article
    document: Document | None = None
    parts: PageParts | None = None
    notes: list[str] = field(default_factory=list)
    next_page: str = ""


def extract(page: Page) -> Article:
    """Return the article on a page, or why there is none. Never raises, whatever the page holds."""
    return run(page).article


def run(page: Page, stages: Stages = ALL_STAGES) -> Extraction:
    """Extract and keep the steps in between. Never raises."""
    asked: tuple[str, ...] = ()
    next_page = ""
    try:
        asked = rights.find_rights(page.headers, {})
        opened = _open(page)
        if isinstance(opened, OpenedPage):
            asked = rights.find_rights(page.headers, opened.document.meta)
            next_page = find_next_page(page, opened.document.tree)  # before the stages change the tree
        result = _run(page, opened, stages) if isinstance(opened, OpenedPage) else Extraction(opened)
    except Exception as error:  # a hostile page must cost itself only; the outcome keeps what happened
        reason = f"extraction failed: {type(error).__name__}: {error}"
        result = Extraction(_no_article(page, Outcome.EMPTY, reason))
    result.article = replace(result.article, rights=asked)
    result.next_page = next_page
    return result


def _no_article(page: Page, outcome: Outcome, reason: str) -> Article:
    return Article(url=page.address, outcome=outcome, reason=reason, extractor=EXTRACTOR)


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """A page that could be read as a document."""

    document: Document
    charset: str


def _open(page: Page) -> OpenedPage | Article:
    """Decode and parse a page; or say why it has no article."""
    try:
        decoded = decode_text(decode_body(page.body, page.headers), page.headers)
    except NotTextError as error:
        return _no_article(page, Outcome.NOT_ARTICLE, str(error))
    except BodyError as error:
        return _no_article(page, Outcome.EMPTY, str(error))
    if kind := other_kinds.find_other_kind(decoded.text, page.headers):
        return _no_article(page, Outcome.NOT_ARTICLE, f"the address serves {kind}, not a page")
    document = read_document(page, decoded.text, decoded.utf8)
    if document is None:
        return _no_article(page, Outcome.EMPTY, "the page is empty")
    return OpenedPage(document, decoded.charset)


def _run(page: Page, opened: OpenedPage, stages: Stages) -> Extraction:
    document = opened.document
    refusal = rights.find_noarchive(page.headers, document.meta)
    if refusal and page.noarchive == Noarchive.EXCLUDE:
        return Extraction(_no_article(page, Outcome.EXCLUDED, refusal))
    target = own_address.find_refresh(document, page.headers)
    if target:
        article = _no_article(page, Outcome.NOT_ARTICLE, f"the page sends its reader on to {target}")
        return Extraction(replace(article, found=(target,)), document)
    result = _extract_article(page, document, stages)
    if document.cut:
        result.notes.append(document.cut)
        if result.article.outcome is not None:
            result.article = replace(result.article, reason=f"{result.article.reason}; {document.cut}")
    result.notes.insert(0, f"decoded as {opened.charset}")
    return result


def _extract_article(page: Page, document: Document, stages: Stages) -> Extraction:
    reserved, policy = rights.find_tdm_reservation(page.headers, document.meta)
    own = rules.select_rules(page.rules, page.fetched_at)
    notes = _prune(document, own)
    rule_body = _find_rule_body(document, own)
    found, by = _split(page, document, rule_body, notes, stages)
    reason = _classify_page(document, found, page.hints, own, stages)
    # A page that is not kept is not worth a search.
    readers = tuple(r for r in stages.dates if r in dates.CHEAP_READERS) if reason else stages.dates
    dated = dates.DatedPage(document, found.blocks, found.headline_at, page.fetched_at)
    published = dates.find_published(dated, page.hints, readers)
    image = images.find_lead_image(document, found.blocks)
    text = render.render_text(found.kept)
    if not reason:
        text = _rescue(text, found, page, notes, stages)
    stated = own_address.find_own_address(document)
    believed = compare_addresses(document.url, stated, found.title) is not Agreement.CONTRADICTS
    article = Article(
        url=stated if believed else normalize.clean(document.url),
        found=(stated,) if not believed and normalize.same_site(stated, document.url) else (),
        title=found.title,
        standfirst=found.standfirst,
        authors=found.authors,
        published_at=published.value,
        published_from=published.source,
        modified_at=dates.find_modified(dated, page.hints, published.value),
        section=fields.find_section(document, page.hints, found.title),
        tags=fields.find_tags(document, page.hints),
        language=language.find_language(document, page.hints, page.language, text),
        description=fields.find_description(document),
        image_url=image.url,
        image_caption=image.caption,
        image_credit=image.credit,
        text=text,
        word_count=tokens.count(text),
        access="paywalled" if found.enciphered else fields.find_access(document),
        tdm_reservation=reserved,
        tdm_policy=policy,
        content_hash=tokens.content_hash(found.title, found.standfirst, text),
        extractor=by + _name_extractor(own),
    )
    if own is not None:
        article = _apply_rules(article, document, own, notes)
    return Extraction(
        _set_outcome(article, reason, found, _is_dated(published, dated)), document, found, notes
    )


def _split(
    page: Page, document: Document, rule_body: list[_Element], notes: list[str], stages: Stages
) -> tuple[PageParts, str]:
    """Split a page into its parts by the extractor that it asks for; return them with what begins that extractor's name.

    Where the page prints hardly any text, it is read with the text that scripts would print.
    """
    if page.extractor == "trafilatura" and not rule_body:
        found = parts.split(document, page.hints, (), rescue.STAGES)
        if found.kept:
            return found, _BY_TRAFILATURA
        notes.append("trafilatura finds no text: taken from our own extractor")
    found = parts.split(document, page.hints, rule_body, stages.parts)
    printed = len(render.render_text(found.kept))
    if printed >= _LITTLE_TEXT or fields.find_access(document) == "paywalled":
        return found, ""
    for find in stages.embedded:
        text = find(document)
        if text is not None and embedded.add_to_page(document, text):
            notes.append(f"the page prints little text ({printed} characters): taken from {text.where}")
            return parts.split(document, page.hints, rule_body, stages.parts), ""
    return found, ""


def _name_extractor(own: Rules | None) -> str:
    """Return the name of the rules by which a page is read: `EXTRACTOR`, and of a site's own rules a hash.

    Two texts with the same name differ by what the publisher did, also where a person has changed the site's rules.
    """
    if own is None:
        return EXTRACTOR
    return f"{EXTRACTOR}+{sha256(repr(replace(own, until='')).encode()).hexdigest()[:8]}"


def _is_dated(published: dates.PublishedDate, page: dates.DatedPage) -> bool:
    """Whether the page itself states or prints when it was published."""
    return published.source in _ON_PAGE or bool(dates.read_text(page).value)


def _prune(document: Document, own: Rules | None) -> list[str]:
    if own is None or not own.prune:
        return []
    return [f"rules: prune took {rules.remove_elements(document.tree, own.prune)} elements out"]


def _find_rule_body(document: Document, own: Rules | None) -> list[_Element]:
    """Return the elements that the site's rules name as the body; empty when they name none or none is there."""
    if own is None:
        return []
    return [e for e in rules.find_elements(document.tree, own.body) if hasattr(e, "iter")]


def _classify_page(
    document: Document, found: PageParts, hints: Hints, own: Rules | None, stages: Stages
) -> str:
    """Return why the page is no article; "" when it is one, as where a person's rule finds the body."""
    if found.rule_body and found.kept:
        return ""
    evidence = _find_rule_evidence(document, own)
    return next((r for judge in stages.page_type if (r := judge(document, found, hints, evidence))), "")


def _find_rule_evidence(document: Document, own: Rules | None) -> frozenset[str]:
    """Return the evidence of an article that the site's rules find where the page's own markup may have none."""
    if own is None:
        return frozenset()
    evidence = {"published": own.date, "author": own.authors, "headline": own.title}
    return frozenset(
        name for name, selectors in evidence.items() if rules.find_texts(document.tree, selectors)
    )


def _rescue(text: str, found: PageParts, page: Page, notes: list[str], stages: Stages) -> str:
    """Return the text, or another extractor's where so little was found that this is worth its time."""
    if len(text) >= _LITTLE_TEXT and len(text) >= _LITTLE_SHARE * found.text_score:
        return text
    if found.enciphered:  # another extractor takes that for text
        return text
    for read in stages.rescue if page.extractor == "own" else ():
        rescued = read(_without_hidden_text(found.document), page.address)
        if len(rescued) > max(_RESCUE_FACTOR * len(text), len(text) + _RESCUE_GAIN):
            notes.append(f"too little text ({len(text)} characters): taken from trafilatura ({len(rescued)})")
            text = rescued
    return text


def _without_hidden_text(document: Document) -> str:
    """Return the page as sent; of one for subscribers without its JSON-LD, which may hold text that the page does not print."""
    hidden = _JSON_LD if fields.find_access(document) == "paywalled" else None
    return hidden.sub("", document.text) if hidden else document.text


def _apply_rules(article: Article, document: Document, own: Rules, notes: list[str]) -> Article:
    """Return the article with the fields that the site's own rules find."""
    tree = document.tree
    found: dict[str, Any] = {}
    for name in ("title", "standfirst", "section"):
        if value := rules.find_texts(tree, getattr(own, name)):
            found[name] = value[0]
    if names := authors.split_names(rules.find_texts(tree, own.authors)):
        found["authors"] = names
    stated = (parse_date(text) for text in rules.find_texts(tree, own.date))
    if published_at := next((date for date in stated if date), None):
        found |= {"published_at": published_at, "published_from": "rule"}
    notes += [f"rules: {name} = {_shown(value)}" for name, value in found.items()]
    article = replace(article, **found)
    return replace(article, content_hash=tokens.content_hash(article.title, article.standfirst, article.text))


def _shown(value: str | tuple[str, ...]) -> str:
    return quote_value(value) if isinstance(value, str) else ", ".join(map(quote_value, value))


_ON_PAGE = frozenset({"json-ld", "meta", "text", "rule"})
"""Evidence of a date that is the page's own: what the feed or the address says, says nothing of what was answered."""


def _set_outcome(article: Article, reason: str, found: PageParts, dated: bool) -> Article:
    """Return the article with its outcome. No text is `empty`, not `not_article`: it may be missing by mistake."""
    # Where no text was kept, what was left out may be the wall; on a page of many words it is a remark in a corner.
    seen = [article.text] if article.text else [block.text for block in found.blocks]
    size = article.word_count if article.text else tokens.count(" ".join(seen))
    walls = (classify(article.title, text, size, dated) for text in seen or [""])
    barrier = next((wall for wall in walls if wall), "")
    if not barrier and not reason and len(article.text) >= _MIN_LETTERS:
        return article
    # A prompt above a short text is no reason to drop the text: a wall is what has nothing else.
    beside = " ".join(block for block in article.text.split("\n\n") if not begins_with_prompt(block))
    if reason and not beside and any(b.dropped_because and b.lies_in(_PLAYERS) for b in found.blocks):
        reason = f"{page_type.FILM}: all its words stand beside the player"
    # A film has few words by nature, and a cookie bar like any page.
    film = reason.startswith(page_type.FILM)
    if barrier in OF_MACHINES and not dated:
        return replace(article, outcome=Outcome.EMPTY, reason=barrier)
    if barrier and not (film and not beside) and (reason or len(beside) < _MIN_LETTERS):
        return replace(article, outcome=Outcome.EMPTY, reason=barrier)
    if len(article.text) < _MIN_LETTERS and not film:
        reason = "its text is enciphered for subscribers" if found.enciphered else "no text found on the page"
        return replace(article, outcome=Outcome.EMPTY, reason=reason)
    return replace(article, outcome=Outcome.NOT_ARTICLE, reason=reason) if reason else article


def explain(page: Page) -> list[str]:
    """Return what each stage made of a page, line by line, for a person who wants to know why.

    First the fields with what gave them, then every block of the page in order: kept, or left out and why.
    """
    result = run(page)
    article, found = result.article, result.parts
    out = [f"extractor: {article.extractor}", *result.notes]
    if article.outcome is not None:
        out.append(f"outcome: {article.outcome}: {article.reason}")
    for name in ("url", "title", "standfirst", "authors", "published_at", "modified_at", "section", "tags"):
        value = getattr(article, name)
        source = f" (from {article.published_from})" if name == "published_at" and value else ""
        out.append(f"{name}: {', '.join(value) if isinstance(value, tuple) else value or '-'}{source}")
    out.append(f"rights: {'; '.join(article.rights) or '-'}")
    more = ("language", "access", "image_url", "image_caption", "image_credit", "word_count")
    out += [f"{name}: {getattr(article, name) or '-'}" for name in more]
    if found is None:
        return out
    kept = {id(block) for block in found.kept}
    return [*out, *(_explain_block(block, id(block) in kept) for block in found.blocks)]


def _explain_block(block: Block, kept: bool) -> str:
    text = block.text[:_EXPLAINED_LENGTH]
    if kept:
        return f"{block.kind:5} kept: {text}"
    region = f" [{block.region.kind} by {block.region.name}]" if block.region is not None else ""
    return f"{block.kind:5} left out: {block.dropped_because or 'unexplained'}{region}: {text}"
