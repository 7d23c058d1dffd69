"""Run the extractor over a folder of pages with known answers and write what it found.

    python -m bench quality DIR OUT.jsonl [--set NAME]... [--without STAGE]... [--only STAGE]... [--speed]

DIR holds `truth.jsonl` (rows with `file`, `url`, `fetched_at`; `site` where pages of one site follow
each other) and the pages, gzipped HTML. OUT has one prediction a row, in the order of the truth.
"""

from __future__ import annotations

import gzip
import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import trafilatura

from bench.harness import argument_parser
from pipelines.decisions.boilerplate import SiteMemory
from pipelines.extraction.extract import ALL_STAGES, Stages, run
from pipelines.items import Article, Noarchive, Page

MEMORY = "memory"
_FIELDS = frozenset(
    {"find_headline", "keep_container", "find_core", "find_authors", "find_standfirst", "add_byline_authors"}
)
"""Stages that others build on, or that give no text."""
TEXT_STAGES = (
    *(stage.__name__ for stage in ALL_STAGES.parts if stage.__name__ not in _FIELDS),
    *(stage.__name__ for stage in (*ALL_STAGES.embedded, *ALL_STAGES.rescue)),
    MEMORY,
)
OTHER_STAGES = tuple(stage.__name__ for stage in (*ALL_STAGES.dates, *ALL_STAGES.page_type))


def stages_without(names: frozenset[str]) -> Stages:
    """Return all stages but those of these names."""
    return Stages(
        **{
            name: tuple(stage for stage in getattr(ALL_STAGES, name) if stage.__name__ not in names)
            for name in ("parts", "page_type", "embedded", "dates", "rescue")
        }
    )


def page_of(folder: Path, row: dict[str, Any]) -> Page:
    """A row's page. A publisher's wish not to be archived is set aside: nothing is stored here."""
    body = gzip.decompress((folder / row["file"]).read_bytes())
    fetched_at = (row.get("fetched_at") or "").replace(" ", "T")[:19]
    return Page(url=row["url"] or "", body=body, fetched_at=fetched_at, noarchive=Noarchive.KEEP)


def prediction(row: dict[str, Any], article: Article) -> dict[str, Any]:
    return {
        "id": row["id"],
        "article": article.outcome is None,
        "reason": article.reason,
        "title": article.title,
        "standfirst": article.standfirst,
        "authors": list(article.authors),
        "published_at": article.published_at,
        "published_from": article.published_from,
        "section": article.section,
        "text": article.text,
    }


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--set", dest="sets", action="append", default=[], help="only rows of this dataset")
    parser.add_argument(
        "--without", action="append", default=[], help="leave out a stage, such as drop_labels"
    )
    parser.add_argument(
        "--only", action="append", default=[], help="leave out all stages of the text but this one"
    )
    parser.add_argument(
        "--speed", action="store_true", help="compare with trafilatura instead, in one process"
    )
    args = parser.parse_args()
    if unknown := {*args.without, *args.only} - {*TEXT_STAGES, *OTHER_STAGES}:
        parser.error(
            f"no stage {', '.join(sorted(unknown))}; there are {', '.join(TEXT_STAGES + OTHER_STAGES)}"
        )
    without = frozenset(args.without)
    if args.only:
        without |= frozenset(TEXT_STAGES) - frozenset(args.only)
    rows = [json.loads(line) for line in (args.folder / "truth.jsonl").read_text("utf-8").split("\n") if line]
    rows = [row for row in rows if not args.sets or row["dataset"] in args.sets]
    if args.speed:
        speed([page_of(args.folder, row) for row in rows])
        return
    started = time.process_time()
    found = predict(args.folder, rows, without)
    seconds = time.process_time() - started
    with args.out.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in found)
    print(
        f"{len(rows)} pages, {seconds:.1f} CPU seconds, {len(rows) / seconds:.1f} pages a second",
        file=sys.stderr,
    )


def speed(pages: list[Page]) -> None:
    """Pages a CPU second of both extractors on the same pages, by turns, the best of three rounds."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    best = {"clippings": 0.0, "trafilatura": 0.0}
    for _ in range(3):
        started = time.process_time()
        for page in pages:
            run(page)
        best["clippings"] = max(best["clippings"], len(pages) / (time.process_time() - started))
        started = time.process_time()
        for page in pages:
            trafilatura.bare_extraction(page.body, url=page.url, with_metadata=True)
        best["trafilatura"] = max(best["trafilatura"], len(pages) / (time.process_time() - started))
    ratio = best["clippings"] / best["trafilatura"]
    print(
        ", ".join(f"{name} {value:.1f} pages a CPU second" for name, value in best.items()),
        f"ratio {ratio:.2f}",
    )


def predict(folder: Path, rows: list[dict[str, Any]], without: frozenset[str]) -> list[dict[str, Any]]:
    """A prediction a row; rows with a `site` as a crawl meets them, earlier texts cleaned at the end."""
    stages = stages_without(without)
    memories: dict[str, SiteMemory] = {}
    found = []
    for row in rows:
        article = run(page_of(folder, row), stages).article
        if row.get("site") and article.outcome is None and MEMORY not in without:
            memories.setdefault(row["site"], SiteMemory()).learn(row["id"], article.text)
        found.append(prediction(row, article))
    for row, guess in zip(rows, found, strict=True):
        if row.get("site") in memories:
            guess["text"] = memories[row["site"]].strip(guess["text"])
    return found
