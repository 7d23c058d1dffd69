"""Prove that two checkouts extract, decide and store the same: predictions, rows of archives, exit codes.

    python -m bench same --checkout DIR OUT [--shared FOLDER] [--only predictions | rows]
    python -m bench same ONE OTHER [--leave-out TABLE]...

The first form runs the code of a checkout on `quality/` and `replay/` of FOLDER (`../shared` unless given; it is not part
of the project) and writes canonical files to OUT: `predictions/`, `rows/` and `ends.json`. The second compares two such
folders, lists the differences, and ends with code 1 when there are any. About ten minutes a checkout.

The saved web is crawled in three ways, each three times: first, again right after, and when every article is due and each
fifth is edited. The server's clock is stopped, and one worker extracts, so that pages are stored in the order in which
they came. Ids, clock times and places in WARC files are set aside.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import urllib.parse
from contextlib import closing
from pathlib import Path

from bench.canonical_rows import canonical_lines, compare_lines
from bench.harness import (
    FAST,
    ROOT,
    SERVED,
    ReplayServer,
    argument_parser,
    environment_for,
    make_due,
    wait,
    work_folder,
)

NOW, SINCE = "2026-11-20T12:00:00+00:00", "2026-11-01"
OPTIONS = ["--since", SINCE, *FAST, "-s", "EXTRACT_WORKERS=1", "-s", "CONTACT=bench@localhost"]
STEPS = ("1-first", "2-again", "3-edited")
EDIT_EACH = 5

FAULTS = [
    "status code=500 p=0.1",
    "status code=404 p=0.05",
    "reset p=0.05",
    "truncate p=0.1",
    "charset p=0.1",
    "badgzip p=0.1",
    "empty p=0.1",
    "redirect p=0.1",
    "status code=500 path=^/robots.txt p=0.1",
    "truncate path=(feed|sitemap) p=0.1",
]
"""Faults that are the same at every run: drawn by URL and number of requests, none by the clock."""

WAYS: dict[str, tuple[list[str], str]] = {
    "plain": ([], ""),
    "keep-noarchive": ([], "keep_noarchive = true\n"),
    "faults": ([word for fault in FAULTS for word in ("--fault", fault)], "keep_noarchive = true\n"),
}
"""Ways to crawl: options of the server, and TOML added to each seed file; in words that earlier checkouts know too."""


def write_predictions(checkout: Path, shared: Path, out: Path) -> None:
    """Let the checkout's extractor read every page with a known answer."""
    script = ROOT / "bench" / "canonical_predictions.py"
    command = [sys.executable, "-P", str(script), str(shared / "quality"), str(out / "predictions")]
    subprocess.run(command, env=environment_for("", checkout), cwd=out, check=True)


def write_rows(checkout: Path, shared: Path, out: Path) -> None:
    """Let the checkout crawl the saved web; write the rows after each crawl, exit codes and the server's counts."""
    ends: dict[str, object] = {}
    (out / "rows").mkdir(exist_ok=True)
    for way, (options, seed_extra) in WAYS.items():
        server = ReplayServer(shared / "replay", "--now", NOW, *SERVED, *options, seed_extra=seed_extra)
        with work_folder(None) as work, server:
            for step in STEPS:
                if step == "3-edited":
                    edit(server)
                    make_due(work)
                server.ask("reset")
                code, errors = wait(server.crawl(work, *OPTIONS, code=checkout))
                ends[f"{way}-{step}"] = {"exit code": code, "server": server.ask("stats")}
                lines = canonical_lines(copy_archive(work))
                (out / "rows" / f"{way}-{step}.jsonl").write_text("".join(lines), "utf-8")
                print(f"{way} {step}: exit code {code}, {len(lines)} rows, {len(errors.splitlines())} errors")
    (out / "ends.json").write_text(json.dumps(ends, indent=1, sort_keys=True) + "\n")


def edit(server: ReplayServer) -> None:
    """Edit each fifth article of the web."""
    for url in server.ask("articles")[::EDIT_EACH]:
        server.ask("revise?" + urllib.parse.urlencode({"url": url}))


def copy_archive(work: Path) -> Path:
    """Copy the archive, its write-ahead log folded in, for reading: nothing must change in the crawl's own."""
    with closing(sqlite3.connect(work / "archive.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return Path(shutil.copy(work / "archive.db", work / "copy.db"))


def read_lines(file: Path) -> list[str]:
    """Read lines. `splitlines` would cut one at a separator within a text."""
    return [line for line in file.read_text("utf-8").split("\n") if line]


def compare_predictions(one: Path, other: Path) -> list[str]:
    """Return a line for each field of each page that differs."""
    rows = [{row["id"]: row for row in map(json.loads, read_lines(file))} for file in (one, other)]
    report = [f"page {name} is in one only" for name in sorted(rows[0].keys() ^ rows[1].keys())]
    for name in rows[0].keys() & rows[1].keys():
        before, after = rows[0][name], rows[1][name]
        report += [
            f"{name} {field}: {str(before.get(field))[:120]!r} -> {str(after.get(field))[:120]!r}"
            for field in sorted(before.keys() | after.keys())
            if before.get(field) != after.get(field)
        ]
    return sorted(report)


def compare_rows(one: Path, other: Path, left_out: list[str]) -> list[str]:
    """Return the tables that differ, without some tables."""
    lines = [
        [line for line in read_lines(file) if json.loads(line)[0] not in left_out] for file in (one, other)
    ]
    return compare_lines(*lines)


def compare_file(one: Path, other: Path, left_out: list[str]) -> list[str]:
    """Return the differences of a file of two outputs. A file that only one has is a difference."""
    if not one.exists() or not other.exists():
        return ["only in one of the two"]
    if one.parent.name == "predictions":
        return compare_predictions(one, other)
    if one.parent.name == "rows":
        return compare_rows(one, other, left_out)
    return [] if one.read_bytes() == other.read_bytes() else ["exit codes or requests differ"]


def compare(one: Path, other: Path, left_out: list[str]) -> int:
    """Print the differences of two outputs; return their number."""
    patterns = ("predictions/*.jsonl", "rows/*.jsonl", "ends.json")
    places = (one, other)
    names = {file.relative_to(place) for place in places for part in patterns for file in place.glob(part)}
    total = 0
    for name in sorted(names):
        differences = compare_file(one / name, other / name, left_out)
        total += len(differences)
        print("\n  ".join([f"{name}: {len(differences) or 'no'} differences", *differences[:40]]))
    return total


def main() -> int:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folders", type=Path, nargs="+", metavar="OUT | ONE OTHER")
    parser.add_argument("--checkout", type=Path, help="run the code in this folder and write to OUT")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--only", choices=("predictions", "rows"))
    parser.add_argument("--leave-out", action="append", default=[], metavar="TABLE")
    args = parser.parse_args()
    if len(args.folders) != (1 if args.checkout else 2):
        parser.error("give OUT with --checkout DIR, or two folders to compare")
    if not args.checkout:
        one, other = args.folders
        return int(compare(one, other, args.leave_out) > 0)
    if not args.shared.is_dir():
        parser.error(f"{args.shared} is missing: name the folder of saved pages with --shared")
    out, checkout, shared = args.folders[0].resolve(), args.checkout.resolve(), args.shared.resolve()
    out.mkdir(parents=True, exist_ok=True)
    if args.only != "rows":
        write_predictions(checkout, shared, out)
    if args.only != "predictions":
        write_rows(checkout, shared, out)
    return 0
