"""Crawl a folder of saved pages served as live sites, and measure what a crawl promises.

    python -m bench replay FOLDER coverage | again | pace | faults | throughput

coverage    from homes alone, the share of the listed articles that the archive holds
again       a second crawl right after the first
pace        the smallest gap between two requests to one host, and the wait after Retry-After
faults      every kind of fault at once, on a tenth of the requests
throughput  the whole crawl against two bare processes, and its memory as it grows
"""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from bench.harness import (
    FAST,
    FAULTS,
    SERVED,
    ReplayServer,
    argument_parser,
    count_rows,
    find_missing,
    ledger,
    remove_archive,
    resident,
    rows,
    wait,
    work_folder,
)

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable


@dataclass(frozen=True)
class Options:
    """What the command line says: options for the server, and TOML for the seed files."""

    server: list[str] = field(default_factory=list)
    seed_extra: str = ""


def serve(folder: Path, options: Options, *more: str) -> ReplayServer:
    return ReplayServer(folder, *more, *options.server, seed_extra=options.seed_extra)


def report_coverage(server: ReplayServer, work: Path) -> None:
    wanted = server.ask("articles")
    missing = find_missing(work, wanted)
    count = len(wanted) - len(missing)
    print(f"articles listed {len(wanted)}, stored {count} ({count / len(wanted):.1%})")
    for row in missing:
        print("  missing:", *row)
    print(ledger(work))
    print("outcomes:", dict(rows(work, "SELECT outcome, count(*) FROM outcomes GROUP BY 1")))


def coverage(folder: Path, work: Path, options: Options) -> None:
    with serve(folder, options, *SERVED) as server:
        code, errors = wait(server.crawl(work, *FAST))
        print(f"exit code {code}; stderr: {errors.strip()[:2000] or 'nothing'}")
        report_coverage(server, work)


def again(folder: Path, work: Path, options: Options) -> None:
    with serve(folder, options, *SERVED) as server:
        wait(server.crawl(work, *FAST))
        server.ask("reset")
        code, errors = wait(server.crawl(work, *FAST))
        stats = server.ask("stats")
        print(
            f"second crawl: exit code {code}, article pages sent {stats['articles_sent']}, responses {stats['answers']}"
        )
        print(f"stderr: {errors.strip() or 'nothing'}")
        print(ledger(work))


def pace(folder: Path, work: Path, options: Options) -> None:
    fault = ["--fault", "status code=503 retry_after=7 p=0.03 times=1"]
    with serve(folder, options, "--fresh", "--everything", "--crawl-delay", "2", *fault) as server:
        wait(server.crawl(work))
        by_host: dict[str, list[float]] = defaultdict(list)
        for at, host, _ in server.requests():
            by_host[host].append(at)
        gaps = sorted(b - a for times in by_host.values() for a, b in pairwise(times[1:]))
        first = sorted(times[1] - times[0] for times in by_host.values() if len(times) > 1)
        print(
            f"gaps between requests to one host, after its robots.txt: {len(gaps)}, smallest {gaps[0]:.3f} s, median {gaps[len(gaps) // 2]:.3f} s"
        )
        print(f"gap right after robots.txt (where the delay is learned): smallest {first[0]:.3f} s")
        waits = waits_after_refusal(server)
        print(f"responses 503 with Retry-After: 7: {len(waits)}, shortest wait {min(waits, default=0):.3f} s")
        report_coverage(server, work)


def waits_after_refusal(server: ReplayServer) -> list[float]:
    """Return the seconds from each refused request to the next request to its host.

    A URL that was asked for twice was refused once.
    """
    seen: set[tuple[str, str]] = set()
    waits = []
    log = server.requests()
    repeated = {page for page, count in Counter((h, p) for _, h, p in log).items() if count > 1}
    for n, (at, host, path) in enumerate(log):
        if (host, path) in repeated and (host, path) not in seen:
            seen.add((host, path))
            waits.append(next(t for t, h, _ in log[n + 1 :] if h == host) - at)
    return waits


def faults(folder: Path, work: Path, options: Options) -> None:
    with serve(
        folder, options, *SERVED, *(word for fault in FAULTS for word in ("--fault", fault))
    ) as server:
        for number in (1, 2):
            began = time.monotonic()
            code, errors = wait(server.crawl(work, *FAST, "-s", "DOWNLOAD_TIMEOUT=10"))
            print(
                f"crawl {number}: exit code {code} after {time.monotonic() - began:.0f} s; failing sources {len(errors.splitlines())}"
            )
            wanted = server.ask("articles")
            missing = find_missing(work, wanted)
            print(f"stored {len(wanted) - len(missing)}; {ledger(work)}")
            reasons = Counter((row.outcome, (row.reason or "")[:60]) for row in missing)
            for (outcome, reason), count in reasons.most_common():
                print(f"  {count:3} {outcome}: {reason}")


def extract_plainly(pages: list[bytes]) -> None:
    """Run trafilatura alone, with metadata: what the crawl is compared with."""
    from trafilatura import bare_extraction

    for page in pages:
        bare_extraction(page, with_metadata=True)


def two_plain_processes(server: ReplayServer, wanted: list[str]) -> float:
    """Return pages a second of two processes that run trafilatura alone, the pages already in memory."""
    pages = [server.fetch(url) for url in wanted]
    halves = [multiprocessing.Process(target=extract_plainly, args=[pages[n::2]]) for n in (0, 1)]
    extract_plainly(pages[:20])  # both start warm
    began = time.monotonic()
    for half in halves:
        half.start()
    for half in halves:
        half.join()
    return len(pages) / (time.monotonic() - began)


def sample_memory(process: subprocess.Popen[str], log: Path) -> list[tuple[int, float]]:
    """Return (pages stored so far, MB of the crawl's own process), twice a second until it ends."""
    samples = []
    while process.poll() is None:
        stored = log.read_text().count("] new ") if log.exists() else 0
        samples.append((stored, resident(process.pid).main))
        time.sleep(0.5)
    return samples


def throughput(folder: Path, work: Path, options: Options) -> None:
    with serve(folder, options, *SERVED, "--copies", "10") as server:
        wanted = server.ask("articles")
        for _ in range(2):
            bare = two_plain_processes(server, wanted)
            remove_archive(work)
            began = time.monotonic()
            process = server.crawl(work, *FAST, new_session=True)
            samples = sample_memory(process, work / "archive.log")
            seconds = time.monotonic() - began
            process.communicate()
            pages = count_rows(work, "outcomes")  # also those that were not to be stored
            print(
                f"crawl {pages} pages in {seconds:.0f} s, {pages / seconds:.1f}/s; two bare processes {bare:.1f}/s; share {pages / seconds / bare:.0%}"
            )
            peaks = [
                max((mb for stored, mb in samples if stored <= limit), default=0) for limit in (400, 2000)
            ]
            print(
                f"memory of the crawl's process: {peaks[0]:.0f} MB by 400 pages, {peaks[1]:.0f} MB by 2,000"
            )


STEPS: dict[str, Callable[[Path, Path, Options], None]] = {
    step.__name__: step for step in (coverage, again, pace, faults, throughput)
}


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave the archive there")
    parser.add_argument("--option", action="append", default=[], help="one more option for the server")
    parser.add_argument("--keep-noarchive", action="store_true", help='seeds say noarchive = "keep"')
    args = parser.parse_args()
    options = Options(args.option, 'noarchive = "keep"\n' if args.keep_noarchive else "")
    with work_folder(args.keep) as work:
        STEPS[args.step](args.folder, work, options)
