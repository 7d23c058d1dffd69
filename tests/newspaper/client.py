"""Start the newspaper as a process of its own, and ask it things."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from .press import tidy
from .sites import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
STARTED = os.environ.setdefault("NEWSPAPER_STARTED", datetime.now(UTC).isoformat(timespec="seconds"))
"""The moment from which the ages of articles are counted, one for this process and all that it starts.

Test processes compare what one newspaper said with what another says. Dates stand in addresses, so two newspapers that
start before and after an article's midnight would have different ones.
"""


class Newspaper:
    """A running newspaper, stopped at the end of the `with` block.

    `proxy` (also `url`) is the address to give as `http_proxy`. `now` is an ISO time at which to stop the
    clock; `crawl_delay=0` takes the Crawl-delay out of every robots.txt; `demo` adds the sites of `make demo`.
    """

    def __init__(
        self,
        *,
        faults: Sequence[str] = (),
        now: str = "",
        crawl_delay: float | None = None,
        seed: int = 0,
        demo: bool = False,
    ) -> None:
        self.command = [sys.executable, "-m", "tests.newspaper", "--until-eof", "--seed", str(seed)]
        self.command += ["--started", STARTED]
        for rule in faults:
            self.command += ["--fault", rule]
        if now:
            self.command += ["--now", now]
        if crawl_delay is not None:
            self.command += ["--crawl-delay", str(crawl_delay)]
        if demo:
            self.command += ["--demo"]
        self.url = ""
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        # Standard input is a pipe so that the server ends with us, however we end.
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            self.close()
            raise RuntimeError("The newspaper did not start; its message is above.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server and wait for its end."""
        if self.process is None:
            return
        process, self.process = self.process, None
        with process:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    @property
    def proxy(self) -> str:
        """The address to use as `http_proxy`."""
        return self.url

    def ask(self, name: str, **query: str | None) -> Any:
        """One question below /__newspaper__/; RuntimeError with the server's words when it has no answer."""
        given = urlencode({key: value for key, value in query.items() if value is not None})
        try:
            with DIRECT.open(f"{self.url}/__newspaper__/{name}?{given}", timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(json.load(error)["error"]) from None

    def get(self, url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (names in lower case) and body of a page; redirects are not followed."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": self.url}), _Stay)
        request = urllib.request.Request(
            tidy(url), headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        try:
            answer = opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()

    def log(self) -> list[dict[str, Any]]:
        """Every request since the start, the last `reset` or `forget`."""
        return self.ask("log")

    def articles(self, host: str | None = None) -> list[str]:
        """The URLs a crawl should archive, of all sites or one."""
        return self.ask("articles", host=host)

    def truth(self, url: str) -> dict[str, Any]:
        """What extraction should find at an article's address."""
        return self.ask("truth", url=url)

    def revise(self, url: str, what: str = "text") -> dict[str, Any]:
        """Edit an article (`what`: text or title); returns its new truth."""
        return self.ask("revise", url=url, what=what)["truth"]

    def rewrite(self, url: str, **edit: str) -> dict[str, Any]:
        """Edit an article by `title`, `old` and `new`, `drop`, `note`: see `Press.rewrite`; returns its new truth."""
        return self.ask("rewrite", url=url, **edit)["truth"]

    def remove(self, url: str) -> None:
        """Take an article down: 410."""
        self.ask("remove", url=url)

    def publish(self, host: str) -> str:
        """Add a fresh article to a site; returns its URL."""
        return self.ask("publish", host=host)["url"]

    def fault(self, rule: str) -> None:
        """Add a fault rule."""
        self.ask("fault", rule=rule)

    def heal(self) -> None:
        """Drop all fault rules."""
        self.ask("heal")

    def forget(self) -> None:
        """Empty the log; edits and faults stay."""
        self.ask("forget")

    def reset(self) -> None:
        """Undo edits, drop the log and all faults added since the start."""
        self.ask("reset")

    def sites(self) -> dict[str, Any]:
        """Host to name, language and number of articles."""
        return self.ask("sites")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def write_seeds(folder: Path, demo: bool = False) -> list[Path]:
    """One seed file a site, with nothing but its name and home; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for site in load(demo).values():
        file = folder / f"{site.id}.toml"
        name = site.name.replace('"', '\\"')
        file.write_text(f'name = "{name}"\nhome = "{site.home or site.root}/"\n', "utf-8")
        written.append(file)
    return written
