"""Did the publisher change the article? Decided from two extractions by the same rules. Pure.

The guard against pages that change at every look, in its order:

1. Words that count or tell the time (clocks, "3 minutes ago", view counters) are no change.
2. Blocks that are the text of links on the page are no change: teasers and menus are, paragraphs are not.
3. A change that could be a rotating box is doubtful: a few words without a sentence, a short block in whose
   place a wholly different one stands, or blocks close together of which as many came as went. It waits. If the
   next look finds the same words again, it was the publisher; if it finds others, the place is remembered, and
   such changes there no longer count.
4. A version that comes back is a revision once; an article that goes to and fro between the same versions
   (headlines on trial) makes no more of them.
5. No article has more than `MOST` revisions.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Protocol

from pipelines.extraction.notices import is_notice
from pipelines.extraction.tokens import UNSPACED, compose, has_sentence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pipelines.items import Article

MOST = 24
"""Revisions of one article; the feed reader lemon24/reader stops at the same number."""

SHORT = 60
"""Words that a rotating box has at most."""

BOX = 120
"""Words of a box of several teasers at most, of which some go and others come."""

SPOTS = 6
"""Changes in one such box at most."""

FEW = 15
"""Words of a label, a teaser's headline, a clock: without a sentence's end, no paragraph is as short."""

PLACES = 50
"""Places remembered of an article at most."""

ALIKE = 0.35
"""Share of words two versions of a paragraph have in common at least; two different ones have less."""

_CLOCK = re.compile(
    r"\d{1,2}[:.h時시点点]\s?\d{2}(?:[:.分분]\s?\d{2}秒?초?)?\s*(?:[ap]\.?m\.?|Uhr)?|\d{4}[-/.年년]\s?\d{1,2}[-/.月월]\s?\d{1,2}[日일]?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,\s’']\d{3})*(?:[.,]\d+)?\s?(?:[kKmM]\b)?")
_UNITS = (
    r"seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|Sekunden?|Minuten?|Stunden?|Tage?n?|secondes?|heures?|jours?"
    r"|segundos?|minutos?|horas?|días?|dias?|minuti|or[ae]|giorn[io]|секунд\w*|минут\w*|час\w*|дн\w+|день"
)
_AGO = re.compile(
    rf"\b(?:an?|one|vor|il y a|hace|há|fa)?\s*\d*\s*(?:{_UNITS})\s*(?:ago|назад|fa|atrás)?\b|\d+\s*(?:秒|分|分钟|小时|時間|日|天|초|분|시간|일)(?:前|전)|قبل \d+ \w+",
    re.IGNORECASE,
)
_COUNTER = re.compile(
    r"""views?\b|reads?\b|viewed|times\ read|comments?\b|shares?\b|likes?\b|reactions?\b|readers?\b|votes?\b
      | aufrufe|gelesen|kommentare?|vues?\b|lectures?\b|commentaires?|vistas\b|visitas|lecturas|comentarios?
      | visualizza|letture|commenti|visualiza|leituras|просмотр|прочитан|комментари|مشاهد|قراء|تعليق
      | 조회|댓글|閲覧|アクセス|コメント|阅读|浏览|点击|评论|閱讀|瀏覽|評論""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two versions differ: the blocks before, the blocks now, and a name for the place.

    `kind` is `noise`, `doubtful` or `sure`. `place` is made of the blocks around, which stay.
    """

    old: tuple[str, ...]
    new: tuple[str, ...]
    place: str
    kind: str

    @property
    def token(self) -> str:
        """The place and what stands there now, to know it again at the next look."""
        return f"{self.place}:{digest(' '.join(self.new))}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two extractions of one article by today's rules, and where they differ.

    `completed` says that the version held lacked further pages, which are held now and were left out of the comparison.
    """

    before: Article
    headline: bool
    standfirst: bool
    differences: tuple[Difference, ...] = ()
    completed: bool = False

    @property
    def differs(self) -> bool:
        """Whether they differ by anything but what counts or tells the time."""
        return self.headline or self.standfirst or any(d.kind != "noise" for d in self.differences)


