"""Pages that a person asked for in the reading room: taken from desk.db into a crawl, and told there what became of them.

Nothing here raises to a crawl: what goes wrong with the desk becomes a line of the log, and the addresses wait.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.sources.match_url import assign_source
from pipelines import timestamps
from pipelines.desk.database import Desk, desk_path
from pipelines.desk.errors import DeskError
from pipelines.desk.wanted_pages import Tried, list_waiting, settle
from pipelines.items import Outcome
from pipelines.urls import normalize
from pipelines.urls.private_addresses import is_private

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from crawler.run.crawl_run import CrawlRun
    from crawler.sources.model import Source

log = logging.getLogger("clippings")


@dataclass(frozen=True, slots=True)
class WantedPages:
    """What a crawl fetches beside its sources: (source id, URL) pairs, and the sources that are not followed.

    `refused` are addresses that are not asked for.
    """

    given: tuple[tuple[str, str], ...] = ()
    guests: tuple[Source, ...] = ()
    refused: tuple[Tried, ...] = field(default=())


def plan_wanted(urls: Iterable[str], followed: Sequence[Source], only: Collection[str] = ()) -> WantedPages:
    """File addresses under their sources, as `clippings fetch` does. Pure.

    With ids of followed sources in `only`, pages of these alone are planned; all others are left for another crawl.
    An address on a private network is fetched only from a followed source's own host: whoever may write into the
    reading room may not read that network.
    """
    own = {normalize.host_of(source.home) for source in followed}
    known = list(followed)
    given: list[tuple[str, str]] = []
    refused: list[Tried] = []
    for url in urls:
        host = normalize.host_of(url)
        if not host or (is_private(host) and host not in own):
            refused.append(Tried(url, Outcome.EXCLUDED, f"{host or url} is a private address"))
            continue
        source = assign_source(url, known)
        if source not in known:
            known.append(source)
        given.append((source.id, url))
    if only:
        return WantedPages(tuple(pair for pair in given if pair[0] in only))
    return WantedPages(tuple(given), tuple(known[len(followed) :]), tuple(refused))


def take_wanted(
    archive: Path, read_followed: Callable[[], Sequence[Source]], only: Collection[str] = ()
) -> WantedPages:
    """What waits in the desk beside an archive; nothing where there is no desk. Never raises for the desk.

    `read_followed` reads all sources, also those that this crawl leaves out; it is called when something waits.
    """
    path = desk_path(archive)
    try:
        if not path.exists():
            return WantedPages()
        with Desk(path) as desk:
            waiting = list_waiting(desk.db, archive.name)
            wanted = plan_wanted(waiting, read_followed(), only) if waiting else WantedPages()
            settle(desk, archive.name, wanted.refused, timestamps.now())
            return wanted
    except DeskError as error:
        log.warning("pages that were asked for are left for the next crawl: %s", error)
        return WantedPages()


def settle_wanted(crawl_run: CrawlRun) -> None:
    """Tell the desk what became of the pages that were asked for. Never raises; what is not told is asked for again."""
    if not crawl_run.wanted_tasks or crawl_run.error is not None:
        return
    try:
        results = crawl_run.outcomes_of_wanted()
        with Desk(desk_path(crawl_run.path)) as desk:
            settle(desk, crawl_run.path.name, results, timestamps.now())
    except ValueError as error:  # of the desk or of the archive
        log.warning("what became of pages that were asked for could not be noted: %s", error)
