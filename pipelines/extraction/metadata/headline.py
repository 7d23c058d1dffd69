"""The headline as the page prints it: of all headings, the one that prints what the metadata state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pipelines.extraction import jsonld
from pipelines.extraction.document import read_title
from pipelines.extraction.metadata import junk
from pipelines.extraction.metadata.headings import read_headings
from pipelines.extraction.metadata.site_names import EDGES, SEPARATOR, find_site_names, strip_site_name
from pipelines.extraction.tokens import likeness_of_words
from pipelines.extraction.tokens import split as words

if TYPE_CHECKING:
    from pipelines.extraction.content.blocks import Block
    from pipelines.extraction.document import Document
    from pipelines.extraction.metadata.headings import Heading
    from pipelines.items import Hints

_LONGEST_STATED = 600  # characters of a stated headline that are read
_LONGEST_PRINTED = 350
_KICKER_LENGTH = 60  # characters of a line before a headline that may be its kicker
_TEXT_LENGTH = 150  # characters of a block below which an h2 is a heading of the text
_FEW_WORDS = 3  # fewer words stand in many headlines
_UNLIKELY_WORDS = 5  # fewer words, unlike all that is stated, name a section

# A heading's score is its likeness to what is stated, with these additions.
_STATED = 0.15  # it is stated word by word
_FIRST_LEVEL = 0.25
_BETTER = 0.01  # by how much a later heading must be better
_AGREES = 0.3  # likeness of a first heading that metadata bears out
_CHOSEN = 0.75  # score from which a heading is the headline
_UNLIKE = 0.2  # likeness below which a short h1 is no headline


class Headline(NamedTuple):
    """The headline and the number of its last block on the page, -1 when it is not printed."""

    text: str
    at: int


class _Candidates(NamedTuple):
    """The page's headings that may be its headline."""

    first: list[Heading]
    """Its h1s."""
    second: list[Heading]
    """Its h2s."""


def find_headline(document: Document, blocks: list[Block], hints: Hints) -> Headline:
    """Return the headline as the page prints it.

    Of the forms in which it is printed (with and without the kicker in or before it) the one that
    metadata states is taken.
    """
    names = find_site_names(document)
    claims = [strip_site_name(title, document, names) for title in stated_headlines(document, hints)]
    shared = strip_site_name(junk.strip_markup(document.first("og:title")), document, names)
    found = _find_candidates(blocks, claims, names | _find_blog_names(document))
    heading = _find_shared(found, blocks, shared) or _choose(found, claims)
    if heading is None:
        return _find_in_lines(blocks, claims)
    for claim in (shared, *claims):
        if text := _read_as(heading, claim, blocks):
            return Headline(text, heading.at)
    return Headline(strip_site_name(heading.text, document, names), heading.at)


def stated_headlines(document: Document, hints: Hints) -> list[str]:
    """Return the headlines that metadata states, the most trustworthy first."""
    found = [
        jsonld.to_text(document.article.get("headline")),
        document.first("og:title"),
        document.first("twitter:title", "title", "dc.title", "parsely-title", "sailthru.title", "headline"),
        read_title(document.tree),
        hints.title,
    ]
    stated = (junk.strip_markup(title[:_LONGEST_STATED]) for title in found if title)
    return list(dict.fromkeys(title for title in stated if title and not _is_junk(title)))


def _is_junk(title: str) -> bool:
    """Whether a title is none, alone or before the site's name."""
    return junk.is_no_title(title) or junk.is_no_title(SEPARATOR.split(title)[0])


def _find_blog_names(document: Document) -> set[str]:
    """Return what the page's title has besides the headline: the blog's name, a section, never the headline."""
    whole = words(read_title(document.tree))
    found = set()
    for claim in (document.first("og:title"), jsonld.to_text(document.article.get("headline"))):
        part = words(claim)
        if part and len(part) < len(whole):
            if whole[: len(part)] == part:
                found.add(" ".join(whole[len(part) :]))
            if whole[-len(part) :] == part:
                found.add(" ".join(whole[: -len(part)]))
    return found


def _find_candidates(blocks: list[Block], claims: list[str], names: set[str]) -> _Candidates:
    stated = {claim: set(words(claim)) for claim in claims}
    first, second = (
        [h for h in read_headings(blocks, level) if _compare(h, stated, names)] for level in (1, 2)
    )
    for heading in [*(first if len(first) > 1 else ()), *second]:
        if len(words(heading.text)) < _FEW_WORDS and not heading.stated:
            heading.likeness /= 2
    return _Candidates(first, second)


