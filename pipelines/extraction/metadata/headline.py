"""The headline as printed on the page, and the intro printed under it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.extraction import jsonld
from pipelines.extraction.document import squeeze
from pipelines.extraction.metadata.headings import headings
from pipelines.extraction.tokens import split as words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block
    from pipelines.extraction.document import Document
    from pipelines.extraction.metadata.headings import Heading
    from pipelines.items import Hints

_SEPARATOR = re.compile(r"\s+[|–—\-·•»«:/]+\s+|\s*[|｜]\s*|\s+::\s+| - ")

_EDGES = " |–—-·•"


def likeness(one: str, other: str) -> float:
    """Shared words as a share of the shorter text's words, 0 to 1, with a discount for what is left over."""
    first, second = set(words(one)), set(words(other))
    if not first or not second:
        return 0.0
    common = len(first & second)
    return common / min(len(first), len(second)) * 0.8 + common / max(len(first), len(second)) * 0.2


def stated(document: Document, hints: Hints) -> list[str]:
    """The headlines that metadata states, the most trustworthy first."""
    found = [
        jsonld.text(document.article.get("headline")),
        document.first("og:title"),
        document.first("twitter:title", "title", "dc.title", "parsely-title", "sailthru.title", "headline"),
        squeeze(document.tree.findtext(".//title")),
        hints.title,
    ]
    return list(dict.fromkeys(t[:600] for t in found if t))


def site_names(document: Document) -> set[str]:
    """What the site calls itself, without case."""
    names = [
        document.first(
            "og:site_name", "application-name", "apple-mobile-web-app-title", "publisher", "al:ios:app_name"
        )
    ]
    names += [jsonld.text(document.article.get("publisher"))]
    for node in document.nodes:
        if jsonld.types(node) & {"newsmediaorganization", "organization", "website"}:
            names.append(jsonld.text(node.get("name")))
    return {" ".join(words(n)) for n in names if n}


def clean(text: str, document: Document, names: set[str] | None = None) -> str:
    """A stated title without the site's name, section and slogan around it."""
    names = site_names(document) if names is None else names
    host = re.sub(r"^www\.|\.[a-z.]+$", "", _host(document.url))
    parts = _SEPARATOR.split(text)
    seps = _SEPARATOR.findall(text)

    def foreign(part: str) -> bool:
        key = " ".join(words(part))
        return bool(key) and (
            key in names
            or any(
                len(n) > 3 and (key.startswith(n + " ") or key.endswith(" " + n)) and len(key) < len(n) + 25
                for n in names
            )
            or (
                len(host) > 3
                and key.replace(" ", "").replace("www", "")
                in (host, host.replace("-", ""), _host(document.url).replace(".", ""))
            )
        )

    end, start = len(parts), 0
    for n in range(len(parts) - 1, 0, -1):
        if foreign(parts[n]):
            end = n
            break
    if len(parts) > 1 and end > 1 and foreign(parts[0]):
        start = 1
    kept = parts[start:end] or parts
    out = kept[0]
    for n, part in enumerate(kept[1:], start):
        out += seps[n] + part
    return out.strip(_EDGES if "«" in out else f"{_EDGES}»")


def _host(url: str) -> str:
    return url.split("//", 1)[-1].split("/", 1)[0].split(":")[0].lower()


def find(document: Document, blocks: list[Block], hints: Hints) -> tuple[str, int]:
    """The headline and the number of its last block on the page (-1 when it is not printed).

    Of the forms in which it is printed (with and without the kicker in or before it) the one that
    metadata states is taken, as the page prints it.
    """
    names = site_names(document)
    claims = [clean(t, document, names) for t in stated(document, hints)]
    shared = clean(document.first("og:title"), document, names)
    found = _candidates(blocks, claims, names | _blog_names(document))
    heading = _shared(found, blocks, shared) or _printed(*found, claims)
    if heading is None:
        return _unmarked(blocks, claims)
    for claim in (shared, *claims):
        if text := _read_as(heading, claim, blocks):
            return text, heading.at
    return clean(heading.text, document, names), heading.at


