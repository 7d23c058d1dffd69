"""What publishers changed lately, and how the sources are doing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from datasette.utils import tilde_decode
from datasette.utils.asgi import NotFound, Response

from browse import context, feeds, formatting
from browse.pages.search import atom_response
from pipelines.archive.search.results import held
from pipelines.archive.views import article, diff, source_health
from pipelines.archive.views import changes as changing

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from datasette.utils.asgi import Request

PER_PAGE = 40
SHOWN_DAYS = 56


async def changes(datasette: Datasette, request: Request) -> Response:
    """All changes lately, by source and kind; or as a feed."""
    here = await context.open_context(datasette, request)
    source = tuple(dict.fromkeys(filter(None, request.args.getlist("source"))))[:50]
    kinds = tuple(kind for kind in changing.KINDS if kind in request.args.getlist("kind"))
    page = request.args.get("page") or "1"
    number = min(max(int(page), 1), 500) if page.isdecimal() and len(page) < 10 else 1

    def read(db: sqlite3.Connection) -> tuple[changing.Changes, list[tuple[str, str]]]:
        found = changing.changes(
            db, source=source, kinds=kinds, limit=PER_PAGE, offset=(number - 1) * PER_PAGE
        )
        return found, db.execute("SELECT id, name FROM sources ORDER BY name").fetchall()

    found, sources = await here.read(read)
    params = [*(("source", key) for key in source), *(("kind", kind) for kind in kinds)]
    if request.url_vars["format"] == "atom":
        entries = [
            feeds.FeedEntry(
                key=f"clippings change {change.article_id} {change.number} {change.at}",
                title=f"{', '.join(formatting.KINDS[kind] for kind in change.kinds)}: {change.title}",
                link=here.absolute(
                    here.url("article", change.article_id, "changes", params=_versions(change))
                    if change.number
                    else here.url("article", change.article_id)
                ),
                updated=change.at,
                published=None,
                authors=(change.source_name,),
                summary=_summary(change),
                categories=change.kinds,
            )
            for change in found.changes
        ]
        return atom_response(
            feeds.atom(
                key="clippings changes " + urlencode(sorted(params)),
                title="Clippings: what publishers changed",
                page=here.absolute(here.url("changes", params=params)),
                address=here.absolute(here.feed_url("changes", params=params)),
                entries=entries,
            )
        )
    return await here.page(
        "changes.html",
        found=found,
        words=diff.words,
        kinds=formatting.KINDS,
        chosen_kinds=kinds,
        chosen_sources=source,
        sources=sources,
        params=params,
        number=number,
        versions=_versions,
    )


def _versions(change: changing.Change) -> list[tuple[str, str]]:
    return [("from", str(change.number - 1)), ("to", str(change.number))]


def _summary(change: changing.Change) -> str:
    if "gone" in change.kinds:
        return f"{change.source_name} has taken it off its site."
    said = []
    if "headline" in change.kinds:
        said.append(f"The headline was: {change.old_title}")
    if "standfirst" in change.kinds:
        said.append("The standfirst was changed.")
    if "correction" in change.kinds:
        said.append("A correction notice was added.")
    if "text" in change.kinds:
        said.append("The text was changed" + (f" ({change.words:+,} words)." if change.words else "."))
    return " ".join(said)


async def sources(datasette: Datasette, request: Request) -> Response:
    """All sources, the ailing first."""
    here = await context.open_context(datasette, request)

    def read(db: sqlite3.Connection) -> tuple[list[source_health.SourceHealth], article.Overview]:
        return source_health.sources(db), article.overview(db)

    found, overview = await here.read(read)
    return await here.page("sources.html", sources=found, overview=overview)


async def source(datasette: Datasette, request: Request) -> Response:
    """One source: its days, crawls, listings, failures and learned boilerplate."""
    here = await context.open_context(datasette, request)
    key = tilde_decode(request.url_vars["source"])

    def read(
        db: sqlite3.Connection,
    ) -> tuple[source_health.SourcePage | None, dict[str, int], dict[int, str]]:
        found = source_health.source(db, key)
        urls = [url for alarm in found.health.alarms for url in alarm.evidence] if found else []
        return found, held(db, urls), article.crawls_began(db, source_health.CRAWLS)

    found, articles, began = await here.read(read)
    if found is None:
        raise NotFound(f"There is no source {key} in this archive.")
    days = _last_days(found.days)
    most = max((articles for _, articles in days), default=0)
    return await here.page(
        "source.html", found=found, health=found.health, days=days, most=most, articles=articles, began=began
    )


def _last_days(days: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    """The last eight weeks up to the newest day, those without articles too."""
    counted = dict(days)
    if not counted:
        return []
    last = date.fromisoformat(max(counted))
    span = [(last - timedelta(days=back)).isoformat() for back in range(SHOWN_DAYS - 1, -1, -1)]
    return [(day, counted.get(day, 0)) for day in span]
