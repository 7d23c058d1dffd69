"""What `status` and `search` print, from rows to lines. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipelines.urls.normalize import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.archive.search.search import Hit, Results

EXIT_WORDS = {
    0: "all well",
    1: "error",
    3: "some sources failed",
    4: "nothing could be fetched",
    None: "no end",
}


def status_lines(report: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """The sources as a table, then the last crawls."""
    header: tuple[str, ...] = (
        "source",
        "articles",
        "newest",
        "last answer",
        "pending",
        "exhausted",
        "last crawl",
    )
    sources: list[tuple[str, ...]] = [
        (
            source["id"] + ("" if not source["broken_listings"] else " !"),
            str(source["articles"]),
            minute(source["newest_seen_at"]),
            minute(source["answered_at"]),
            str(source["pending"]),
            str(source["exhausted"]),
            outcomes_in_words(source["last_outcomes"]),
        )
        for source in report["sources"]
    ]
    yield from table([header, *sources], right={1, 4, 5})
    if any(source["broken_listings"] for source in report["sources"]):
        yield "! a feed, sitemap or section of this source no longer answers; see the table `listings`"
    yield ""
    yield "crawls, newest first"
    crawls: list[tuple[str, ...]] = [
        (
            str(crawl["id"]),
            minute(crawl["started_at"]),
            EXIT_WORDS.get(crawl["exit_code"], str(crawl["exit_code"]))
            if crawl["reason"] != "killed"
            else "killed",
            outcomes_in_words(crawl["outcomes"]),
        )
        for crawl in report["crawls"]
    ]
    yield from table(crawls, right={0}) if crawls else ["  none yet"]


def ailing_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What ails, a source's trouble in a few lines: since when, what, the evidence, what to try."""
    for row in rows:
        since = f" since {row['since'][:10]}" if row["since"] else ""
        yield f"{row['source'] or 'all sources'}: {row['kind']}{since}: {row['words']}"
        for url in row["evidence"]:
            yield f"  {without_secrets(url)}"
        yield f"  {row['advice']}"


COVERED = ("listed", "held", "not_article", "empty", "excluded", "gone", "failed", "pending")


def coverage_lines(
    rows: list[dict[str, Any]], missing: list[dict[str, Any]], in_detail: bool
) -> Iterator[str]:
    """A line a source; or, of one source, a line a day and one for each listed URL that is not held."""
    if not rows:
        yield "Nothing was listed in these days."
        return
    shown: dict[str, list[int]] = {}
    for row in rows:
        counts = shown.setdefault(row["day"] if in_detail else row["source_id"], [0] * len(COVERED))
        for n, name in enumerate(COVERED):
            counts[n] += row[name]
    header = ("day" if in_detail else "source", *(name.replace("_", " ") for name in COVERED))
    cells = [(name, *map(str, counts)) for name, counts in shown.items()]
    yield from table([header, *cells], right=set(range(1, len(COVERED) + 1)))
    if in_detail and missing:
        yield ""
        for row in missing:
            reason = f" ({row['reason']})" if row["reason"] else ""
            yield f"{row['day']}  {row['outcome']}  {without_secrets(row['url'])}{reason}"


def outcomes_in_words(counts: dict[str, int]) -> str:
    """`12 new, 3 gone`."""
    return ", ".join(f"{urls} {outcome.replace('_', ' ')}" for outcome, urls in counts.items()) or "-"


def minute(moment: str | None) -> str:
    """An ISO time to the minute, as people read it; `-` when there is none."""
    return moment[:16].replace("T", " ") if moment else "-"


def table(rows: list[tuple[str, ...]], right: set[int]) -> Iterator[str]:
    """Rows in columns two blanks apart; the columns in `right` are numbers."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if n in right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def hit_lines(results: Results, styled: bool) -> Iterator[str]:
    """Each hit on three lines: headline; source, day, authors and URL; the words in their place."""
    for hit in results.hits:
        yield pieces(hit.title, styled) or hit.url
        about = [hit.source_name or hit.source, hit.day, ", ".join(hit.authors), hit.url]
        yield "  " + " · ".join(part for part in about if part)
        yield "  " + " ".join(pieces(hit.snippet, styled).split())
        yield ""
    shown = len(results.hits)
    more = f" (showing {shown}; -n for more)" if shown < results.total else ""
    yield f"{results.total}{'+' if results.capped else ''} {'article' if results.total == 1 else 'articles'}{more}"


def pieces(parts: Iterable[tuple[str, bool]], styled: bool) -> str:
    """Text whose found words stand out: bold on a terminal, between asterisks elsewhere."""
    return "".join(
        (click.style(t, bold=True) if styled else f"*{t}*") if marked else t for t, marked in parts
    )


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit as JSON; the marked words as [start, end] in characters of the snippet."""
    text, marks = "", []
    for piece, marked in hit.snippet:
        if marked:
            marks.append([len(text), len(text) + len(piece)])
        text += piece
    return {
        "id": hit.id,
        "url": hit.url,
        "title": "".join(piece for piece, _ in hit.title),
        "source": hit.source,
        "published_at": hit.published_at,
        "authors": list(hit.authors),
        "section": hit.section,
        "language": hit.language,
        "snippet": text,
        "marks": marks,
    }