def _compare(heading: Heading, claims: dict[str, set[str]], names: set[str]) -> bool:
    """Set the heading's best reading and how like the claims it is; return whether it may be a headline at all.

    `claims` have their words beside them.
    """
    best = -1.0
    for text in [*heading.texts, *heading.parts]:
        own = words(text)
        if " ".join(own) in names or len(text) > _LONGEST_PRINTED:
            continue
        is_stated = text in claims
        if text not in heading.texts and not is_stated:
            continue
        like = max((likeness_of_words(set(own), claim) for claim in claims.values()), default=0.0)
        if like + _STATED * is_stated > best + _BETTER:
            best = like + _STATED * is_stated
            heading.text, heading.likeness, heading.stated = text, like, is_stated
    return best >= 0


def _find_shared(found: _Candidates, blocks: list[Block], shared: str) -> Heading | None:
    """Return the heading that prints `shared`, the title under which editors share the page.

    Some templates give search engines an h1 of their own, out of sight, and print the headline as an h2 below it.
    """
    if len(words(shared)) < _FEW_WORDS:
        return None
    for heading in found.first:
        if not heading.penalty and _read_as(heading, shared, blocks):
            return heading
    start = found.first[0].at if found.first else 0
    for heading in found.second:
        below_text = any(b.kind != "h" and len(b.text) > _TEXT_LENGTH for b in blocks[start : heading.at])
        if not heading.penalty and not below_text and _read_as(heading, shared, blocks):
            return heading
    return None


def _choose(found: _Candidates, claims: list[str]) -> Heading | None:
    """Return the heading that is most like the claims; None when none is the headline."""
    # A first heading in the open that the metadata bears out leaves nothing to the headings below it.
    good = [
        h for h in found.first if not h.penalty and h.likeness >= _AGREES and len(words(h.text)) >= _FEW_WORDS
    ]
    scored = [(h.likeness + _STATED * h.stated + _FIRST_LEVEL - h.penalty, h) for h in good or found.first]
    scored += [] if good else [(h.likeness + _STATED * h.stated - h.penalty, h) for h in found.second]
    best_score, best = 0.0, None
    for score, heading in scored:
        if score > best_score + _BETTER:
            best_score, best = score, heading
    if best is not None and (good or best_score >= _CHOSEN):
        return best
    if len({h.text for h in found.first}) != 1 or len(words(found.first[0].text)) < _FEW_WORDS:
        return None
    only = found.first[0]
    if only.penalty:
        return only if only.likeness >= _AGREES / 2 else None
    unlike = only.likeness < _UNLIKE and len(words(only.text)) < _UNLIKELY_WORDS and claims
    return None if unlike else only


def _read_as(heading: Heading, claim: str, blocks: list[Block]) -> str:
    """Return a claim as a heading prints it, with the kicker before it when the claim has it; "" when it does not."""
    form = words(claim)
    if not form:
        return ""
    forms = [text for text in (heading.text, *heading.texts, *heading.parts) if words(text) == form]
    if forms:
        apart = bool(heading.parts) or len(heading.texts) > 1
        return claim if claim in forms else _choose_signs(forms[0], claim, apart).strip(EDGES)
    before = blocks[heading.at - 1].text if heading.at > 0 else ""
    return claim if len(before) < _KICKER_LENGTH and form == words(before) + words(heading.text) else ""


def _choose_signs(printed: str, claim: str, apart: bool) -> str:
    """Return the printed form; the claim when the page sets the parts apart by place and not by signs."""
    printed_signs, claim_signs = (len(re.sub(r"[\w\s]", "", text)) for text in (printed, claim))
    same_start = printed.split()[0] == claim.split()[0]
    return claim if apart and printed_signs <= claim_signs and same_start else printed


def _find_in_lines(blocks: list[Block], claims: list[str]) -> Headline:
    """Return the claim that a line of the page, which is no heading, prints, without a tail that is not printed."""
    if not claims:
        return Headline("", -1)
    lines = {b.text: n for n, b in reversed(list(enumerate(blocks))) if len(b.text) < _LONGEST_PRINTED}
    for claim in claims:
        shorter = (claim[: match.start()].strip() for match in reversed([*SEPARATOR.finditer(claim)]))
        for text in (claim, *shorter):
            if text in lines and (text == claim or len(words(text)) > _FEW_WORDS):
                return Headline(text, lines[text])
    return Headline(claims[0], -1)
