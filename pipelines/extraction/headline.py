"""The headline as printed on the page, and the intro printed under it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.extraction import jsonld
from pipelines.extraction.document import squeeze
from pipelines.extraction.words import split as words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

    from pipelines.extraction.blocks import Block
    from pipelines.extraction.document import Document
    from pipelines.items import Hints

_SEPARATOR = re.compile(r"\s+[|–—\-·•»«:/]+\s+|\s*[|｜]\s*|\s+::\s+| - ")


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
    return out.strip(" |–—-·•»")


def _host(url: str) -> str:
    return url.split("//", 1)[-1].split("/", 1)[0].split(":")[0].lower()


def find(document: Document, blocks: list[Block], hints: Hints) -> tuple[str, int]:
    """The headline and the number of its last block on the page (-1 when it is not printed).

    Of the forms in which it is printed (with and without the kicker in or before it) the one that
    metadata states is taken, in its punctuation.
    """
    names = site_names(document)
    claims = [clean(t, document, names) for t in stated(document, hints)]
    best, at = _printed(blocks, claims, names)
    if at < 0:
        return best, at
    key = words(best)
    kicker = words(blocks[at - 1].text) if at > 0 and len(blocks[at - 1].text) < 60 else []
    forms = [words(t) for t in _forms(blocks, at)] + [key, kicker + key]
    preferred = [clean(document.first("og:title"), document, names), *claims]
    for claim in preferred:
        if claim and words(claim) in forms:
            return (best if words(claim) == key and claim != best and _plainer(claim, best) else claim), at
    for claim in preferred:
        rest = words(claim)
        before = best.casefold().find(claim.casefold()[:12]) if claim else -1
        # A kicker inside the heading, told from the headline by its colour only.
        inside = len(rest) > 2 and key[-len(rest) :] == rest and len(key) - len(rest) <= 5 and before > 0
        if inside and re.search(r"[\w\"'”“»]\s*$", best[:before]):
            return claim, at
    return best, at


def _plainer(claim: str, printed: str) -> bool:
    """Whether a claim differs from the printed form in more than punctuation between its parts."""
    return re.sub(r"\W", "", claim) != re.sub(r"\W", "", printed)


def _forms(blocks: list[Block], at: int) -> list[str]:
    """What the heading that ends at block `at` may be read as."""
    for level in (1, 2):
        for texts, end, _ in _headings(blocks, level):
            if end == at:
                return texts
    return []


def _printed(blocks: list[Block], claims: list[str], names: set[str]) -> tuple[str, int]:
    """The heading that is the headline, else the best claim."""
    groups = _headings(blocks, 1)
    best, best_score, best_at = "", 0.0, -1
    for level, extra in ((1, 0.25), (2, 0.0)):
        for texts, at, zone in _headings(blocks, level):
            for text in texts:
                if " ".join(words(text)) in names or len(text) > 350:
                    continue
                score = max((likeness(text, c) for c in claims), default=0.0) + extra - zone
                score += 0.15 * (text in claims)
                if score > best_score + 0.01:
                    best, best_score, best_at = text, score, at
    if best and (best_score >= 0.75 or (len(groups) == 1 and best_score >= 0.45 and len(words(best)) >= 3)):
        return best, best_at
    if len(groups) == 1:
        texts, at, zone = groups[0]
        if not zone and len(words(texts[-1])) >= 3 and " ".join(words(texts[-1])) not in names:
            return texts[-1], at
    if claims:
        return claims[0], next((n for n, block in enumerate(blocks) if block.text == claims[0]), -1)
    return best, best_at


def _headings(blocks: list[Block], level: int) -> list[tuple[list[str], int, float]]:
    """Each heading of a level: the texts it may be read as, where it ends, and a penalty for its zone."""
    out: list[tuple[list[str], int, float]] = []
    n = 0
    while n < len(blocks):
        block = blocks[n]
        if block.level != level:
            n += 1
            continue
        group = [block]
        while n + 1 < len(blocks) and blocks[n + 1].group is block.group and blocks[n + 1].level == level:
            n += 1
            group.append(blocks[n])
        plain = [
            b.text
            for b in group
            if b.zone is None or b.zone.kind not in ("meta", "tools", "hidden", "related")
        ]
        texts = dict.fromkeys([" ".join(plain), " ".join(b.text for b in group), *(b.text for b in group)])
        zone = group[-1].zone
        penalty = 0.0
        while zone is not None:
            if zone.kind in ("nav", "related", "sidebar", "footer", "comment", "aside", "ad", "hidden"):
                penalty = 0.3
            zone = zone.outer
        out.append(([t for t in texts if t], n, penalty))
        n += 1
    return out


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
    between = [b for b in between if not _pictured(b) and likeness(b.text, title) < 0.8]
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
        and not _pictured(first)
    ):
        alike = [b for b in blocks[body_at + 1 :] if b.element.tag == first.element.tag and not b.why]
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
        if (b.why in ("before", "outside") or _intro_teaser(b))
        and 50 <= len(b.text) <= 1200
        and b.linked < 0.3
        and _SENTENCE.search(b.text)
        and not _pictured(b)
        and b.kind in ("p", "h")
    ]


def _intro_teaser(block: Block) -> bool:
    """Whether a block is what German newsrooms call the teaser: the article's own intro, alone in its zone."""
    zone = block.zone
    return (
        block.why == "related"
        and zone is not None
        and "teaser" in zone.name
        and zone.chars == len(block.text)
    )


_SENTENCE = re.compile(r"[.!?…。！？؟।][\"'”“’»」]?$")


_PICTURE = re.compile(
    r"(?:^|[-_ ])(?:image|photo|picture|bild|foto|imagen)[-_](?:text|info|desc|caption|container|box|wrap)",
    re.I,
)


def _pictured(block: Block) -> bool:
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
