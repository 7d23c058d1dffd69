"""What other tools can do with an archive: list tables, read each view, parse dates, answer the questions of docs/research.md.

python -m bench tools [ARCHIVE]    # without one, on a made-up archive of 2,000 articles; R with RSQLite where it is installed
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.harness import argument_parser, work_folder
from pipelines.archive.reading_views import VIEWS
from tests.archives import build
from tests.other_tools import TOOLS, ask_sqlite3, has_r

if TYPE_CHECKING:
    from tests.other_tools import Answers

HEADER = ("tool", "lists tables", "reads views", "parses dates", "answers", "seconds")


def compare(found: Answers, expected: Answers) -> tuple[str, str, str, str]:
    """What a tool made of the archive, beside what Python's sqlite3 did."""
    missing = sorted(set(VIEWS) - found.listed)
    wrong = [view for view in VIEWS if found.rows.get(view) != expected.rows[view]]
    dates = sum(one != other for one, other in zip(found.dates, expected.dates, strict=False))
    dates += abs(len(found.dates) - len(expected.dates))
    answered = sum(one == other for one, other in zip(found.questions, expected.questions, strict=True))
    return (
        f"no: {', '.join(missing)}" if missing else "yes",
        f"no: {', '.join(wrong)}" if wrong else f"yes, {len(VIEWS)}",
        f"no: {dates} differ" if dates else f"yes, {len(found.dates)}",
        f"{'yes' if answered == len(expected.questions) else 'no:'}, {answered} of {len(expected.questions)}",
    )


def ask(tool: str, archive: Path, expected: Answers) -> tuple[str, ...]:
    """A row of the table: what the tool can do, or why it could not be asked."""
    if tool == "R" and not has_r():
        return (tool, "not installed (Debian: apt install r-cran-rsqlite)")
    start = time.perf_counter()
    try:
        cells = compare(TOOLS[tool](archive), expected)
    except Exception as error:
        return (tool, f"no: {type(error).__name__}: {str(error).splitlines()[0]}")
    return (tool, *cells, f"{time.perf_counter() - start:.1f}")


def main() -> int:
    """Print the table; 1 when a tool that is installed cannot do all of it."""
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("archive", nargs="?", type=Path, help="an archive; default: a made-up one")
    args = parser.parse_args()
    with work_folder(None) as work:
        archive = args.archive or build(work / "archive.db", 2000)
        print(f"{archive.name}: {archive.stat().st_size / 1e6:.0f} MB")
        expected = ask_sqlite3(archive)
        rows = [HEADER, *(ask(tool, archive, expected) for tool in TOOLS)]
    for row in rows:
        print("  ".join(f"{cell:14}" for cell in row).rstrip())
    return int(any(cell.startswith("no:") for row in rows for cell in row))
