"""Where the CPU of a crawl goes: milliseconds a page by part, of the crawl's own process and of its workers.

    python -m bench cost [--copies N] [--checkout DIR] [--shared FOLDER]

The saved web of FOLDER/replay (`../shared` unless given; it is not part of the project) is crawled from its homes, with N
rounds of copies (3 unless given: 700 pages), by the program in DIR. Each process samples itself each 4 ms of its CPU time,
and charges what its threads' own clocks counted to the place where each stands: nothing is traced, and what else the
machine does is not counted. Parts under a twentieth of a millisecond may be off by half. `cost_parts.py` says which places
are a part.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

from bench import sampler
from bench.cost_parts import CRAWL, WORKERS, name_part, name_process
from bench.harness import (
    CLIPPINGS,
    FAST,
    ROOT,
    SERVED,
    ReplayServer,
    argument_parser,
    count_rows,
    environment_for,
    work_folder,
)

START = "import os, sampler\nsampler.start(os.environ['CPU_SAMPLES'])\n"
"""What each Python process of the crawl runs first, as its `sitecustomize`."""


def crawl_sampled(shared: Path, work: Path, code: Path, copies: int) -> Path:
    """Crawl the saved web, each process sampling itself; returns the folder of their counts."""
    site, samples = work / "site", work / "samples"
    site.mkdir()
    samples.mkdir()
    (site / "sitecustomize.py").write_text(START)
    (site / "sampler.py").write_text(Path(sampler.__file__).read_text())
    with ReplayServer(shared / "replay", *SERVED, "--copies", str(copies)) as server:
        server.write_seeds(work / "seeds")
        environment = {
            **environment_for(server.url),
            "PYTHONPATH": f"{site}{os.pathsep}{code}",
            "CPU_SAMPLES": str(samples),
        }
        options = [*FAST, "-s", "PAGES_PER_SOURCE=100000", "-s", "CONTACT=bench@localhost"]
        command = [*CLIPPINGS, "crawl", "archive.db", "--seeds", "seeds", *options]
        done = subprocess.run(
            command, env=environment, cwd=work, stderr=subprocess.PIPE, text=True, check=False
        )
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"Error: the crawl ended with {done.returncode}: {done.stderr[-500:]}")
    return samples


def read_costs(samples: Path) -> tuple[dict[str, float], dict[str, Counter[str]]]:
    """Return the CPU seconds of each kind of process, and their parts."""
    seconds: dict[str, float] = defaultdict(float)
    parts: dict[str, Counter[str]] = defaultdict(Counter)
    for file in samples.glob("*.json"):
        counts = json.loads(file.read_text())
        stacks = [(row[0], tuple(row[1:])) for row in counts["stacks"]]
        kind = name_process([stack for _, stack in stacks])
        seconds[kind] += counts["cpu"]
        for spent, stack in stacks:
            parts[kind][name_part(stack, CRAWL if kind == "crawl" else WORKERS)] += spent
    return seconds, parts


def print_costs(seconds: dict[str, float], parts: dict[str, Counter[str]], pages: int) -> None:
    """Print milliseconds a page, the dearest part first."""
    for kind in sorted(seconds, key=seconds.__getitem__, reverse=True):
        print(f"{kind}: {seconds[kind] / pages * 1000:.1f} ms a page")
        for name, spent in parts[kind].most_common():
            print(f"  {spent / pages * 1000:6.2f}  {name}")
    print(
        f"{pages} pages, {sum(seconds.values()) / pages * 1000:.1f} ms of CPU a page in all;"
        f" load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )


def main() -> int:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--checkout", type=Path, default=ROOT)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    args = parser.parse_args()
    if not args.shared.is_dir():
        parser.error(f"{args.shared} is missing: name the folder of saved pages with --shared")
    with work_folder(None) as work:
        samples = crawl_sampled(args.shared.resolve(), work, args.checkout.resolve(), args.copies)
        print_costs(*read_costs(samples), count_rows(work, "outcomes"))
    return 0
