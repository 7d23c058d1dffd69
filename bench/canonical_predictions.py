"""Extract all pages with known answers and write every field of each article, a JSON line a page. A part of `same`.

    PYTHONPATH=CHECKOUT python -P canonical_predictions.py QUALITY OUT

QUALITY holds three sets: itself, `sites/` and `newdev/`, each with `truth.jsonl` and pages. Pages of one site pass site
memory as in `quality`: learn in order, clean the texts at the end. The extractor is the one of CHECKOUT, whichever place it
has there, so this file imports nothing of the project by name.
"""

from __future__ import annotations

import gzip
import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

SETS = {"quality": ".", "sites": "sites", "newdev": "newdev"}

# Places of one thing, the newest last: a later checkout adds its own.
EXTRACT = (
    "pipelines.extract:run",
    "pipelines.extraction.extract:run",
    "pipelines.extraction.extract:extract",
)
SITE_MEMORY = ("pipelines.boilerplate:SiteMemory", "pipelines.decisions.boilerplate:SiteMemory")
PAGE = ("pipelines.items:Page",)


def find(places: tuple[str, ...]) -> Any:
    """Return the first `module:name` that the checkout has."""
    for place in places:
        module, _, name = place.partition(":")
        try:
            return getattr(importlib.import_module(module), name)
        except (ModuleNotFoundError, AttributeError):
            continue
    raise SystemExit(f"Error: this checkout has none of {', '.join(places)}")


def read_rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "truth.jsonl").read_text("utf-8").split("\n") if line]


def make_page(folder: Path, row: dict[str, Any]) -> Any:
    """Make a row's page. Nothing is stored here, so a wish not to be archived does not matter."""
    page = find(PAGE)
    # Earlier checkouts exclude such pages unless told otherwise.
    keep = {"keep_noarchive": True} if "keep_noarchive" in page.__dataclass_fields__ else {}
    return page(
        url=row["url"] or "",
        body=gzip.decompress((folder / row["file"]).read_bytes()),
        fetched_at=(row.get("fetched_at") or "").replace(" ", "T")[:19],
        **keep,
    )


def predict(folder: Path) -> list[dict[str, Any]]:
    """Return all fields of the article of each row."""
    extract, new_memory = find(EXTRACT), find(SITE_MEMORY)
    memories: dict[str, Any] = {}
    found = []
    rows = read_rows(folder)
    for row in rows:
        result = extract(make_page(folder, row))
        article = getattr(result, "article", result)
        if row.get("site") and article.outcome is None:
            memories.setdefault(row["site"], new_memory()).learn(row["id"], article.text)
        found.append({"id": row["id"], **asdict(article)})
    for row, guess in zip(rows, found, strict=True):
        if row.get("site") in memories:
            guess["text"] = memories[row["site"]].strip(guess["text"])
    return found


def write_predictions(quality: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, folder in SETS.items():
        found = predict(quality / folder)
        lines = (json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in found)
        (out / f"{name}.jsonl").write_text("".join(lines), "utf-8")
        print(f"{name}: {len(found)} pages")


if __name__ == "__main__":
    write_predictions(Path(sys.argv[1]), Path(sys.argv[2]))