@dataclass(frozen=True, slots=True)
class RevisionMemory:
    """What earlier looks have learned: doubtful changes seen once, and places that are never the same."""

    unconfirmed: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a revision is to be made, and of what kinds; else, why not. `memory` is to be remembered."""

    revised: bool
    kinds: tuple[str, ...] = ()
    reason: str = ""
    memory: RevisionMemory = RevisionMemory()


def compare(before: Article, now: Article, links: Collection[str] = ()) -> Comparison:
    """Where two versions differ. `links` are the texts of links on either page, squeezed."""
    return Comparison(
        before,
        compose(before.title) != compose(now.title),
        compose(before.standfirst) != compose(now.standfirst),
        tuple(_differences(blocks(before.text), blocks(now.text), set(links))),
    )


def blocks(text: str) -> list[str]:
    """The blocks of an article's text; a list's items are blocks of their own."""
    return [line for block in text.split("\n\n") for line in block.split("\n") if line.strip()]


Spot = tuple[int, int, int, int]
"""Where two lists of blocks differ: from and to in the old one, from and to in the new one."""


def _differences(old: list[str], new: list[str], links: set[str]) -> list[Difference]:
    before, after = [steady(block) for block in old], [steady(block) for block in new]
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    boxes = _boxes(before, after, [code[1:] for code in codes if code[0] != "equal"])
    found = []
    for (a, b, c, d), box in boxes:
        # Two equal neighbours name the place, whatever rotates between them.
        place = digest((before[a - 1] if a else "^") + "\0" + (before[b] if b < len(before) else "$"))
        kind = kind_of(old[a:b], new[c:d], links)
        kind = "doubtful" if box and kind == "sure" else kind
        found.append(Difference(tuple(old[a:b]), tuple(new[c:d]), place, kind))
    return found


def _boxes(old: list[str], new: list[str], spots: list[Spot]) -> Iterator[tuple[Spot, bool]]:
    """The spots, those that could be one box of several teasers joined into one; whether each is such a box."""
    at = 0
    while at < len(spots):
        for end in range(min(at + SPOTS, len(spots)), at, -1):
            a, b, c, d = spot = spots[at][0], spots[end - 1][1], spots[at][2], spots[end - 1][3]
            if b - a > 1 and could_be_box(old[a:b], new[c:d]):
                yield spot, True
                break
        else:
            end = at + 1
            yield spots[at], False
        at = end


def could_be_box(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether it is short, and as many of its blocks went as came, none of them the other rewritten."""
    if max(length(old), length(new)) > BOX:
        return False
    went, came = ([block for block in one if block not in other] for one, other in ((old, new), (new, old)))
    return len(went) == len(came) and all(likeness([a], [b]) < ALIKE for a in went for b in came)


def kind_of(old: Sequence[str], new: Sequence[str], links: Collection[str] = ()) -> str:
    """What a difference is: `noise`, `doubtful` or `sure` (rules 1 to 3 above)."""
    old, new = ([b for b in side if bare(b) not in links] for side in (old, new))
    if not old and not new:
        return "noise"
    if [steady(b) for b in old] == [steady(b) for b in new]:
        return "noise"
    if all(is_label(block) for block in (*old, *new)):
        return "doubtful"
    if old and new and max(length(old), length(new)) <= SHORT and likeness(old, new) < ALIKE:
        return "doubtful"
    return "sure"


