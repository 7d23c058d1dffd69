"""Compare the text found on pages with known answers before and after a change, a row a set, with intervals.

    python -m bench text DIR AFTER [--before BEFORE] [--set NAME]... [--half 0|1] [--worst N] [--changed N]

DIR is a folder of pages with known answers as for `quality`, with its `score.py`; folders `sites` and `newdev` in it
are of the same form. The predictions of each set are kept as AFTER/SET.jsonl, and read again on the next call instead
of made anew; `--fresh` makes them. BEFORE is such a folder of an earlier state of the program. Without `--before` the
table has the scores alone. A difference stands with the interval that holds 95 of 100 resamplings of the sites.

`--floor` ends with 1 when a set falls below what `text_floor.json` pins for it; `--raise` pins what is better.

`--half` takes only every other site, by a digest of its name: a rule is made on one half and judged on the other.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import random
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import tldextract

from bench.harness import argument_parser
from bench.quality import predict

Scores = dict[str, float]
Floor = dict[str, Scores]
FLOOR = Path(__file__).with_name("text_floor.json")
PINNED = ("F1", "clean")
MEASURES = ("F1", "clean", "P", "R")
NEUTRAL = "newdev"
"""Folder whose sets count a standfirst only where the answer has it: conventions differ there."""

TEXT_SETS = ("fundus", "sh", "wcxb", "sites", "andy", "andyknown", "third", "waddle", "fundusold")
_ONE_SET = {"fundusnew": "fundusold"}
_RESAMPLINGS = 1000
_LEAST_SHARED = 0.6  # share of a standfirst's units that the answer has when it holds the standfirst
_LEAST_UNITS = 6  # of a standfirst that can be told from chance
_SAME = 1e-9
_split_host = tldextract.TLDExtract(suffix_list_urls=())


class Row(NamedTuple):
    """A page with its answer."""

    folder: Path
    site: str
    answer: dict[str, Any]


class Compared(NamedTuple):
    """A page's scores before and after."""

    row: Row
    before: Scores
    after: Scores


def main() -> int:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--set", dest="sets", action="append", choices=TEXT_SETS, help="only this set")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only every other site")
    parser.add_argument("--fresh", action="store_true", help="make the predictions of AFTER anew")
    parser.add_argument("--worst", type=int, default=0, help="list the N worst pages of each set")
    parser.add_argument("--floor", action="store_true", help="fail where a set falls below its floor")
    parser.add_argument(
        "--raise", dest="raised", action="store_true", help="raise the floors; none ever falls"
    )
    parser.add_argument("--changed", type=int, default=0, help="list the N pages that changed most")
    args = parser.parse_args()
    judge = load_judge(args.folder)
    rows = read_rows(args.folder, args.half)
    heads = [
        name for measure in MEASURES for name in (measure, *(["change", "interval"] if args.before else []))
    ]
    print("| set | pages | " + " | ".join(heads) + (" | better / worse |" if args.before else " |"))
    print("|---" * (2 + len(heads) + bool(args.before)) + "|")
    lists: list[str] = []
    measured: Floor = {}
    for name in args.sets or TEXT_SETS:
        own = rows.get(name, [])
        if not own:
            continue
        after = score_set(judge, name, own, read_or_predict(args.after, name, own, args.fresh))
        before = score_set(judge, name, own, read_predictions(args.before, name)) if args.before else after
        pages = [Compared(row, one, other) for row, one, other in zip(own, before, after, strict=True)]
        print(format_row(name, pages, bool(args.before)), flush=True)
        means = summarize(name, after)
        measured[name] = {measure: round(means[measure], 4) for measure in PINNED}
        lists += list_worst(pages, args.worst) + list_changed(pages, args.changed)
    print("\n".join(lists))
    fallen = find_fallen(read_floor(), measured) if args.floor else []
    print("\n".join(fallen))
    if args.raised and args.half is None:
        text = json.dumps(raise_floor(read_floor(), measured), indent=1)
        FLOOR.write_text(f"{text}\n", encoding="utf-8")
    return 1 if fallen else 0


def read_floor() -> Floor:
    """Return the pinned floors by set."""
    floor: Floor = json.loads(FLOOR.read_text("utf-8"))
    return floor


def find_fallen(floor: Floor, measured: Floor) -> list[str]:
    """Return a line for each measure of a set that is below its floor."""
    return [
        f"{name}: {measure} {value:.4f} fell below {floor[name][measure]:.4f}"
        for name, values in measured.items()
        for measure, value in values.items()
        if value < floor.get(name, {}).get(measure, 0.0)
    ]


def raise_floor(floor: Floor, measured: Floor) -> Floor:
    """Return the floors after a measurement: no value ever falls, and no set is lost."""
    return floor | {
        name: {
            measure: max(value, floor.get(name, {}).get(measure, 0.0)) for measure, value in values.items()
        }
        for name, values in measured.items()
    }


