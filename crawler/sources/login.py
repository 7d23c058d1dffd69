"""One's own access to a site: its cookies and headers, read from files that nobody else may read.

No message here, and nothing else that the program writes, shows a value out of these files.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from http.cookiejar import Cookie
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.sources.model import SourceProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.sources.model import Source

LARGEST = 1_000_000
"""Bytes of such a file at most."""
_FIELDS = 7
_HTTP_ONLY = "#HttpOnly_"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OUR_OWN = frozenset(
    [
        "accept-encoding",
        "connection",
        "content-length",
        "host",
        "if-modified-since",
        "if-none-match",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    ]
)
"""Headers that a crawl sets itself."""


@dataclass(frozen=True, slots=True)
class Login:
    """The files with one's own access to a site. They are sent to the site of `home` and to no other."""

    home: str
    cookies: str = ""
    headers: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """What the files of a login hold."""

    cookies: tuple[Cookie, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


class LoginFileError(ValueError):
    """A file that cannot be used: `key` of the source, what is wrong, and what to do."""

    def __init__(self, key: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.key, self.message, self.remedy = key, message, remedy


def login_of(source: Source | None) -> Login | None:
    """The login of a source; None where it has none."""
    if source is None or not (source.cookies or source.headers_file):
        return None
    return Login(source.home, source.cookies, source.headers_file)


def check_login(source: Source, now: float) -> tuple[list[SourceProblem], tuple[str, ...]]:
    """What is wrong with the files of a source's login, and what its owner should know. `now` in seconds since 1970."""
    login = login_of(source)
    if login is None or source.file is None:
        return [], ()
    try:
        for key, name in (("cookies", login.cookies), ("headers_file", login.headers)):
            if name and Path(name).resolve().is_relative_to(source.file.parent.resolve()):
                remedy = "Put it beside seeds/, not into it: people share that folder."
                raise LoginFileError(key, f"{name} lies in {source.file.parent}", remedy)
        session = read_login(login)
    except LoginFileError as problem:
        return [SourceProblem(source.file, problem.message, problem.remedy, problem.key)], ()
    lasting = [cookie for cookie in session.cookies if cookie.expires]
    if lasting and all(cookie.expires <= now for cookie in lasting if cookie.expires):
        return [], (
            f"all cookies in {login.cookies} have expired: log in with your browser and export them again",
        )
    return [], ()


def read_login(login: Login) -> Session:
    """Read the files of a login. Raises `LoginFileError`."""
    cookies = tuple(_read_cookies("cookies", login.cookies)) if login.cookies else ()
    headers = tuple(_read_headers("headers_file", login.headers)) if login.headers else ()
    return Session(cookies, headers)


def is_cookie_file(path: Path) -> bool:
    """Whether a file begins as browsers' add-ons write cookies. One that cannot be read is none."""
    try:
        with path.open("rb") as file:
            return b"HTTP Cookie File" in file.readline(200)
    except OSError:
        return False


def _read_text(key: str, name: str) -> str:
    path = Path(name)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise LoginFileError(key, f"{name} is no file", "Name a file.")
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO) and os.name == "posix":
            mode = stat.S_IMODE(found.st_mode)
            words = f"{name} can be read by others on this machine (mode {mode:o})"
            raise LoginFileError(key, words, f"It is your access: chmod 600 {name}")
        if found.st_size > LARGEST:
            raise LoginFileError(
                key, f"{name} is larger than {LARGEST // 1_000_000} MB", "Is it the right file?"
            )
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise LoginFileError(key, f"{name} is no text", "Export it again as a text file.") from None
    except OSError as error:
        remedy = "Its name counts from the folder in which you run clippings."
        raise LoginFileError(key, f"{name} cannot be read: {error.strerror}", remedy) from None


def _read_cookies(key: str, name: str) -> Iterator[Cookie]:
    """Read a file in the Netscape format: domain, subdomains too, path, secure, expiry, name and value, by tabs."""
    found = 0
    for number, line in enumerate(_read_text(key, name).splitlines(), 1):
        http_only = line.startswith(_HTTP_ONLY)
        text = line.removeprefix(_HTTP_ONLY)
        if not text.strip() or (text.startswith("#") and not http_only):
            continue
        fields = text.split("\t")
        if len(fields) != _FIELDS or not fields[0]:
            remedy = (
                "Export the cookies again in the Netscape format (cookies.txt): seven fields a line, by tabs."
            )
            raise LoginFileError(key, f"{name}, line {number} is no cookie", remedy)
        domain, subdomains, path, secure, expires, cookie, value = fields
        until = int(expires) if expires.isdecimal() and len(expires) < 16 else 0
        found += 1
        yield Cookie(
            version=0,
            name=cookie,
            value=value,
            port=None,
            port_specified=False,
            domain=domain,
            domain_specified=subdomains == "TRUE",
            domain_initial_dot=domain.startswith("."),
            path=path,
            path_specified=True,
            secure=secure == "TRUE",
            expires=until or None,
            discard=not until,
            comment=None,
            comment_url=None,
            rest={"HttpOnly": ""} if http_only else {},
        )
    if not found:
        raise LoginFileError(
            key, f"{name} has no cookie in it", "Log in with your browser and export them again."
        )


def _read_headers(key: str, name: str) -> Iterator[tuple[str, str]]:
    """Read lines of `Name: value`; those that begin with # are comments."""
    for number, line in enumerate(_read_text(key, name).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        header, colon, value = line.partition(":")
        header, value = header.strip(), value.strip()
        if not colon or not _NAME.fullmatch(header) or not value.isprintable() or not value.isascii():
            remedy = "Write one header a line, such as Authorization: Bearer ..."
            raise LoginFileError(key, f"{name}, line {number} is no header", remedy)
        if header.lower() in _OUR_OWN:
            remedy = "Delete the line: a crawl sets this header itself."
            raise LoginFileError(key, f"{name}, line {number} sets {header}", remedy)
        yield header, value