def judge(
    comparison: Comparison, memory: RevisionMemory, content_hash: str, versions: Sequence[str]
) -> Verdict:
    """Is it a revision? `versions` are the content hashes of all versions so far, today's last."""
    short = [
        d
        for d in comparison.differences
        if d.kind == "doubtful" or max(length(d.old), length(d.new)) <= SHORT
    ]
    wandering = {d.place for d in short if d.place in memory.places}
    counted = [d for d in comparison.differences if d.kind != "noise" and d.place not in wandering]
    doubtful = [d for d in counted if d.kind == "doubtful"]
    confirmed = [d for d in doubtful if d.token in memory.unconfirmed]
    seen_before = {token.partition(":")[0] for token in memory.unconfirmed}
    restless = seen_before - {d.place for d in confirmed}
    waiting = frozenset(d.token for d in doubtful if d.place not in restless and d not in confirmed)
    learned = RevisionMemory(
        waiting, memory.places | restless if len(memory.places) < PLACES else memory.places
    )
    sure = [d for d in counted if d.kind == "sure"] + confirmed
    if not (comparison.headline or comparison.standfirst or sure):
        reason = ""
        if waiting:
            reason = "a few words beside the text changed; the next look tells whether they stay"
        elif restless or wandering:
            reason = "only a part changed that changes at every look"
        return Verdict(False, reason=reason, memory=learned)
    if len(versions) > MOST:
        return Verdict(False, reason=f"has {MOST} revisions, no more are made", memory=learned)
    if content_hash in versions[:-1] and len(set(versions)) < len(versions):
        return Verdict(False, reason="goes to and fro between versions held", memory=learned)
    return Verdict(True, kinds_of(comparison, sure), memory=RevisionMemory(frozenset(), learned.places))


def kinds_of(comparison: Comparison, changed: Sequence[Difference]) -> tuple[str, ...]:
    """`headline`, `standfirst`, `text`, `correction`: which apply."""
    kinds = []
    if comparison.headline:
        kinds.append("headline")
    if comparison.standfirst:
        kinds.append("standfirst")
    if changed:
        kinds.append("text")
    old = [block for difference in changed for block in difference.old]
    if any(is_notice(b) and b not in old for difference in changed for b in difference.new):
        kinds.append("correction")
    return tuple(kinds)


class Version(Protocol):
    """A version's words, and the rules that read them, "" where unknown."""

    @property
    def title(self) -> str: ...
    @property
    def standfirst(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def extractor(self) -> str: ...


def name_kinds(noted: str | None, old: Version, new: Version) -> tuple[str, ...]:
    """The kinds of change between a version and the next: as `noted` then (a JSON list), else by comparing them.

    Empty where nothing was noted and other rules read the next one: nobody knows who changed what (docs/rights.md).
    """
    if noted:
        return tuple(json.loads(noted))
    if old.extractor and new.extractor and old.extractor != new.extractor:
        return ()
    pairs = (("headline", old.title, new.title), ("standfirst", old.standfirst, new.standfirst))
    kinds = [name for name, before, after in (*pairs, ("text", old.text, new.text)) if before != after]
    known = set(blocks(old.text))
    if any(block not in known and is_notice(block) for block in blocks(new.text)):
        kinds.append("correction")
    return tuple(kinds)


def steady(block: str) -> str:
    """A block without what counts or tells the time; clocks and numbers in sentences of the text stay."""
    block = compose(block)
    if is_label(block):
        block = _AGO.sub("#", _CLOCK.sub("#", block))
    if (_COUNTER.search(block) and length([block]) <= 2 * FEW) or not any(sign.isalpha() for sign in block):
        block = _NUMBER.sub("#", block)
    return block


def is_label(block: str) -> bool:
    """Whether it is too short for a paragraph, and no sentence."""
    return length([block]) <= FEW and not has_sentence(bare(block))


def bare(block: str) -> str:
    """A block without the mark before it."""
    return " ".join(re.sub(r"^(?:## |- |> |! )", "", block).split())


def length(side: Sequence[str]) -> int:
    """Words; of scripts without spaces, half the letters."""
    text = " ".join(side)
    return len(text.split()) + len(UNSPACED.findall(text)) // 2


def likeness(old: Sequence[str], new: Sequence[str]) -> float:
    """The share of words (letters, in scripts without spaces) that two sides have in common, from 0 to 1."""
    a, b = (re.findall(rf"{UNSPACED.pattern}|\w+", " ".join(side).lower()) for side in (old, new))
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def digest(text: str) -> str:
    """A short name for a text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
