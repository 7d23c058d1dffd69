"""The methods note: how the articles of a selection were collected, in Markdown, to be cited in a paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines import VERSION
from pipelines.archive.export.summary import Summary, summarize
from pipelines.archive.search.sources import source_names
from pipelines.archive.search.word_forms import describe_added, parse_with_forms
from pipelines.archive.views.coverage import count_outcomes, sum_coverage
from pipelines.timestamps import days_between, is_day, parse

if TYPE_CHECKING:
    import sqlite3
    from collections import Counter
    from collections.abc import Sequence

    from pipelines.archive.export.selection import Selection
    from pipelines.archive.views.coverage import OutcomeCount

LONG_PAUSE = 2
"""Days between two crawls from which on a pause is named."""
PAUSES, REASONS = 10, 10
"""Pauses and reasons that are named at most, the longest and the most frequent."""
EVIDENCE = {
    "json-ld": "the page's structured data",
    "meta": "the page's metadata",
    "feed": "the feed",
    "sitemap": "the sitemap",
    "url": "the address",
    "text": "the text",
    "rule": "a rule of ours for the site",
}


@dataclass(frozen=True, slots=True)
class Crawls:
    """The crawls: how many, first and last day, and the long pauses between them."""

    count: int
    first: str
    last: str
    pauses: tuple[tuple[str, str], ...]


def describe(db: sqlite3.Connection, selection: Selection, archive: str, now: datetime | None = None) -> str:
    """The note about a selection of the archive of this name."""
    found = summarize(db, selection)
    today = (now or datetime.now(UTC)).date().isoformat()
    parts = [
        [
            f"# How these articles were collected ({archive})",
            "",
            f"Written by `clippings describe` (Clippings {VERSION}) on {today} from the archive `{archive}`.",
        ],
        [*_what_is_in_it(found, selection), *_added_forms(db, selection)],
    ]
    if found.articles:
        counts = count_outcomes(db, found.first, found.last) if found.first else []
        counts = [count for count in counts if count.source_id in found.sources]
        parts += [
            _sources(found, counts, source_names(db), _read_days(db, found)),
            _gaps(read_crawls(db), counts),
            _text(found),
            _dates(found),
            _changes(found),
            _rights(found),
        ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _what_is_in_it(found: Summary, selection: Selection) -> list[str]:
    words = sum(source.words for source in found.sources.values())
    lines = ["## What is in it", ""]
    if not found.articles:
        return [*lines, "No article.", "", *_query(selection)]
    lines.append(
        f"{_count(found.articles, 'article')} of {_count(len(found.sources), 'source')} with {words:,} words, published"
        f" {found.first or 'on unknown days'} to {found.last or 'unknown'}. Languages: {_shares(found.languages, 'not stated')}."
    )
    return [*lines, "", *_query(selection)]


def _added_forms(db: sqlite3.Connection, selection: Selection) -> list[str]:
    added = describe_added(parse_with_forms(db, selection.query, selection.filters).added)
    return ["", f"Forms of words that the archive has, searched for too. {added}"] if added else []


def _query(selection: Selection) -> list[str]:
    if selection.chosen:
        return [f"A person chose them: the dossier “{selection.chosen.name}”."]
    given = selection.as_dict()
    filters = given["filters"]
    assert isinstance(filters, dict)
    lines = [f"Query: `{selection.query}`" if selection.query.strip() else "Query: none, all articles"]
    for name, value in filters.items():
        shown = ", ".join(str(one) or "none" for one in value) if isinstance(value, list) else str(value)
        lines.append(f"- {name}: {shown}")
    doubles = "are in it" if selection.duplicates else "are left out"
    lines.append("")
    lines.append(f"Articles whose text repeats that of another article of the same source {doubles}.")
    return lines


def _sources(
    found: Summary, counts: Sequence[OutcomeCount], names: dict[str, str], days: dict[str, list[str]]
) -> list[str]:
    sums = sum_coverage(counts, lambda count: count.source_id)
    lines = [
        "## Sources",
        "",
        "*Listed* are the URLs that the source's feeds, sitemaps and section pages named for these days, whatever the query;"
        " *held* those of which the archive has the article; *longest gap* the most days in a row, between the source's first"
        " and last, of which the archive has no article.",
        "",
        "| source | articles | first | last | listed | held | not an article | missing | longest gap |",
        "|---|--:|---|---|--:|--:|--:|--:|---|",
    ]
    for key, source in sorted(found.sources.items(), key=lambda one: -one[1].articles):
        row = sums.get(key, dict.fromkeys(("listed", "held", "not_article"), 0))
        missing = row["listed"] - row["held"] - row["not_article"]
        cells = [
            names.get(key, key).replace("|", "\\|"),
            f"{source.articles:,}",
            source.first or "-",
            source.last or "-",
            *(f"{row[name]:,}" for name in ("listed", "held", "not_article")),
            f"{missing:,}",
            _longest_gap(days.get(key, [])),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _longest_gap(days: Sequence[str]) -> str:
    gaps = [(days_between(one, other) - 1, one, other) for one, other in pairwise(days)]
    length, after, before = max(gaps, default=(0, "", ""))
    return f"{_count(length, 'day')} after {after}, until {before}" if length else "none"


def _gaps(crawls: Crawls, counts: Sequence[OutcomeCount]) -> list[str]:
    lines = ["## Gaps", ""]
    if crawls.count:
        lines.append(f"{_count(crawls.count, 'crawl')} ran from {crawls.first} to {crawls.last}.")
    else:
        lines.append("No crawl is recorded; the articles were taken in from files.")
    if crawls.pauses:
        named = "; ".join(f"{first} to {last}" for first, last in crawls.pauses[:PAUSES])
        lines.append(f"Nothing was crawled for {LONG_PAUSE} days or longer: {named}.")
    reasons: dict[tuple[str, str], int] = {}
    for count in counts:
        if count.outcome not in ("held", "not_article"):
            key = (count.outcome, count.reason)
            reasons[key] = reasons.get(key, 0) + count.urls
    if reasons:
        lines += ["", "Of the listed URLs these are missing, by outcome and reason:", ""]
        ranked = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
        lines += [
            f"- {urls:,} {outcome}{f': {reason}' if reason else ''}"
            for (outcome, reason), urls in ranked[:REASONS]
        ]
        rest = sum(urls for _, urls in ranked[REASONS:])
        lines += [f"- {rest:,} for other reasons"] if rest else []
    return lines


def _text(found: Summary) -> list[str]:
    return [
        "## How the text was got",
        "",
        "The text is the article's own paragraphs, headings, lists and quotations in plain text; navigation, prompts, share"
        " bars, related headlines and comments are taken out, and so are blocks that recur across a source's pages. It was"
        f" extracted by: {_shares(found.extractors, 'an unknown version')}.",
    ]


def _dates(found: Summary) -> list[str]:
    dated = sum(found.dated_from.values())
    undated = found.articles - dated
    named = ", ".join(
        f"{EVIDENCE.get(name, name)} {count:,}" for name, count in found.dated_from.most_common()
    )
    return [
        "## How the dates were got",
        "",
        f"The day is the publisher's own. {dated:,} articles have one, by evidence: {named or 'none'}."
        f" {found.timed:,} have a clock time, {undated:,} have no date.",
    ]


def _changes(found: Summary) -> list[str]:
    revised = sum(source.revised for source in found.sources.values())
    gone = sum(source.gone for source in found.sources.values())
    return [
        "## Revisions",
        "",
        f"A version is kept when the publisher changed headline, intro or text between two fetches; changes between fetches"
        f" are not seen. {_count(revised, 'article')} {'was' if revised == 1 else 'were'} changed at least once,"
        f" {gone:,} later answered that they are gone (404 or 410) and are kept.",
    ]


def _rights(found: Summary) -> list[str]:
    access = ", ".join(f"{name or 'not stated'} {count:,}" for name, count in found.access.most_common())
    return [
        "## Rights",
        "",
        f"Access as the pages state it: {access}. No paywall was passed: of a paywalled article the archive has what the"
        f" page showed. {found.reserved:,} articles carry a reservation of text and data mining"
        f" ({found.reservation_stated - found.reserved:,} state that there is none). {found.no_copy:,} pages ask that no copy"
        " of them be kept (noarchive). Crawls obey robots.txt. The rights in the"
        " texts are the publishers'.",
    ]


def read_crawls(db: sqlite3.Connection) -> Crawls:
    """The crawls, and the pauses of `LONG_PAUSE` days or more between them, the longest first."""
    starts = [str(at) for (at,) in db.execute("SELECT started_at FROM crawls ORDER BY started_at")]
    moments = [(moment, at[:10]) for at in starts if (moment := parse(at))]
    pauses = [
        ((later - earlier).total_seconds(), first, last)
        for (earlier, first), (later, last) in pairwise(moments)
        if (later - earlier).total_seconds() >= LONG_PAUSE * 86_400
    ]
    ranked = tuple((first, last) for _, first, last in sorted(pauses, reverse=True))
    return Crawls(len(moments), moments[0][1] if moments else "", moments[-1][1] if moments else "", ranked)


def _read_days(db: sqlite3.Connection, found: Summary) -> dict[str, list[str]]:
    """The days with articles in the archive of each source, between its first and last of the selection."""
    days: dict[str, list[str]] = {}
    sql = "SELECT day FROM _source_days WHERE source_id = ? AND articles > 0 AND day BETWEEN ? AND ? ORDER BY day"
    for key, source in found.sources.items():
        rows = db.execute(sql, [key, source.first, source.last])
        days[key] = [day for (day,) in rows if is_day(day)]
    return days


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _shares(counts: Counter[str], unknown: str) -> str:
    return ", ".join(f"{name or unknown} ({count:,})" for name, count in counts.most_common())
