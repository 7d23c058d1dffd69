"""Run the extractor over a folder of pages with known answers and write what it found.

    python bench/quality.py DIR OUT.jsonl [--set NAME]... [--without STAGE]...

DIR holds `truth.jsonl` (rows with `file`, `url`, `fetched_at`; `site` where pages of one site follow
each other) and the pages, gzipped HTML. OUT has one prediction a row, in the order of the truth.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from pathlib import Path
from typing import Any

from pipelines.extract import run
from pipelines.items import Article, Page


def page_of(folder: Path, row: dict[str, Any]) -> Page:
    body = gzip.decompress((folder / row["file"]).read_bytes())
    return Page(
        url=row["url"] or "", body=body, fetched_at=(row.get("fetched_at") or "").replace(" ", "T")[:19]
    )


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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--set", dest="sets", action="append", default=[], help="only rows of this dataset")
    parser.add_argument(
        "--without", action="append", default=[], help="leave out a stage (see docs/extraction.md)"
    )
    args = parser.parse_args()
    without = frozenset(args.without)
    started, pages = time.process_time(), 0
    with (
        (args.folder / "truth.jsonl").open(encoding="utf-8") as truth,
        args.out.open("w", encoding="utf-8") as out,
    ):
        for line in truth:
            row = json.loads(line)
            if args.sets and row["dataset"] not in args.sets:
                continue
            out.write(
                json.dumps(
                    prediction(row, run(page_of(args.folder, row), without).article), ensure_ascii=False
                )
                + "\n"
            )
            pages += 1
    seconds = time.process_time() - started
    print(f"{pages} pages, {seconds:.1f} CPU seconds, {pages / seconds:.1f} pages a second", file=sys.stderr)


if __name__ == "__main__":
    main()
