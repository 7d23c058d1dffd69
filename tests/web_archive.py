"""A web archive of our own: a CDX index that answers in parts and goes on by a key, and copies as they were captured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.web import Web

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest")


class Held(NamedTuple):
    """A capture: as the index names it, and what its copy is answered by: (status, headers, body)."""

    captured: str
    url: str
    answer: Any
    status: str = "200"
    mime: str = "text/html"

    @property
    def key(self) -> str:
        return self.url.partition("://")[2].replace(":80", "").lower()


class WebArchive(Web):
    """`held` are its captures; `faults` maps the beginning of an address to answers that come first, one a request."""

    def __init__(self, rows: int = 2) -> None:
        super().__init__()
        self.rows = rows
        self.held: list[Held] = []
        self.faults: dict[str, list[tuple[int, dict[str, str], bytes]]] = {}
        self.on_copy: Callable[[str], None] | None = None

    @property
    def index(self) -> str:
        return f"{self.url}/cdx"

    @property
    def copies(self) -> str:
        return self.url + "/web/{timestamp}id_/{url}"

    def add(self, captured: str, url: str, body: str = "", **headers: str) -> None:
        """A page, with the publisher's headers as the Internet Archive gives them."""
        sent = {f"X-Archive-Orig-{name.replace('_', '-')}": value for name, value in headers.items()}
        self.held.append(Held(captured, url, (200, sent, body)))

    def asked_for(self, part: str) -> list[str]:
        """The addresses with `part` in them that were asked for, in order."""
        return [url for url, _ in self.asked if part in url]

    def answer(self, url: str) -> tuple[int, dict[str, str], bytes]:
        path = url.removeprefix(self.url)
        for beginning, answers in self.faults.items():
            if path.startswith(beginning) and answers:
                return answers.pop(0)
        if path.startswith("/cdx"):
            return 200, {"Content-Type": "application/json"}, self._index(url)
        if path.startswith("/web/"):
            if self.on_copy is not None:
                self.on_copy(path)
            return self._copy(path.removeprefix("/web/"))
        return 404, {}, b""

    def _index(self, url: str) -> bytes:
        asked = {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["matchType"] == "domain"
        assert asked["collapse"] == "urlkey"
        found: dict[str, Held] = {}
        for one in sorted(self.held, key=lambda one: (one.key, one.captured)):
            if asked["from"] <= one.captured <= asked["to"] and one.key > asked.get("resumeKey", ""):
                found.setdefault(one.key, one)
        rows = list(found.values())
        part = rows[: min(int(asked["limit"]), self.rows)]
        table: list[list[str]] = [list(COLUMNS)] if part else []
        table += [[one.key, one.captured, one.url, one.mime, one.status, "X"] for one in part]
        if len(part) < len(rows):
            table += [[], [part[-1].key]]
        return json.dumps(table).encode()

    def _copy(self, path: str) -> tuple[int, dict[str, str], bytes]:
        captured, _, url = path.partition("id_/")
        for one in self.held:
            if (one.captured, one.url.replace(":80", "")) == (captured, url):
                status, headers, body = one.answer
                return status, headers, body.encode() if isinstance(body, str) else body
        return 404, {}, b"not archived"