def _read_as(heading: Heading, claim: str, blocks: list[Block]) -> str:
    """A claim as a heading prints it, with the kicker before it when the claim has it; empty when it does not."""
    form = words(claim)
    if not form:
        return ""
    forms = [text for text in (heading.text, *heading.texts, *heading.parts) if words(text) == form]
    if forms:
        apart = bool(heading.parts) or len(heading.texts) > 1
        return claim if claim in forms else _as_printed(forms[0], claim, apart).strip(_EDGES)
    before = blocks[heading.at - 1].text if heading.at > 0 else ""
    return claim if len(before) < 60 and form == words(before) + words(heading.text) else ""


def _shared(found: tuple[list[Heading], list[Heading]], blocks: list[Block], claim: str) -> Heading | None:
    """The heading that prints what the page is shared under, which editors write, when the first one does not.

    Some templates give search engines an h1 of their own, out of sight, and print the headline as an h2 below it.
    """
    first, second = found
    if len(words(claim)) < 3:
        return None
    for heading in (h for h in first if not h.penalty):
        if _read_as(heading, claim, blocks):
            return heading
    start = first[0].at if first else 0
    for heading in second:
        below_text = any(b.kind != "h" and len(b.text) > 150 for b in blocks[start : heading.at])
        if not heading.penalty and not below_text and _read_as(heading, claim, blocks):
            return heading
    return None


def _blog_names(document: Document) -> set[str]:
    """What the page's title has besides the headline: the blog's name, a section, never the headline."""
    whole = words(squeeze(document.tree.findtext(".//title")))
    found = set()
    for claim in (document.first("og:title"), jsonld.text(document.article.get("headline"))):
        part = words(claim)
        if len(part) < len(whole) and part:
            found |= {tuple(whole[len(part) :])} if whole[: len(part)] == part else set()
            found |= {tuple(whole[: -len(part)])} if whole[-len(part) :] == part else set()
    return {" ".join(name) for name in found}


def _unmarked(blocks: list[Block], claims: list[str]) -> tuple[str, int]:
    """The claim, without a tail that is not printed, when a line of the page that is no heading is the rest."""
    if not claims:
        return "", -1
    lines = {b.text: n for n, b in reversed(list(enumerate(blocks))) if len(b.text) < 350}
    for claim in claims:
        for text in (claim, *(claim[: m.start()].strip() for m in reversed([*_SEPARATOR.finditer(claim)]))):
            if text in lines and (text == claim or len(words(text)) > 3):
                return text, lines[text]
    return claims[0], -1


def _as_printed(text: str, claim: str, apart: bool) -> str:
    """The printed form of a claim; the claim when the page sets the parts apart by place and not by signs."""
    signs = [len(re.sub(r"[\w\s]", "", t)) for t in (text, claim)]
    return claim if apart and signs[0] <= signs[1] and text.split()[0] == claim.split()[0] else text


def _candidates(
    blocks: list[Block], claims: list[str], names: set[str]
) -> tuple[list[Heading], list[Heading]]:
    """The page's first and second headings that may be its headline."""
    first, second = ([h for h in headings(blocks, level) if _weighed(h, claims, names)] for level in (1, 2))
    for heading in [*(first if len(first) > 1 else ()), *second]:
        if len(words(heading.text)) < 3 and not heading.stated:  # a word or two stand in any claim
            heading.likeness /= 2
    return first, second


_AGREES = 0.3


def _printed(first: list[Heading], second: list[Heading], claims: list[str]) -> Heading | None:
    """The heading that is most like the claims; None when none is the headline."""
    # A first heading in the open that the metadata bears out leaves nothing to the headings below it.
    good = [h for h in first if not h.penalty and h.likeness >= _AGREES and len(words(h.text)) > 2]
    every = [(h.likeness + 0.15 * h.stated + 0.25 - h.penalty, h) for h in good or first]
    every += [] if good else [(h.likeness + 0.15 * h.stated - h.penalty, h) for h in second]
    best_score, best = 0.0, None
    for score, heading in every:
        if score > best_score + 0.01:
            best_score, best = score, heading
    if best is not None and (good or best_score >= 0.75):
        return best
    if len({h.text for h in first}) != 1 or len(words(first[0].text)) < 3:
        return None
    alone = first[0]
    if alone.penalty:
        return alone if alone.likeness >= _AGREES / 2 else None
    unlike = alone.likeness < 0.2 and len(words(alone.text)) < 5 and claims
    return None if unlike else alone


