"""One article of a site, read for `clippings add`: what following the site will give. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.discovery.window import guess_appearance
from pipelines.extraction.rights import NOARCHIVE, TDM
from pipelines.items import Noarchive, Outcome
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.listings.model import ListingEntry
    from pipelines.items import Article

TRIED = 3
"""Pages that are tried at most, until one is an article."""

ACCESS = {"free": "free to read", "paywalled": "behind a paywall, by its own account"}
KEPT = {
    Noarchive.TEXT: "texts are kept, copies of the pages are not",
    Noarchive.EXCLUDE: 'so nothing is kept (noarchive = "exclude")',
    Noarchive.KEEP: 'the pages are kept all the same (noarchive = "keep")',
}


@dataclass(frozen=True, slots=True)
class Trial:
    """A page that was tried. `article` is None when it could not be fetched; `error` says why."""

    url: str
    article: Article | None = None
    error: str = ""

    @property
    def worked(self) -> bool:
        """Whether an article was found."""
        return self.article is not None and self.article.outcome is None


def choose_pages(listed: Iterable[ListingEntry], linked: Iterable[ListingEntry]) -> list[ListingEntry]:
    """The pages to try, at most `TRIED`: the newest that feeds and sitemaps list; else the first the home page links to."""
    dated = [(guess.begin, entry) for entry in listed if (guess := guess_appearance(entry.url, entry.hints))]
    newest = [entry for _, entry in sorted(dated, key=lambda pair: pair[0].timestamp(), reverse=True)]
    wanted: dict[str, ListingEntry] = {}
    for entry in (*newest, *listed, *linked):
        if key := normalize.key(entry.url):
            wanted.setdefault(key, entry)
        if len(wanted) == TRIED:
            break
    return list(wanted.values())


def describe_trial(trial: Trial, noarchive: Noarchive) -> list[str]:
    """What a trial has found, in a few lines for a person."""
    lines = [f"  tried    {trial.url}"]
    article = trial.article
    if article is None:
        return [*lines, f"           could not be fetched: {trial.error}"]
    if article.outcome is not None:
        lines.append(f"           no article: {article.reason}")
        if article.outcome == Outcome.EMPTY:
            lines.append(
                '           if your browser shows a text there: render = "auto" in its file has a browser show such pages'
            )
        return [*lines, *_rights_lines(article, noarchive)]
    authors = ", ".join(article.authors) or "no author stated"
    evidence = f" (from {article.published_from})" if article.published_at else ""
    lines.append(f"           “{article.title or 'no headline'}”")
    lines.append(
        f"           {article.word_count:,} words, {article.published_at or 'no date'}{evidence}, {authors}"
    )
    lines.append(f"           access: {ACCESS.get(article.access or '', 'not stated')}")
    return [*lines, *_rights_lines(article, noarchive)]


def _rights_lines(article: Article, noarchive: Noarchive) -> list[str]:
    asked = {
        NOARCHIVE: f"asks for no archived copy (noarchive): {KEPT[noarchive]}",
        TDM: "reserves text and data mining"
        + (f", terms at {article.tdm_policy}" if article.tdm_policy else ""),
    }
    words = "; ".join(asked[word] for word in article.rights) or "asks for nothing"
    return [f"           rights: {words}"]
