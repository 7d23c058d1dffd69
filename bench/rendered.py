"""A crawl of pages that print by JavaScript: pages a second, memory as it grows, and what kill -9 leaves.

python -m bench rendered [--pages 1000] [--each 100]     # the pages are made up and served by this process
python -m bench rendered --kills 5                       # kill the browser and the crawl so many times each, then count
"""

from __future__ import annotations

import http.server
import json
import os
import random
import signal
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.harness import CLIPPINGS, argument_parser, count_rows, environment_for, rows, work_folder
from bench.memory import read_size

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = "http://daily.example"
APP = """
fetch('/api' + location.pathname).then(answer => answer.json()).then(story => {
  document.title = story.title;
  document.querySelector('#root').innerHTML = '<article><h1>' + story.title + '</h1>' + story.html + '</article>';
});
"""
OPTIONS = [
    "DOWNLOAD_DELAY=0",
    "PAGES_PER_SOURCE=100000",
    "RETRY_TIMES=0",
    "HOST_FAILURES_MAX=9999",
    "LISTING_MAXSIZE=99999999",
]


class Sizes(NamedTuple):
    """PSS in MB of the crawl's own process, of its workers and of the browser with its driver."""

    own: float
    workers: float
    browser: float


def story(number: int) -> str:
    draw = random.Random(number)
    words = [f"word{draw.randrange(5000)}" for _ in range(400)]
    paragraphs = "".join(f"<p>{' '.join(words[n : n + 40]).capitalize()}.</p>" for n in range(0, 400, 40))
    return json.dumps({"title": f"Story number {number} of the day", "html": paragraphs})


@contextmanager
def serve(pages: int) -> Iterator[str]:
    """Serve a paper of so many pages as a proxy; yields its address."""
    items = "".join(
        f"<item><title>Story {n}</title><link>{HOME}/news/{n}</link></item>" for n in range(pages)
    )
    feed = f"<rss version='2.0'><channel><title>D</title>{items}</channel></rss>"
    shell = "<html lang=en><head><title>The Daily</title></head><body><div id=root></div><script src='/app.js'></script></body></html>"

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.removeprefix(HOME)
            number = path.rpartition("/")[2]
            if path == "/feed":
                self.answer("application/rss+xml", feed)
            elif path == "/app.js":
                self.answer("text/javascript", APP)
            elif path.startswith("/api/news/"):
                self.answer("application/json", story(int(number)))
            elif path.startswith("/news/"):
                self.answer("text/html", shell)
            else:
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def answer(self, kind: str, body: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def processes_in(folder: Path) -> dict[int, str]:
    """The processes whose working folder this is, with their command lines."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder:
                found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ")
    return found


def is_browser(command: str) -> bool:
    return "chrom" in command or "playwright" in command


def measure(folder: Path, own: int) -> Sizes:
    sizes = {pid: read_size(pid) for pid in processes_in(folder)}
    commands = processes_in(folder)
    pss = {pid: size.pss for pid, size in sizes.items() if size is not None}
    browser = sum(size for pid, size in pss.items() if is_browser(commands.get(pid, "")))
    return Sizes(pss.get(own, 0.0), sum(pss.values()) - browser - pss.get(own, 0.0), browser)


def start(work: Path, proxy: str) -> subprocess.Popen[str]:
    (work / "seeds").mkdir(exist_ok=True)
    (work / "seeds" / "daily.toml").write_text(
        f'home = "{HOME}/"\nfeeds = ["/feed"]\ndiscover = false\nrecheck = []\nrender = true\n'
    )
    words = [word for option in OPTIONS for word in ("-s", option)]
    command = [*CLIPPINGS, "crawl", "archive.db", *words]
    return subprocess.Popen(command, cwd=work, env=environment_for(proxy), text=True, stdout=subprocess.PIPE)


def run_once(pages: int, each: int) -> None:
    with work_folder(None) as work, serve(pages) as proxy:
        work = work.resolve()
        began, process, wanted = time.monotonic(), start(work, proxy), each
        print("pages, MB (PSS): the crawl's own process, its workers, the browser with its driver")
        while process.poll() is None:
            time.sleep(0.5)
            log = work / "archive.log"
            stored = log.read_text("utf-8", "replace").count(" new daily ") if log.exists() else 0
            if stored >= wanted:
                sizes = measure(work, process.pid)
                print(f"{stored:6} {sizes.own:6.0f} {sizes.workers:6.0f} {sizes.browser:6.0f}", flush=True)
                wanted = (stored // each + 1) * each
        seconds = time.monotonic() - began
        held = count_rows(work, "articles")
        print(
            f"{held} of {pages} articles, {held / seconds:.1f} pages a second, exit code {process.returncode}"
        )
        time.sleep(3)
        left = [command[:60] for command in processes_in(work).values()]
        print(f"processes left: {len(left)}; load of the machine {os.getloadavg()[0]:.1f}", *left)


def run_with_kills(pages: int, kills: int) -> None:
    """Kill the browser in one crawl and the crawl in the next, at random moments; then let one come to its end."""
    draw = random.Random(7)
    with work_folder(None) as work, serve(pages) as proxy:
        work = work.resolve()
        for number in range(kills * 2):
            process = start(work, proxy)
            time.sleep(draw.uniform(4, 12))
            victims = [pid for pid, command in processes_in(work).items() if is_browser(command)]
            if number % 2 and victims:
                os.kill(draw.choice(victims), signal.SIGKILL)
                time.sleep(draw.uniform(2, 6))
            process.kill()
            process.communicate()
            time.sleep(3)
            left = [command[:60] for command in processes_in(work).values()]
            what = "browser, then crawl" if number % 2 else "crawl"
            print(
                f"killed the {what}: {count_rows(work, 'articles')} articles, processes left {len(left)}",
                *left,
            )
        while count_rows(work, "articles") < pages:
            before = count_rows(work, "articles")
            start(work, proxy).communicate()
            if count_rows(work, "articles") == before:
                break
        doubled = rows(work, "SELECT url FROM articles GROUP BY url HAVING count(*) > 1")
        sql = (
            "SELECT u.url, u.state, u.due_at, o.outcome, o.reason FROM urls u"
            " LEFT JOIN outcomes o ON o.url = u.url AND o.latest WHERE u.article_id IS NULL"
        )
        for row in rows(work, sql):
            print("not held:", dict(row))
        print(f"in the end {count_rows(work, 'articles')} of {pages} articles, doubled {len(doubled)}")


def main() -> None:
    args = argument_parser(__name__, __doc__)
    args.add_argument("--pages", type=int, default=1000)
    args.add_argument("--each", type=int, default=100)
    args.add_argument("--kills", type=int, default=0)
    options = args.parse_args()
    if options.kills:
        run_with_kills(min(options.pages, 60), options.kills)
    else:
        run_once(options.pages, options.each)


if __name__ == "__main__":
    main()
