"""Which pages both extractors read, so that a redesign shows. Pure.

The choice follows from the page's key, the day, and how many were compared on it: a crawl that was killed and begins
again goes on with the count that the archive holds.
"""

from __future__ import annotations

import hashlib

ONE_IN = 50
"""Of the pages beyond the first of a day, one in so many."""


def is_read_by_both(key: str, day: str, compared: int, least: int) -> bool:
    """Whether a page is read by both extractors, `compared` pages of its source and day being so already.

    `least` pages a day are, 0: none at all.
    """
    if least <= 0:
        return False
    digest = hashlib.sha256(f"{day} {key}".encode("utf-8", "replace")).digest()
    return compared < least or int.from_bytes(digest[:8]) % ONE_IN == 0
