"""Is what an address shows now still its article? Pure.

Error, refusal and maintenance pages come with status 200 too, in any words. What looks like one is doubted: the article
stays as it is, until the same page is seen again a day later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.decisions.likeness import share_in_common
from pipelines.decisions.revisions import digest, length
from pipelines.extraction import tokens

if TYPE_CHECKING:
    from pipelines.items import Article

TENTH = 0.1
"""Share of the old text's words that a page has at most to be doubted, whatever it says."""

THIRD = 1 / 3
"""The same of a page that has no words in common with the old text: the articles that it may replace are short too."""

LONGEST = 80
"""Words of such a page at most."""

IN_COMMON = 0.1
"""Share of runs of words that it has in common with the old text at most; an article cut short has all."""

SAME_TITLE = 0.5
"""Likeness of two titles of one article at least."""

STATED = frozenset({"json-ld", "meta"})
"""Where a page states its own date. Feeds and addresses state one for error pages too, and a footer may print today's."""

APART = timedelta(days=1)
"""Between two looks that agree: errors and maintenance are over sooner, or are mended."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What was seen in an article's place, by its `mark`, and since when."""

    mark: str
    since: str

    def is_confirmed(self, mark: str, at: str) -> bool:
        """Whether the same is seen again, late enough."""
        return mark == self.mark and datetime.fromisoformat(at) - datetime.fromisoformat(self.since) >= APART


def find_doubt(held: Article, now: Article) -> str:
    """Why a page is no new version of the article held, in words; "" when it may be one."""
    if now.published_at and now.published_from in STATED:
        return ""
    if tokens.likeness(held.title, now.title) >= SAME_TITLE:
        return ""
    old, new = length([held.text]), length([now.text])
    if new > TENTH * old and not (
        new <= min(THIRD * old, LONGEST) and share_in_common(held.text, now.text) <= IN_COMMON
    ):
        return ""
    return f"another title, no date of its own, and {new} words where the article has {old}"


def mark_of(article: Article) -> str:
    """A name for a page, the same when only its numbers and identifiers differ."""
    return digest(
        " ".join(word for word in tokens.split(f"{article.title} {article.text}") if word.isalpha())
    )


def next_doubt(earlier: Doubt | None, now: Article, at: str) -> Doubt | None:
    """The doubt to remember after a doubtful look; None when this look confirms the earlier one."""
    mark = mark_of(now)
    if earlier is None or earlier.mark != mark:
        return Doubt(mark, at)
    return None if earlier.is_confirmed(mark, at) else earlier
