"""Addresses that a person asked the next crawl to archive: kept until the crawl has given each its outcome.

The archive is written by the crawl alone, so the reading room leaves its wishes here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from pipelines.clean_text import clean_text, quote_value
from pipelines.desk.errors import DeskError
from pipelines.items import Outcome
from pipelines.urls import normalize
from pipelines.urls.private_addresses import is_private

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable

    from pipelines.desk.database import Desk

WEB_PORTS: Final = (None, 80, 443)
MOST_WAITING: Final = 1000
MOST_TRIES: Final = 3
"""Crawls that try an address whose page fails or comes empty; then it is given up."""
KEPT: Final = (Outcome.NEW, Outcome.REVISED, Outcome.UNCHANGED, Outcome.DUPLICATE)
WAITING, DONE, GIVEN_UP = "waiting", "done", "given up"


@dataclass(frozen=True, slots=True)
class WantedPage:
    """An address and what became of it. `outcome` and `reason` are those of the last crawl that tried it."""

    id: int
    url: str
    asked_at: str
    asked_by: str
    state: str
    tries: int
    tried_at: str
    outcome: str
    reason: str


class CheckedAddress(NamedTuple):
    """An address that a crawl may be asked for; `had_login` says that a user name and password were taken out."""

    url: str
    had_login: bool


def check_address(text: str, own_hosts: Collection[str] = ()) -> CheckedAddress:
    """The address that a person typed. Pure. Raises `ValueError` with the remedy.

    `own_hosts` are those of followed sources, which may be on a private network.
    """
    typed = "".join(clean_text(text).split())
    if not typed:
        raise ValueError("Write the address of a page.")
    if "://" not in typed and not typed.lower().startswith(("javascript:", "data:", "mailto:", "file:")):
        typed = f"https://{typed}"
    host = normalize.host_of(typed)
    if not host:
        raise ValueError(
            f"{quote_value(typed[:80])} is no web address. It begins with http:// or https://, and has a site's name."
        )
    if is_private(host) and host not in own_hosts:
        raise ValueError(f"{host} is no address on the public internet, and is not asked for.")
    parts = urlsplit(typed)
    if parts.port not in WEB_PORTS and host not in own_hosts:
        raise ValueError(f"{host} is asked for at the usual ports only, not at {parts.port}.")
    place = parts.netloc.rpartition("@")
    return CheckedAddress(
        urlunsplit((parts.scheme.lower(), place[2], parts.path or "/", parts.query, "")), bool(place[1])
    )


def ask_for(desk: Desk, archive: str, url: str, *, by: str, at: str) -> None:
    """Ask the next crawl for an address, also one that was given up. Raises `DeskError`."""
    with desk.transaction() as db:
        waiting = db.execute(
            "SELECT count(*) FROM wanted_pages WHERE archive = ? AND state = 'waiting'", [archive]
        ).fetchone()[0]
        if waiting >= MOST_WAITING:
            raise DeskError(f"{MOST_WAITING} addresses wait for the next crawl already. Start it first.")
        db.execute(
            "INSERT INTO wanted_pages (archive, url, asked_at, asked_by) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (archive, url) DO UPDATE SET asked_at = excluded.asked_at, asked_by = excluded.asked_by,"
            " state = 'waiting', tries = 0, outcome = '', reason = '' WHERE state <> 'waiting'",
            [archive, url, at, by],
        )


def take_back(desk: Desk, archive: str, number: int) -> None:
    """Take an address off the list. Raises `DeskError`."""
    with desk.transaction() as db:
        db.execute("DELETE FROM wanted_pages WHERE archive = ? AND id = ?", [archive, number])


def list_wanted(db: sqlite3.Connection, archive: str, limit: int = 200) -> list[WantedPage]:
    """The addresses asked for, the waiting ones first, then the last asked for."""
    sql = (
        "SELECT id, url, asked_at, asked_by, state, tries, coalesce(tried_at, ''), outcome, reason FROM wanted_pages"
        " WHERE archive = ? ORDER BY state = 'waiting' DESC, asked_at DESC, id DESC LIMIT ?"
    )
    return [WantedPage(*row) for row in db.execute(sql, [archive, limit])]


def list_waiting(db: sqlite3.Connection, archive: str) -> list[str]:
    """The addresses that wait for a crawl, in the order in which they were asked for."""
    sql = "SELECT url FROM wanted_pages WHERE archive = ? AND state = 'waiting' ORDER BY id"
    return [url for (url,) in db.execute(sql, [archive])]


class Tried(NamedTuple):
    """What a crawl made of an address."""

    url: str
    outcome: str
    reason: str


class NextState(NamedTuple):
    """The state of an address after a try, and how many tries there were."""

    state: str
    tries: int


def next_state(outcome: str, tries: int) -> NextState:
    """What follows from an outcome, after so many tries before it. Pure."""
    if outcome in KEPT:
        return NextState(DONE, tries + 1)
    if outcome == Outcome.DEFERRED:  # the crawl ended, or the host asked for a pause: no fault of the page
        return NextState(WAITING, tries)
    if outcome in (Outcome.FAILED, Outcome.EMPTY) and tries + 1 < MOST_TRIES:
        return NextState(WAITING, tries + 1)
    return NextState(GIVEN_UP, tries + 1)


def settle(desk: Desk, archive: str, results: Iterable[Tried], at: str) -> None:
    """Note what a crawl made of addresses. Raises `DeskError`."""
    with desk.transaction() as db:
        for url, outcome, reason in results:
            row = db.execute(
                "SELECT tries FROM wanted_pages WHERE archive = ? AND url = ? AND state = 'waiting'",
                [archive, url],
            ).fetchone()
            if row is None:
                continue
            state, tries = next_state(outcome, row[0])
            db.execute(
                "UPDATE wanted_pages SET state = ?, tries = ?, tried_at = ?, outcome = ?, reason = ?"
                " WHERE archive = ? AND url = ?",
                [state, tries, at, outcome, clean_text(reason), archive, url],
            )


def forget_wanted(desk: Desk, urls: Collection[str]) -> int:
    """Take these addresses off the list, however they are written; returns how many. Raises `DeskError`."""
    keys = {normalize.key(url) for url in urls} - {""}
    with desk.transaction() as db:
        held = db.execute("SELECT id, url FROM wanted_pages").fetchall()
        found = [number for number, url in held if url in urls or normalize.key(url) in keys]
        db.execute(
            "DELETE FROM wanted_pages WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(found)]
        )
    return len(found)
