"""Outcomes of requests: from an HTTP status or an error to an outcome and its reason in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from twisted.internet.error import ConnectionDone

from crawler.exceptions import CertificateRefusedError, HostClosed, PrivateAddress, RobotsForbid
from pipelines.items import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (DownloadTimeoutError, "no answer in time"),
    (CannotResolveHostError, "the host name is not known (DNS)"),
    (DownloadConnectionRefusedError, "the host refused the connection"),
    (ResponseDataLossError, "the answer broke off"),
    (UnsupportedURLSchemeError, "not a web address"),
)

HOST_TROUBLE = (
    DownloadTimeoutError,
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    ResponseDataLossError,
)
"""Errors of the host rather than of the page; after several in a row the host is closed."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, then the errors that it wraps: Twisted keeps the reasons of a failed response in a list."""
    yield error
    for inner in getattr(error, "reasons", None) or ():
        yield from causes(getattr(inner, "value", inner))
    if error.__cause__ is not None:
        yield from causes(error.__cause__)


def describe_error(error: BaseException) -> str:
    """The error in one line, without addresses or secrets."""
    for kind, words in WORDS:
        if isinstance(error, kind):
            return words
    if isinstance(error, HostClosed):
        return str(error)
    if isinstance(error, DownloadCancelledError):
        return "larger than the limit (DOWNLOAD_MAXSIZE)"
    if isinstance(error, DownloadFailedError):
        return _describe_connection(list(causes(error)))
    if isinstance(error, IgnoreRequest) and "max redirections" in str(error):
        return "endless redirects"
    text = " ".join(str(error).split())
    if isinstance(error, IgnoreRequest) and text:
        return text[:160]
    return f"an error that Clippings does not know, {type(error).__name__}" + (
        f": {text[:120]}" if text else ""
    )


def _describe_connection(chain: list[BaseException]) -> str:
    """What went wrong after the connection was made."""
    last = chain[-1]
    for cause in chain:
        if isinstance(cause, CertificateRefusedError):
            return str(cause)
        if type(cause).__name__ == "VerificationError":
            return "its certificate is for another name"
        if type(cause).__name__ == "ParseError":
            return "the answer is not HTTP"
    if isinstance(last, ConnectionDone):
        return "the host closed the connection without an answer"
    if "certificate verify failed" in str(last):
        return "its certificate cannot be trusted"
    return f"the connection failed: {_words_of(last)[:120]}"


def _words_of(error: BaseException) -> str:
    """What an error says, without the forms of Python: OpenSSL's have a list of tuples, the words at their ends."""
    said: object = error.args[0] if error.args else ""
    while isinstance(said, list | tuple):
        said = said[-1] if said else ""
    if isinstance(error, SSL.Error):
        return f"TLS, {said or 'without a reason'}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    words = str(error).split(": ")[-1].strip(" .[]<>()'\"")
    return " ".join(words.split()) or type(error).__name__


def classify_error(error: BaseException) -> tuple[Outcome, bool]:
    """(outcome, final) of a request that ended in this error; final: never try this URL again."""
    if isinstance(error, RobotsForbid | PrivateAddress):
        return Outcome.EXCLUDED, True
    return Outcome.FAILED, isinstance(error, UnsupportedURLSchemeError | DownloadCancelledError)


UNASKED_304 = "answered 304 (not modified) to a request without conditions"

STATUS_WORDS = {
    401: "asks for a password",
    402: "asks for payment",
    403: "refuses (403 Forbidden)",
    429: "too many requests (429)",
    451: "withheld for legal reasons (451)",
}


def classify_status(status: int, conditional: bool = False) -> tuple[Outcome, str] | None:
    """(outcome, reason) of an HTTP status; None when the body is to be read.

    `conditional` says that the page was asked for only if it had changed: 304 answers nothing else.
    """
    if status == 304 and not conditional:
        return Outcome.FAILED, UNASKED_304
    if status == 304:
        return Outcome.UNCHANGED, "304 Not Modified"
    if status == 206:
        return Outcome.FAILED, "answered 206 with a part of the page, though all of it was asked for"
    if 200 <= status < 300:
        return None
    if status in (404, 410):
        return Outcome.GONE, f"answered {status}"
    reason = STATUS_WORDS.get(status, f"answered {status}")
    return (Outcome.EXCLUDED if status in (401, 402, 451) else Outcome.FAILED), reason