def _weighed(heading: Heading, claims: list[str], names: set[str]) -> bool:
    """Whether a heading may be a headline at all; sets its best reading and how like the claims that is."""
    best = -1.0
    for text in [*heading.texts, *heading.parts]:
        if " ".join(words(text)) in names or len(text) > 350:
            continue
        is_stated = text in claims
        if text not in heading.texts and not is_stated:
            continue
        like = max((likeness(text, c) for c in claims), default=0.0)
        if like + 0.15 * is_stated > best + 0.01:
            best = like + 0.15 * is_stated
            heading.text, heading.likeness, heading.stated = text, like, is_stated
    return best >= 0


def same(one: str, other: str) -> bool:
    """Whether two texts are the same words, or one is the beginning of the other cut off."""
    first, second = words(one), words(other)
    if not first or not second:
        return False
    if first == second:
        return True
    short, long = sorted((first, second), key=len)
    return len(short) >= 6 and long[: len(short) - 1] == short[:-1]


def descriptions(document: Document) -> list[str]:
    """What metadata says the page is about: often the printed intro, sometimes the first paragraph."""
    found = [
        jsonld.text(document.article.get(key)) for key in ("description", "alternativeHeadline", "abstract")
    ]
    found += [
        document.first(n)
        for n in ("og:description", "description", "twitter:description", "dc.description", "lead")
    ]
    return list(dict.fromkeys(t for t in found if len(t) > 20))


def standfirst(
    blocks: list[Block], headline_at: int, body_at: int, told: Iterable[str], title: str
) -> Block | None:
    """The intro: the block between headline and text that its class or the page's description names."""
    told = list(told)
    start = headline_at + 1 if 0 <= headline_at < body_at else max(0, body_at - 12)
    # The text's own first block too: its class or its markup may set it apart from what follows.
    between = [b for b in blocks[start:body_at] if 25 <= len(b.text) <= 900 and b.linked < 0.5]
    between = [b for b in between if not pictured(b) and likeness(b.text, title) < 0.8]
    for block in between:
        if any(same(block.text, t) for t in told):
            return block
    for block in between:
        if _zoned(block, "standfirst"):
            return block
    first = blocks[body_at] if body_at < len(blocks) else None
    if (
        first is not None
        and first.kind in ("p", "h")
        and 25 <= len(first.text) <= 600
        and not pictured(first)
    ):
        alike = [
            b for b in blocks[body_at + 1 :] if b.element.tag == first.element.tag and not b.dropped_because
        ]
        apart = not any(b.element.get("class") == first.element.get("class") for b in alike)
        if apart and (_zoned(first, "standfirst") or any(same(first.text, t) for t in told)):
            return first
    return None


def leads(blocks: list[Block], headline_at: int, body_at: int) -> list[Block]:
    """Sentences between headline and text that nothing else explains."""
    if not 0 <= headline_at < body_at:
        return []
    return [
        b
        for b in blocks[headline_at + 1 : body_at]
        if (b.dropped_because in ("before", "outside") or _intro_teaser(b))
        and 50 <= len(b.text) <= 1200
        and b.linked < 0.3
        and _SENTENCE.search(b.text)
        and not pictured(b)
        and b.kind in ("p", "h")
    ]


def _intro_teaser(block: Block) -> bool:
    """Whether a block is what German newsrooms call the teaser: the article's own intro, alone in its zone."""
    zone = block.zone
    return (
        block.dropped_because == "related"
        and zone is not None
        and "teaser" in zone.name
        and zone.chars == len(block.text)
    )


_SENTENCE = re.compile(r"[.!?…。！？؟।][\"'”“’»」]?$")


_PICTURE = re.compile(
    r"(?:^|[-_ ])(?:image|photo|picture|bild|foto|imagen)[-_](?:text|info|desc|caption|container|box|wrap)",
    re.I,
)


def pictured(block: Block) -> bool:
    """Whether a block belongs to a picture."""
    element: _Element | None = block.element
    for depth in range(4):
        if element is None:
            return False
        if element.tag in ("figure", "figcaption", "picture"):
            return True
        if depth < 2 and _PICTURE.search(element.get("class") or ""):
            return True
        element = element.getparent()
    zone = block.zone
    while zone is not None:
        if zone.kind == "caption":
            return True
        zone = zone.outer
    return False


def _zoned(block: Block, kind: str) -> bool:
    zone = block.zone
    for _ in range(2):
        if zone is None:
            return False
        if zone.kind == kind:
            return True
        zone = zone.outer
    return False
