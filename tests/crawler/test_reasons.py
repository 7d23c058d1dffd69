"""The reasons of outcomes: words that a person can act on, never the forms of a programming language."""

from __future__ import annotations

import re

import pytest
from OpenSSL import SSL
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from twisted.internet.error import ConnectionDone, ConnectionLost, NoRouteError, TCPTimedOutError
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed, ResponseNeverReceived

from crawler.exceptions import UnreadableBody, UnusableAddress
from crawler.outcomes import classify_error, classify_status, describe_error
from pipelines.items import Outcome


def failed(cause: Exception) -> DownloadFailedError:
    error = DownloadFailedError("[<twisted.python.failure.Failure ...>]")
    error.__cause__ = ResponseNeverReceived([Failure(cause)])
    return error


ERRORS = {
    "the connection failed: TLS, wrong version number": failed(
        SSL.Error([("SSL routines", "", "wrong version number")])
    ),
    "the connection failed: TLS, without a reason": failed(SSL.Error()),
    "the host closed the connection without an answer": failed(ConnectionDone()),
    "no answer in time": DownloadTimeoutError("User timeout caused connection failure"),
    "redirected to an address that names two ports": UnusableAddress(
        "redirected to an address that names two ports"
    ),
    "damaged br data": UnreadableBody("damaged\nbr data"),
    "an error that Clippings does not know, KeyError: 'a'": KeyError("a"),
    "an error that Clippings does not know, RuntimeError": RuntimeError(),
}


@pytest.mark.parametrize(("words", "error"), ERRORS.items())
def test_errors_in_words(words: str, error: Exception) -> None:
    assert describe_error(error) == words
    assert classify_error(error)[0] == Outcome.FAILED


@pytest.mark.parametrize(
    "cause",
    [
        ConnectionLost(),
        NoRouteError(101, "Network is unreachable"),
        TCPTimedOutError(),
        OSError(104, "Connection reset by peer"),
        SSL.Error([("SSL routines", "", "tlsv1 alert internal error"), ("x509", "", "unknown")]),
        SSL.SysCallError(-1, "Unexpected EOF"),
        ResponseFailed([Failure(ConnectionLost())]),
        ValueError("invalid literal for int() with base 16: b'zz'"),
    ],
)
def test_no_error_shows_how_python_writes_it(cause: Exception) -> None:
    words = describe_error(failed(cause))
    assert re.match(r"[a-z][^<>\[\]()]+$", words), words
    assert "\n" not in words
    assert len(words) < 200


def test_a_part_that_nobody_asked_for_is_a_failure() -> None:
    assert classify_status(206) == (
        Outcome.FAILED,
        "answered 206 with a part of the page, though all of it was asked for",
    )
    assert classify_status(200) is None
    assert classify_status(304, conditional=True) == (Outcome.UNCHANGED, "304 Not Modified")
    assert classify_status(304) == (
        Outcome.FAILED,
        "answered 304 (not modified) to a request without conditions",
    )
    assert classify_status(203) is None
