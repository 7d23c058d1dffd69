"""Asks a time-stamping authority (RFC 3161) to stamp the newest manifest, at a crawl's end.

The authority is the user's own setting, so its address may be private: a newsroom may have one in its house. It is asked
once, redirects are not followed, and whatever goes wrong is a line for a person and a try at the next crawl's end.
"""

from __future__ import annotations

import logging
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pipelines import VERSION
from pipelines.archive.admin import time_stamps
from pipelines.archive.errors import ArchiveError

if TYPE_CHECKING:
    from pipelines.archive.database import Archive

TIMEOUT = 10.0
"""Seconds to wait for an authority; public ones answer within one."""
LARGEST = 1 << 20
"""Bytes of an answer; a stamp with its certificates has about 6,000."""

log = logging.getLogger("clippings")


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


def stamp_newest(archive: Archive, url: str, certificate: str = "") -> str:
    """Have the newest manifest stamped, unless it is; returns why it could not be, in a sentence, or "".

    `certificate` names a PEM file with the authority's root. Without it the roots that this machine trusts count, and an
    answer signed by somebody unknown is kept: a certificate that is named later may vouch for it.
    """
    if not time_stamps.has_library():
        return f"No time stamp: {time_stamps.NO_LIBRARY}"
    with archive.errors():
        manifest = time_stamps.find_unstamped(archive)
    if manifest is None:
        return ""
    question = time_stamps.ask(manifest.body)
    try:
        roots = time_stamps.read_roots(certificate)
        token = _post(url, question.der)
        try:
            stamp = time_stamps.read_answer(token, manifest.body, roots, question.nonce)
        except time_stamps.UnknownAuthorityError:
            if certificate or not time_stamps.names_body(token, manifest.body):
                raise
            stamp = time_stamps.describe(token)
    except (time_stamps.TimeStampError, ArchiveError) as error:
        return f"No time stamp from {url}: {str(error).removesuffix('.')}. The next crawl tries again."
    except (OSError, HTTPException, ValueError) as error:
        return f"No time stamp from {url}: {_describe(error)}. The next crawl tries again."
    time_stamps.save_stamp(archive, manifest.id, token, stamp)
    log.info("time stamp of the last manifest: %s by %s", stamp.at, stamp.authority)
    return ""


def _post(url: str, data: bytes) -> bytes:
    headers = {
        "Content-Type": "application/timestamp-query",
        "Accept": "application/timestamp-reply",
        "User-Agent": f"Clippings/{VERSION}",
    }
    request = Request(url, data, headers)  # noqa: S310 - the setting takes http and https alone
    with build_opener(_NoRedirects).open(request, timeout=TIMEOUT) as answer:
        return bytes(answer.read(LARGEST))


def _describe(error: Exception) -> str:
    if isinstance(error, HTTPError):
        return f"it answered {error.code}"
    if isinstance(error, URLError):
        error = error.reason if isinstance(error.reason, Exception) else error
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT:.0f} seconds"
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
