"""Records in the files of a collection: `captures` has their file's address, offset and length, and no copy is kept.

An address is that of a file on the web (`https://...`), or of one on this machine (`file:///...`), which is read like our
own. The web is asked only within `fetching_by`: this package asks nothing by itself.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pipelines.archive.warc.members import MEMBER_HEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Fetch = Callable[[str, int, int], bytes]
    """Bytes of a file on the web: (address, offset, length). Raises `OSError` whose words say what was answered."""

ON_THE_WEB = "{column} GLOB 'http*://*'"
"""SQL: whether a capture lies in a file on the web."""
IN_A_COLLECTION = "{column} GLOB '*://*'"
"""SQL: whether a capture lies in a collection's file, here or on the web."""

ENDING = ".warc.gz"
"""Of the files whose records can be read alone: gzip, a member a record."""

_fetch: ContextVar[Fetch | None] = ContextVar("fetch", default=None)


class CaptureMissing(Exception):  # noqa: N818 - it is an answer, not a fault
    """The page cannot be shown; the message says why, for the reader."""


@contextmanager
def fetching_by(fetch: Fetch | None) -> Iterator[None]:
    """Read records on the web by this function, in this thread, until the block ends. With None, not at all."""
    token = _fetch.set(fetch)
    try:
        yield
    finally:
        _fetch.reset(token)


def may_fetch() -> bool:
    """Whether records on the web may be read now."""
    return _fetch.get() is not None


def is_address(warc_file: str | None) -> bool:
    """Whether a capture's `warc_file` is the address of a collection's file rather than a name within `warc/`."""
    return warc_file is not None and "://" in warc_file


def is_on_the_web(warc_file: str | None) -> bool:
    """Whether it is an address that this machine must ask the web for."""
    return is_address(warc_file) and not str(warc_file).startswith("file:")


def path_of(address: str) -> Path:
    """The file on this machine that a `file:` address names."""
    return Path(url2pathname(urlsplit(address).path))


def read_range(address: str, offset: int, length: int) -> bytes:
    """The record at a place of a collection's file, as it lies there. Raises `CaptureMissing`."""
    try:
        data = _read_range(address, offset, length)
    except OSError as error:
        raise CaptureMissing(
            f"The file of a collection that holds it, {address}, cannot be read:"
            f" {str(error.strerror or error).removesuffix('.')}."
        ) from error
    if len(data) != length or not data.startswith(MEMBER_HEAD):
        raise CaptureMissing(
            f"The file of a collection that held it, {address}, has something else at byte {offset} now."
        )
    return data


def _read_range(address: str, offset: int, length: int) -> bytes:
    if not is_on_the_web(address):
        path = path_of(address)
        if not path.name.endswith(ENDING):  # an archive from elsewhere may name any file
            raise CaptureMissing(f"Its entry names a file that is no WARC file: {address}.")
        if not path.is_file():
            raise CaptureMissing(
                f"It lies in the file of a collection, {path}, which is not there. Put it back to see the page."
            )
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(length)
    fetch = _fetch.get()
    if fetch is None:
        raise CaptureMissing(
            f"No copy was kept: it lies in the file of a collection on the web. To see it: {command_to_read(address, offset, length)}"
        )
    return fetch(address, offset, length)


def command_to_read(address: str, offset: int, length: int) -> str:
    """The command that reads a record out of a file on the web, with nothing of ours. Pure."""
    return f"curl -s -r {offset}-{offset + length - 1} {quote(address)} | gzip -dc"


def hash_payload(body: bytes) -> str:
    """What `captures.sha256` has of a page in a collection: the body as sent, without its chunks."""
    return hashlib.sha256(body).hexdigest()
