"""Measure the worth of each stage of extraction: left out, and alone.

    python -m bench ablation DIR

DIR is a folder of pages with known answers and a `score.py`, as for `quality`, with a folder `sites` of
the same form in it. A row a stage: F1 / clean of each data set without the stage, then with no other. It takes
about a minute for each of thirty rows.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from statistics import fmean
from typing import Any

from bench.harness import argument_parser
from bench.quality import TEXT_STAGES, predict

SETS = ("fundus", "sh", "wcxb", "sites")


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--stage", action="append", default=[], help="only these stages")
    parser.add_argument("--set", dest="sets", action="append", choices=SETS, help="only these data sets")
    args = parser.parse_args()
    sets = tuple(name for name in SETS if not args.sets or name in args.sets)
    rows = [
        row
        for place in (args.folder, args.folder / "sites")
        for row in _truth(place)
        if row[1]["dataset"] in sets
    ]
    judge = _score_of(args.folder)
    print("| stage | " + " | ".join(sets) + " | " + " | ".join(f"{s} alone" for s in sets) + " |")
    print("|---" * (2 * len(sets) + 1) + "|")
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
    for name in [name for name in SETS if name in found]:
        p, r, f1, clean = (fmean(scores[c] for scores in found[name]) for c in ("P", "R", "F1", "clean"))
        cells.append(f"{f1 if name == 'wcxb' else 2 * p * r / (p + r):.3f} / {clean:.3f}")
    return " | ".join(cells)
