"""One answer of the server, and the parts of HTTP that every answer shares."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus


@dataclass
class Answer:
    """What goes back for one request. `kind`: article, list, feed, sitemap, robots, extra, error, control."""

    status: int = 200
    body: bytes = b""
    type: str = "text/html"
    charset: str = "utf-8"
    kind: str = "extra"
    modified: datetime | None = None
    version: str = ""
    weak: bool = False
    headers: list[tuple[str, str]] = field(default_factory=list)
    length: int | None = None

    @property
    def etag(self) -> str:
        """A validator; `version` stands for the content where the bytes change with every request."""
        mark = f"{zlib.crc32(self.version.encode() or self.body):08x}"
        return f'W/"{mark}"' if self.weak else f'"{mark}"'

    @property
    def last_modified(self) -> str:
        """The time of the last change as HTTP writes it, or nothing."""
        return format_datetime(self.modified.astimezone(UTC), usegmt=True) if self.modified else ""


def text(status: int, words: str, kind: str = "error", **more: str) -> Answer:
    """A short plain answer; `more` are its headers, an underscore for each dash."""
    headers = [(name.replace("_", "-"), value) for name, value in more.items()]
    return Answer(status, words.encode(), "text/plain", kind=kind, headers=headers)


def not_modified(answer: Answer, asked: dict[str, str]) -> Answer:
    """304 in place of an answer that the client already holds (RFC 9110, section 13.2.2)."""
    if answer.status != 200 or answer.kind in ("control", "robots"):
        return answer
    if known := asked.get("if-none-match"):
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        same = "*" in tags or answer.etag.removeprefix("W/") in tags
    else:
        same = _not_newer(answer.last_modified, asked.get("if-modified-since"))
    if not same:
        return answer
    return Answer(304, b"", "", kind=answer.kind, headers=_validators(answer) + answer.headers)


def finish(answer: Answer, asked: dict[str, str]) -> Answer:
    """Validators, content type and compression for an answer that is going out whole."""
    if answer.status == 200 and answer.kind not in ("control", "robots"):
        answer.headers += _validators(answer)
    if answer.type:
        charset = f"; charset={answer.charset}" if answer.charset else ""
        answer.headers.append(("Content-Type", answer.type + charset))
        answer.headers.append(("Vary", "Accept-Encoding"))
    if (
        "gzip" in asked.get("accept-encoding", "")
        and answer.body
        and answer.type.startswith(("text/", "appl"))
    ):
        answer.body = gzip.compress(answer.body, 1, mtime=0)
        answer.headers.append(("Content-Encoding", "gzip"))
    return answer


def head(answer: Answer) -> bytes:
    """The status line and headers as they go over the wire."""
    try:
        reason = HTTPStatus(answer.status).phrase
    except ValueError:
        reason = "Status"
    lines = [f"HTTP/1.1 {answer.status} {reason}", *(f"{name}: {value}" for name, value in answer.headers)]
    if answer.status != 304:
        lines.append(f"Content-Length: {len(answer.body) if answer.length is None else answer.length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _validators(answer: Answer) -> list[tuple[str, str]]:
    headers = [("ETag", answer.etag), ("Cache-Control", "max-age=60")]
    return [*headers, ("Last-Modified", answer.last_modified)] if answer.modified else headers


def _not_newer(modified: str, since: str | None) -> bool:
    try:
        return bool(since and modified) and parsedate_to_datetime(modified) <= parsedate_to_datetime(
            since or ""
        )
    except ValueError:
        return False
