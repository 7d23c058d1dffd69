"""When a reader was here last: a cookie with two times, by which a page says what is new. Pure, but for the response.

A visit ends with a pause of `PAUSE` seconds between two pages. The cookie stays in the browser; nothing is written here.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from pipelines.timestamps import from_timestamp, iso

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from browse.context import ArchiveContext

PAUSE: Final = 4 * 3600
KEPT: Final = 400 * 86_400
"""Seconds that the cookie is kept: the most that browsers keep any."""


class Visit(NamedTuple):
    """The end of the visit before this one, 0 where there was none, and the last page of this one; in Unix seconds."""

    before: int
    last: int

    @property
    def since(self) -> str:
        """The end of the visit before as ISO 8601 in UTC; "" where there was none."""
        return iso(from_timestamp(self.before)) if self.before else ""


def next_visit(cookie: str, now: int) -> Visit:
    """The visit that a page now belongs to. What is no cookie of ours, or comes from the future, begins the first one."""
    before, _, last = cookie.partition(".")
    digits = before.isascii() and last.isascii() and before.isdecimal() and last.isdecimal()
    if not digits or len(cookie) > 24 or not int(before) <= int(last) <= now:
        return Visit(0, now)
    return Visit(int(last) if now - int(last) > PAUSE else int(before), now)


def read_visit(archive: ArchiveContext) -> Visit:
    """The visit of this request."""
    return next_visit(archive.request.cookies.get(_name(archive), ""), int(time.time()))


def note_visit(archive: ArchiveContext, visit: Visit, response: Response) -> Response:
    """The response with the cookie of the visit."""
    response.set_cookie(
        _name(archive), f"{visit.before}.{visit.last}", max_age=KEPT, httponly=True, samesite="lax"
    )
    return response


def _name(archive: ArchiveContext) -> str:
    """A cookie for each archive and login."""
    reader = str((archive.request.actor or {}).get("id") or "")
    digest = hashlib.sha256(f"{archive.database.route} {reader}".encode("utf-8", "replace")).hexdigest()
    return f"clippings_visit_{digest[:12]}"
