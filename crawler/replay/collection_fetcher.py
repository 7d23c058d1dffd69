"""Asks a collection's server for whole files and for single records: one request at a time, with a pause between two.

A file is downloaded into a part that the next attempt, or the next run, continues (`Range`, `If-Range`). Servers that ask
for patience (429, 503, Retry-After) get it.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from ssl import SSLError
from typing import TYPE_CHECKING, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from pipelines import timestamps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.client import HTTPResponse
    from pathlib import Path

    from scrapy.settings import BaseSettings

Result = TypeVar("Result")

ATTEMPTS = 5
TIMEOUT = 60.0
"""Seconds without a byte."""
PIECE = 1 << 18
LONGEST_WAIT = 600.0
"""Seconds to wait for a server that asks for more; then the file is given up, and the next run asks again."""
LARGEST_LIST = 64 * 1024 * 1024
"""Bytes of a list of files; Common Crawl's of a month has some 20,000."""
PART, TAG = ".part", ".etag"


class FetchError(OSError):
    """What a server answered, in words. `passes` says that another attempt may get it, after `wait` seconds."""

    def __init__(self, words: str, passes: bool = False, wait: float = 0.0) -> None:
        super().__init__(words)
        self.passes = passes
        self.wait = wait


class CollectionFetcher:
    """The way to the servers of collections. Not for several threads."""

    def __init__(self, user_agent: str, pause: float) -> None:
        self.user_agent = user_agent
        self.pause = pause
        self.free_at = 0.0

    def read_range(self, address: str, offset: int, length: int) -> bytes:
        """So many bytes of a file. Raises `FetchError`."""

        def read() -> bytes:
            wanted = {"Range": f"bytes={offset}-{offset + length - 1}"}
            with self._open(address, wanted) as answer:
                if answer.status != 206:
                    raise FetchError("its server gives whole files only, no parts of them (no Range)")
                return answer.read(length + 1)

        return self._insist(read)

    def read_list(self, address: str) -> bytes:
        """A list of files as it is sent. Raises `FetchError`."""

        def read() -> bytes:
            with self._open(address, {}) as answer:
                return answer.read(LARGEST_LIST)

        return self._insist(read)

    def download(self, address: str, target: Path, tell: Callable[[int, int], None]) -> None:
        """Bring a file to `target`; goes on with what an earlier download left. Raises `FetchError`, and `OSError` for the disk.

        `tell` is called with the bytes that are there and those of the whole file, 0 where it is not known.
        """
        part = target.with_name(target.name + PART)
        self._insist(lambda: self._continue(address, part, tell), lambda: size_of(part))
        part.replace(target)
        tag_of(part).unlink(missing_ok=True)

    def _continue(self, address: str, part: Path, tell: Callable[[int, int], None]) -> None:
        done = size_of(part)
        wanted = {"Range": f"bytes={done}-"} if done else {}
        if done and tag_of(part).is_file():
            wanted["If-Range"] = tag_of(part).read_text()
        try:
            with self._open(address, wanted) as answer:
                goes_on = answer.status == 206 and first_byte(answer.headers.get("Content-Range")) == done
                done = done if goes_on else 0
                _save_tag(part, answer.headers.get("ETag"))
                total = done + int(answer.headers.get("Content-Length") or 0)
                with part.open("ab" if goes_on else "wb") as file:
                    while data := answer.read(PIECE):
                        file.write(data)
                        done += len(data)
                        tell(done, total)
        except FetchError as error:
            if done and "416" in str(error):  # the part is as long as the file, or longer
                part.unlink()
                raise FetchError(str(error), passes=True) from error
            raise
        if done < total:
            raise FetchError(f"the connection broke off after {done:,} of {total:,} bytes", passes=True)

    def _insist(self, act: Callable[[], Result], measure: Callable[[], int] = lambda: 0) -> Result:
        """Do something, again where it may pass: `ATTEMPTS` times, counted anew when `measure` says that there is more."""
        attempt, before = 0, measure()
        while True:
            try:
                return act()
            except FetchError as error:
                attempt, before = (0 if measure() > before else attempt) + 1, measure()
                if not error.passes or attempt == ATTEMPTS or error.wait > LONGEST_WAIT:
                    raise
                time.sleep(error.wait or self.pause * 2**attempt)

    @contextmanager
    def _open(self, address: str, headers: dict[str, str]) -> Iterator[HTTPResponse]:
        """An answer of 200 or 206; everything else is a `FetchError`."""
        time.sleep(max(0.0, self.free_at - time.monotonic()))
        named = {"User-Agent": self.user_agent, "Accept-Encoding": "identity", **headers}
        request = Request(address, headers=named)  # noqa: S310 - only http and https come here
        try:
            with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                yield answer
        except HTTPError as error:
            with suppress(OSError):
                error.close()
            passes = error.code in (429, 500, 502, 503, 504)
            raise FetchError(
                f"its server answered {error.code}", passes, wait_of(error.headers.get("Retry-After"))
            ) from error
        except (URLError, HTTPException, TimeoutError, ConnectionError, SSLError) as error:
            raise FetchError(describe(error), passes=True) from error
        finally:
            self.free_at = time.monotonic() + self.pause


def fetcher_of(settings: BaseSettings) -> CollectionFetcher:
    """A fetcher with the user agent and the pause of these settings."""
    from crawler.politeness.user_agent import name_contact

    name_contact(settings)
    return CollectionFetcher(settings["USER_AGENT"], settings.getfloat("DOWNLOAD_DELAY"))


def size_of(part: Path) -> int:
    """The bytes of a part that are there."""
    return part.stat().st_size if part.is_file() else 0


def tag_of(part: Path) -> Path:
    """Where the ETag of a part is noted, by which its server knows whether the file is still the same."""
    return part.with_name(part.name + TAG)


def _save_tag(part: Path, tag: str | None) -> None:
    if tag and not tag.startswith("W/"):
        tag_of(part).write_text(tag)
    else:
        tag_of(part).unlink(missing_ok=True)


def first_byte(content_range: str | None) -> int | None:
    """Where a part of a file begins, as its server says. Pure."""
    found = re.match(r"bytes (\d+)-", content_range or "")
    return int(found[1]) if found else None


def wait_of(retry_after: str | None) -> float:
    """The seconds that a server asks for, 0 where it does not. Pure but for the clock."""
    if not retry_after:
        return 0.0
    if retry_after.strip().isdecimal():
        return float(retry_after)
    with suppress(ValueError, TypeError):
        moment, now = parsedate_to_datetime(retry_after), timestamps.parse(timestamps.now())
        return max(0.0, (moment - now).total_seconds()) if now else 0.0
    return 0.0


def describe(error: Exception) -> str:
    """Why there was no answer, in words."""
    if isinstance(error, URLError) and isinstance(error.reason, Exception):
        error = error.reason
    if isinstance(error, TimeoutError):
        return f"no byte came within {TIMEOUT:.0f} seconds"
    return f"it could not be reached ({getattr(error, 'strerror', None) or error or type(error).__name__})"
