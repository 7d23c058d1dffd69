"""What each stage of extraction is worth: left out, and alone.

    python bench/stages.py DIR

DIR is a folder of pages with known answers and a `score.py`, as for bench/quality.py, with a folder `sites` of
the same form in it. A row a stage: F1 / clean of each data set without the stage, then with no other. It takes
about a minute for each of thirty rows.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from pathlib import Path
from statistics import fmean
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from quality import TEXT_STAGES, predict  # noqa: E402

SETS = ("fundus", "sh", "wcxb", "sites")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--stage", action="append", default=[], help="only these stages")
    args = parser.parse_args()
    rows = [*_truth(args.folder), *_truth(args.folder / "sites")]
    judge = _score_of(args.folder)
    print("| stage | " + " | ".join(SETS) + " | " + " | ".join(f"{s} alone" for s in SETS) + " |")
    print("|---" * (2 * len(SETS) + 1) + "|")
    everything, nothing = measure(rows, judge, frozenset()), measure(rows, judge, frozenset(TEXT_STAGES))
    print(f"| all, none | {everything} | {nothing} |", flush=True)
    for stage in args.stage or TEXT_STAGES:
        left_out = measure(rows, judge, frozenset([stage]))
        alone = measure(rows, judge, frozenset(TEXT_STAGES) - {stage})
        print(f"| {stage} | {left_out} | {alone} |", flush=True)


def _truth(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    lines = (folder / "truth.jsonl").read_text("utf-8").split("\n")
    return [(folder, row) for line in lines if line and (row := json.loads(line))["dataset"] in SETS]


def _score_of(folder: Path) -> Any:
    """The function that scores a page, from the folder's own `score.py`."""
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"Error: {folder / 'score.py'} is missing: it says what counts")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.score


def measure(rows: list[tuple[Path, dict[str, Any]]], judge: Any, without: frozenset[str]) -> str:
    """F1 and clean of each set; F1 is of the mean precision and recall, for wcxb the mean F1."""
    found: dict[str, list[dict[str, float]]] = {}
    for folder in {folder: None for folder, _ in rows}:
        own = [row for place, row in rows if place == folder]
        for row, guess in zip(own, predict(folder, own, without), strict=True):
            found.setdefault(row["dataset"], []).append(judge(row, guess))
    cells = []
    for name in SETS:
        p, r, f1, clean = (fmean(scores[c] for scores in found[name]) for c in ("P", "R", "F1", "clean"))
        cells.append(f"{f1 if name == 'wcxb' else 2 * p * r / (p + r):.3f} / {clean:.3f}")
    return " | ".join(cells)


if __name__ == "__main__":
    main()