def read_rows(folder: Path, half: int | None = None) -> dict[str, list[Row]]:
    """Return the pages of all sets under a folder, by set, in their order."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for place in (folder, folder / "sites", folder / NEUTRAL):
        if not (place / "truth.jsonl").exists():
            continue
        for line in (place / "truth.jsonl").read_text("utf-8").split("\n"):
            answer = json.loads(line) if line else {}
            name = _ONE_SET.get(answer.get("dataset", ""), answer.get("dataset", ""))
            site = find_site(answer) if answer else ""
            if name in TEXT_SETS and (half is None or hashlib.md5(site.encode()).digest()[0] % 2 == half):
                found[name].append(Row(place, site, answer))
    return found


def find_site(answer: dict[str, Any]) -> str:
    """Return the site of a page: as named, or the registered domain of its address."""
    url = answer.get("url") or ""
    return str(answer.get("site") or _split_host(url).top_domain_under_public_suffix or url or answer["id"])


def load_judge(folder: Path) -> Any:
    """Return the module that scores a page, the folder's own `score.py`."""
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    if spec is None or spec.loader is None or not (folder / "score.py").exists():
        raise SystemExit(f"Error: {folder / 'score.py'} is missing: it says what counts")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_or_predict(place: Path, name: str, rows: list[Row], fresh: bool) -> dict[str, dict[str, Any]]:
    """Return a set's predictions by id; those that are not kept are made and kept."""
    kept = {} if fresh else read_predictions(place, name)
    wanted = [row for row in rows if row.answer["id"] not in kept]
    for folder in {row.folder for row in wanted}:
        answers = [row.answer for row in wanted if row.folder == folder]
        kept |= {guess["id"]: guess for guess in predict(folder, answers, frozenset())}
    if wanted:
        place.mkdir(exist_ok=True, parents=True)
        lines = (json.dumps(guess, ensure_ascii=False) + "\n" for guess in kept.values())
        (place / f"{name}.jsonl").write_text("".join(lines), "utf-8")
    return kept


def read_predictions(place: Path, name: str) -> dict[str, dict[str, Any]]:
    """Return the kept predictions of a set by id; empty when none are kept."""
    file = place / f"{name}.jsonl"
    lines = file.read_text("utf-8").split("\n") if file.exists() else []
    return {guess["id"]: guess for line in lines if line for guess in [json.loads(line)]}


def score_set(judge: Any, name: str, rows: list[Row], found: dict[str, dict[str, Any]]) -> list[Scores]:
    """Return the scores of each page of a set."""
    return [score_page(judge, row, found.get(row.answer["id"], {})) for row in rows]


def score_page(judge: Any, row: Row, guess: dict[str, Any]) -> Scores:
    """Return a page's scores by the folder's own measure."""
    if row.folder.name == NEUTRAL and not row.answer["dataset"].startswith("fundus"):
        guess = dict(guess)
        lead = guess.get("standfirst") or ""
        want, got = judge.tokens(row.answer["text"], "x"), judge.tokens(lead, "x")
        few = len(judge.TOKEN.findall(lead)) < _LEAST_UNITS
        if few or (got & want).total() < _LEAST_SHARED * got.total():
            guess["standfirst"] = ""
    scores: Scores = judge.score(row.answer, guess)
    return scores


def summarize(name: str, pages: list[Scores]) -> Scores:
    """Return a set's means. F1 is of the mean precision and recall; for wcxb it is the mean F1."""
    means = {measure: fmean(page[measure] for page in pages) for measure in MEASURES}
    if name != "wcxb" and means["P"] + means["R"]:
        means["F1"] = 2 * means["P"] * means["R"] / (means["P"] + means["R"])
    return means


def find_interval(name: str, pages: list[Compared], seed: int = 1) -> dict[str, tuple[float, float]]:
    """Return what 95 of 100 differences lie between when the sites are drawn anew with replacement."""
    by_site: defaultdict[str, list[Compared]] = defaultdict(list)
    for page in pages:
        by_site[page.row.site].append(page)
    groups = list(by_site.values())
    chance = random.Random(seed)
    drawn: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(_RESAMPLINGS):
        sample = [page for group in chance.choices(groups, k=len(groups)) for page in group]
        one, other = (summarize(name, [p.before for p in sample]), summarize(name, [p.after for p in sample]))
        for measure in MEASURES:
            drawn[measure].append(other[measure] - one[measure])
    cut = _RESAMPLINGS // 40
    return {measure: (sorted(values)[cut], sorted(values)[-cut - 1]) for measure, values in drawn.items()}


def format_row(name: str, pages: list[Compared], compared: bool) -> str:
    """Return a set's row of the table."""
    after = summarize(name, [page.after for page in pages])
    if not compared:
        return f"| {name} | {len(pages)} | " + " | ".join(f"{after[m]:.3f}" for m in MEASURES) + " |"
    before, interval = summarize(name, [page.before for page in pages]), find_interval(name, pages)
    cells = []
    for measure in MEASURES:
        low, high = interval[measure]
        cells += [
            f"{after[measure]:.3f}",
            f"{after[measure] - before[measure]:+.3f}",
            f"{low:+.3f} {high:+.3f}",
        ]
    better = [p for p in pages if p.after["F1"] > p.before["F1"] + _SAME]
    worse = [p for p in pages if p.after["F1"] < p.before["F1"] - _SAME]
    sites = (len({p.row.site for p in some}) for some in (better, worse))
    counts = f"{len(better)} / {len(worse)} pages, {' / '.join(map(str, sites))} sites"
    return f"| {name} | {len(pages)} | " + " | ".join(cells) + f" | {counts} |"


def list_worst(pages: list[Compared], most: int) -> list[str]:
    """Return a line for each of the worst pages."""
    worst = sorted(pages, key=lambda page: page.after["F1"])[:most]
    return [
        f"{p.after['F1']:.3f} P {p.after['P']:.2f} R {p.after['R']:.2f} {p.row.answer['id']} {p.row.answer['url']}"
        for p in worst
    ]


def list_changed(pages: list[Compared], most: int) -> list[str]:
    """Return a line for each of the pages whose F1 changed most."""
    changed = [p for p in pages if abs(p.after["F1"] - p.before["F1"]) > _SAME]
    changed.sort(key=lambda page: -abs(page.after["F1"] - page.before["F1"]))
    return [
        f"{p.before['F1']:.3f} -> {p.after['F1']:.3f} {p.row.answer['id']} {p.row.answer['url']}"
        for p in changed[:most]
    ]


if __name__ == "__main__":
    raise SystemExit(main())
