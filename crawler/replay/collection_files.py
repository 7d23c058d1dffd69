"""Which WARC files the words of a command name: files, folders, lists, and addresses, as collections publish them.

Common Crawl names a month's files in `warc.paths.gz`: one a line, relative to its base address.
"""

from __future__ import annotations

import re
import zlib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipelines import timestamps
from pipelines.urls.normalize import host_of, is_http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

WARC_ENDINGS = (".warc", ".warc.gz", ".warc.zst", ".warc.bz2", ".warc.open")
LIST_ENDINGS = (".paths.gz", ".paths", ".txt", ".txt.gz", "paths.gz")
OF_COMMON_CRAWL = "crawl-data/"
"""What the lines of Common Crawl's lists begin with; only these go to its address without a --base."""
LARGEST_UNPACKED = 256 * 1024 * 1024
SLACK = timedelta(days=2)
"""How much longer than a day may pass from the time in a file's name to its last record: theirs hold some two hours."""

_NAMED_TIME = re.compile(r"-(\d{4})(\d\d)(\d\d)\d{6}-\d+\.warc")


class WarcFile(NamedTuple):
    """A WARC file to import: `name` is its path or address, and a word for this command by itself.

    `listed`: a folder, a list or the web brought it, so that it is passed over once it was imported, and a fault in it is
    said at the end.
    """

    name: str
    listed: bool

    @property
    def is_remote(self) -> bool:
        """Whether it lies on the web."""
        return "://" in self.name


def is_list(word: str) -> bool:
    """Whether it is named like a list of files."""
    return word.lower().endswith(LIST_ENDINGS)


def is_warc_name(word: str) -> bool:
    """Whether it is named like a WARC file."""
    return word.lower().endswith(WARC_ENDINGS)


def list_files(
    words: Sequence[str], base: str, common_crawl: str, read_address: Callable[[str], bytes]
) -> list[WarcFile]:
    """The files that the words name, in order, each once.

    `base` is put before the lines of lists: an address or a folder, "" where none was named; `common_crawl` before those
    that Common Crawl wrote. Raises `ValueError` for what is not there, with file and line, and `OSError` from
    `read_address`.
    """
    found: dict[str, WarcFile] = {}
    for word in words:
        for file in _files_of(word, base, common_crawl, read_address):
            found.setdefault(file.name, file)
    return list(found.values())


def _files_of(
    word: str, base: str, common_crawl: str, read_address: Callable[[str], bytes]
) -> Iterator[WarcFile]:
    if "://" in word:
        if not is_http(word):
            raise ValueError(f"{word} is no address on the web; write https://... or the path of a file.")
        if not is_list(word):
            yield WarcFile(word, True)
            return
        lines = read_lines(word, read_address(word))
        for line in lines:
            place = place_of(line, word, base or common_crawl)
            if "://" in line.text and host_of(place) not in (host_of(word), host_of(base or common_crawl)):
                raise ValueError(
                    f"{word}, line {line.number}: {line.text} is on another host. Save the list, and name it by its path, if"
                    " you trust it."
                )
            yield WarcFile(place, True)
        return
    path = Path(word)
    if path.is_dir():
        inside = sorted(str(file) for file in path.rglob("*") if file.is_file() and is_warc_name(file.name))
        if not inside:
            raise ValueError(f"The folder {path} has no WARC file (such as *.warc.gz) in it.")
        yield from (WarcFile(file, True) for file in inside)
        return
    if not path.is_file():
        raise ValueError(f"{path} does not exist, or is no file.")
    if not is_list(path.name):
        yield WarcFile(str(path), False)
        return
    for line in read_lines(str(path), path.read_bytes()):
        yield WarcFile(_in_list(line, path, base, common_crawl), True)


class Line(NamedTuple):
    """A line of a list, numbered from 1."""

    number: int
    text: str


def read_lines(name: str, data: bytes) -> list[Line]:
    """The lines of a list, gzip or plain, without blank ones and comments (#). Raises `ValueError`."""
    if data.startswith(b"\x1f\x8b"):
        try:
            unpacker = zlib.decompressobj(31)
            data = unpacker.decompress(data, LARGEST_UNPACKED)
        except zlib.error as error:
            raise ValueError(f"{name} cannot be unpacked ({error}). Fetch it again.") from error
        if not unpacker.eof:
            raise ValueError(f"{name} is cut off. Fetch it again.")
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"{name} is no list of files: it is not text.") from None
    found = [Line(number, line.strip()) for number, line in enumerate(lines, 1)]
    return [line for line in found if line.text and not line.text.startswith("#")]


def _in_list(line: Line, path: Path, base: str, common_crawl: str) -> str:
    """The file that a line of a list on this machine names: beside the list, else under the base."""
    if "://" not in line.text and not base:
        beside = path.parent / line.text
        if beside.is_file():
            return str(beside)
        if not line.text.startswith(OF_COMMON_CRAWL):
            raise ValueError(
                f"{path}, line {line.number}: {line.text} is not there. If the list's lines are relative to an address or"
                " a folder, name it: --base https://..."
            )
    return place_of(line, str(path), base or common_crawl)


def place_of(line: Line, name: str, base: str) -> str:
    """The address or path that a line means under this base. Pure. Raises `ValueError`."""
    if not is_warc_name(line.text):
        raise ValueError(
            f"{name}, line {line.number}: {line.text} is not named like a WARC file. Write one path or address a line."
        )
    if "://" in line.text:
        return line.text
    return f"{base.rstrip('/')}/{line.text.lstrip('/')}"


def may_hold(name: str, since: str, until: str) -> bool:
    """Whether a file may hold records of these days (`YYYY-MM-DD`, "" for no limit), by the time in its name. Pure.

    `CC-NEWS-20261120013233-00042.warc.gz` was begun at that time. A file without such a name may hold anything.
    """
    found = _NAMED_TIME.search(name)
    if found is None:
        return True
    day = timestamps.parse_day("-".join(found.groups()))
    if day is None:
        return True
    begun = day.isoformat()
    return not (until and begun > until) and not (since and (day + SLACK).isoformat() < since)


def find_missing(files: Iterable[WarcFile]) -> list[str]:
    """The names of files that should be on this machine and are not."""
    return [file.name for file in files if not file.is_remote and not Path(file.name).is_file()]
