"""What commands cost before they work, and a crawl that finds nothing new: milliseconds of CPU, cold and warm.

    python -m bench startup [FOLDER] [--checkout DIR] [--runs N]

It serves 40 small sites, crawls them, and then runs each command N times (5 unless given) by the program in DIR (this
one unless given). Cold is the first run after an installation, when Python compiles every module that it imports; warm
is the least of the others. The crawl without news asks for 40 feeds, and each answers 304 (not modified). What Python
itself takes to start is the first line. The work of processes that a command starts is added.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from bench.harness import (
    CLIPPINGS,
    FAST,
    ROOT,
    TICK,
    argument_parser,
    environment_for,
    session_stats,
    value,
    work_folder,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES, ARTICLES = 40, 3
ENTRY = "<item><title>Ferry {n} sails</title><link>http://{host}/2026/11/ferry-{n}-sails</link><pubDate>{date}</pubDate></item>"
STORY = "The harbour office of {host} said that ferry {n} will sail to the islands each hour from Monday, in all weathers."
COMMANDS = {
    "python": ["-c", "pass"],
    "status": [*CLIPPINGS[1:], "status", "archive.db"],
    "search": [*CLIPPINGS[1:], "search", "archive.db", "ferry harbour"],
    "coverage": [*CLIPPINGS[1:], "coverage", "archive.db"],
    "crawl without news": [*CLIPPINGS[1:], "crawl", "archive.db", "--seeds", "seeds", *FAST],
}


class Cost(NamedTuple):
    """Milliseconds of CPU: of the command, and of the processes that it started."""

    own: float
    others: float


class SmallSites(BaseHTTPRequestHandler):
    """Answers for every host, as a proxy: a feed with an ETag, its articles, and nothing else."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        host = parts.netloc
        if parts.path == "/feed.xml":
            if self.headers.get("If-None-Match"):
                self.answer(304, "", "application/rss+xml")
                return
            date = self.date_time_string()
            items = "".join(ENTRY.format(n=n, host=host, date=date) for n in range(ARTICLES))
            title = f"<title>{host}</title><link>http://{host}/</link>"
            feed = f'<rss version="2.0"><channel>{title}{items}</channel></rss>'
            self.answer(200, feed, "application/rss+xml")
        elif "/ferry-" in parts.path:
            n = parts.path.split("-")[1]
            text = "".join(f"<p>{STORY.format(host=host, n=n)} {'It is so. ' * k}</p>" for k in range(1, 6))
            page = f"<html><head><title>Ferry {n} sails</title></head><body><article><h1>Ferry {n} sails</h1>{text}</article></body></html>"
            self.answer(200, page, "text/html")
        else:
            self.answer(404, "nothing here", "text/plain")

    def answer(self, status: int, body: str, kind: str) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def small_sites() -> Iterator[str]:
    """Yield the address of the proxy."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), SmallSites)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def write_seeds(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for n in range(SOURCES):
        home = f"http://site{n:02}.example"
        text = f'home = "{home}/"\nfeeds = ["{home}/feed.xml"]\ndiscover = false\n'
        (folder / f"site{n:02}.toml").write_text(text)


def cost(words: list[str], work: Path, environment: dict[str, str]) -> Cost:
    """Run Python with these words; watch its session until the last process has ended."""
    process = subprocess.Popen(
        [CLIPPINGS[0], *words],
        cwd=work,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    used: dict[int, int] = {}
    own = None
    while own is None or any(session_stats(process.pid)):
        for pid, fields in session_stats(process.pid):
            if pid != process.pid:
                used[pid] = int(fields[11]) + int(fields[12])
        pid, status, usage = os.wait4(process.pid, os.WNOHANG) if own is None else (0, 0, None)
        if pid and usage is not None:
            process.returncode = os.waitstatus_to_exitcode(status)
            own = usage.ru_utime + usage.ru_stime
        time.sleep(0.01)
    return Cost(own * 1000, sum(used.values()) / TICK * 1000)


def measure(work: Path, proxy: str, checkout: Path, runs: int) -> None:
    """Crawl once, then print a line for each command."""
    write_seeds(work / "seeds")
    environment = environment_for(proxy, checkout)
    first = cost(COMMANDS["crawl without news"], work, environment)
    articles = value(work, "SELECT count(*) FROM articles")
    print(f"first crawl: {articles} articles of {SOURCES} sources, {first.own:.0f} + {first.others:.0f} ms")
    print(f"{'':20} {'cold':>13} {'warm':>13}   own + other processes, ms of CPU")
    for name, words in COMMANDS.items():
        with tempfile.TemporaryDirectory() as compiled:
            cold = cost(words, work, {**environment, "PYTHONPYCACHEPREFIX": compiled})
            cost(words, work, {**environment, "PYTHONPYCACHEPREFIX": compiled})
        warm = min((cost(words, work, environment) for _ in range(runs)), key=sum)
        cells = [f"{part.own:.0f} + {part.others:.0f}" for part in (cold, warm)]
        print(f"{name:20} {cells[0]:>13} {cells[1]:>13}")
    asked = value(work, "SELECT count(*) FROM outcomes WHERE crawl_id = (SELECT max(id) FROM crawls)")
    print(f"pages asked for by the last crawl: {asked}   load: {os.getloadavg()[0]:.1f}")


def main() -> int:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--checkout", type=Path, default=ROOT)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each run compiles the program anew
    with work_folder(args.folder) as work, small_sites() as proxy:
        measure(work, proxy, args.checkout.resolve(), args.runs)
    return 0
