"""Memory of each process of a crawl as it grows: MB at every 500 pages, shared memory divided among those that share it.

    python -m bench memory FOLDER [--pages N] [--each N]

FOLDER is a saved web with its server. It is crawled with so many rounds of copies that it has N pages (5,000 unless given).
PSS is what a process has for itself, and of memory that several share its part; RSS is all that it can reach.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.harness import (
    FAST,
    SERVED,
    ReplayServer,
    argument_parser,
    count_rows,
    session_stats,
    work_folder,
)

if TYPE_CHECKING:
    import subprocess

ARTICLES = 233
"""Of the saved web; each round of copies adds as many."""
OUTCOME = re.compile(r"\] (?:new|duplicate|empty|not_article|excluded|failed|gone|unchanged|revised) ")


class Size(NamedTuple):
    """Memory of a process in MB."""

    pss: float
    rss: float


def read_size(pid: int) -> Size | None:
    """Return the memory of a process; None when it has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    found = {
        name: int(kilobytes) / 1000 for name, kilobytes in re.findall(r"(?m)^(Pss|Rss): +(\d+) kB", rollup)
    }
    return Size(found.get("Pss", 0.0), found.get("Rss", 0.0))


def count_outcomes(log: Path, since: int) -> tuple[int, int]:
    """Return how many outcomes the log names from a place on, and where it ends now."""
    if not log.exists():
        return 0, since
    with log.open("rb") as lines:
        lines.seek(since)
        text = lines.read()
    whole = text.rpartition(b"\n")[0]
    return len(OUTCOME.findall(whole.decode("utf-8", "replace"))), since + len(whole)


def watch(process: subprocess.Popen[str], log: Path, each: int) -> None:
    """Print the memory of all processes of a crawl each time that so many pages more are stored."""
    done, place, wanted = 0, 0, each
    last: dict[int, Size] = {}
    while process.poll() is None:
        more, place = count_outcomes(log, place)
        done += more
        sizes = {pid: size for pid, _ in session_stats(process.pid) if (size := read_size(pid)) is not None}
        last = sizes or last
        if done >= wanted:
            print_sizes(done, sizes, process.pid)
            wanted = (done // each + 1) * each
        time.sleep(0.2)
    print_sizes(done, last, process.pid)


def print_sizes(done: int, sizes: dict[int, Size], main: int) -> None:
    """Print a line: the crawl's own process, then the others, the largest first."""
    own = sizes.get(main, Size(0.0, 0.0))
    others = sorted((size for pid, size in sizes.items() if pid != main), reverse=True)
    cells = "   ".join(f"{size.pss:.0f} / {size.rss:.0f}" for size in (own, *others))
    total = sum(size.pss for size in sizes.values())
    print(f"{done:6} pages   {cells}   together {total:.0f}", flush=True)


def main() -> int:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--each", type=int, default=500)
    args = parser.parse_args()
    copies = str(-(-args.pages // ARTICLES))
    with work_folder(None) as work, ReplayServer(args.folder, *SERVED, "--copies", copies) as server:
        print("MB, PSS / RSS: the crawl's own process, then workers and their fork server")
        process = server.crawl(work, *FAST, "-s", "PAGES_PER_SOURCE=100000", new_session=True)
        watch(process, work / "archive.log", args.each)
        process.communicate()
        print(f"{count_rows(work, 'outcomes')} outcomes, exit code {process.returncode}")
    return 0
