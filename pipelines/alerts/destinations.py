"""Where a report goes: words of `to` and addresses of the secrets file, as typed values. Pure; nothing is sent here."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from pipelines.clean_text import quote_value
from pipelines.desk.records import FEED, STDOUT
from pipelines.urls.normalize import host_of

_MAILBOX: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_NAME: Final = re.compile(r"[A-Za-z][\w.-]*")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*", re.IGNORECASE)
PORTS: Final = {"smtp": 25, "smtps": 465}
SUBMISSION: Final = 587
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Kind(StrEnum):
    """How a report gets there."""

    STDOUT = STDOUT
    FEED = FEED
    MAIL = "mail"
    WEBHOOK = "webhook"
    PUSH = "push"
    NAMED = "named"


class Destination(NamedTuple):
    """Where a report goes. `address` is a mailbox, a URL, or a name in the secrets file; "" for stdout and feed."""

    kind: Kind
    address: str = ""


class MailServer(NamedTuple):
    """A mail server. `tls` from the first byte; otherwise by STARTTLS, which a login and another machine demand."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = ""


def parse_destination(word: str) -> Destination:
    """What a word of `to` means. Raises `ValueError`, with the remedy and without the word where it may be secret."""
    word = word.strip()
    if word in (STDOUT, FEED):
        return Destination(Kind(word))
    if word.lower().startswith("mailto:"):
        word = word[len("mailto:") :]
    if "://" in word:
        return _parse_url(word)
    if "@" in word:
        if not _MAILBOX.fullmatch(word):
            raise ValueError(f"{quote_value(word[:60])} is no e-mail address. Write it as desk@example.org.")
        return Destination(Kind.MAIL, word)
    if not _NAME.fullmatch(word):
        raise ValueError(
            f"{quote_value(word[:40])} is no destination. Write stdout, feed, an e-mail address, a web address, or a"
            " name from your secrets file."
        )
    return Destination(Kind.NAMED, word)


def _parse_url(word: str) -> Destination:
    scheme = word.partition("://")[0].lower()
    if not _SCHEME.fullmatch(scheme) or any(letter.isspace() or not letter.isprintable() for letter in word):
        raise ValueError(
            "an address has blanks in it, or begins with no scheme. Write it as https://example.org/hook."
        )
    if scheme in ("http", "https"):
        if not host_of(word):
            raise ValueError("a web address has no host. Write it as https://example.org/hook.")
        return Destination(Kind.WEBHOOK, word)
    if scheme == "file":
        raise ValueError("an address names a file. Write stdout, or feed for a file that feed readers take.")
    return Destination(Kind.PUSH, word)


def has_password(word: str) -> bool:
    """Whether an address has a user or password in it, or is of a push service, whose addresses are keys."""
    if "://" not in word:
        return False
    scheme, _, rest = word.partition("://")
    return scheme.lower() not in ("http", "https", "smtp", "smtps") or "@" in rest.split("/")[0]


def parse_mail_server(address: str) -> MailServer:
    """The mail server of an address such as `smtps://user:password@mail.example.org`. Raises `ValueError`."""
    remedy = "Write smtp://mail.example.org or smtps://user:password@mail.example.org."
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        raise ValueError(f"is no address of a mail server. {remedy}") from None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"is no address of a mail server. {remedy}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    usual = SUBMISSION if user and parts.scheme == "smtp" else PORTS[parts.scheme]
    return MailServer(parts.hostname, port or usual, parts.scheme == "smtps", user, password)


def feed_name(alert: str) -> str:
    """The name of an alert's feed file: its letters and digits, joined by hyphens."""
    stem = "-".join(re.findall(r"\w+", alert.lower()))[:60]
    return f"{stem or 'alert'}.atom"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    return host.lower() in LOOPBACK or host.startswith("127.")
