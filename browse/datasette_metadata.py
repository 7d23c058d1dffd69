"""Descriptions and facets of the archive's tables for Datasette's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils import tilde_encode
from markupsafe import Markup

if TYPE_CHECKING:
    from datasette.app import Datasette

_TABLES: dict[str, dict[str, Any]] = {
    "articles": {
        "description": "Cleaned text and metadata, one row an article.",
        "label_column": "title",
        "sort_desc": "id",
        "facets": ["source_id", "section", "language", {"date": "published_at"}],
        "columns": {
            "published_at": "As the page gives it: with clock time and zone, or a bare day",
            "published_from": "The part of the page that gave the date",
            "section": "The section of the newspaper",
            "access": "free, paywalled, or empty when the page does not say",
            "first_seen_at": "When we first archived it",
            "checked_at": "When we last fetched the page",
            "gone_at": "Since when the page answers 404 or 410",
            "revision": "1, and one more for each change the publisher made",
            "capture_id": "The page as fetched, in a WARC file",
            "story_id": "Articles with nearly the same text share one",
            "duplicate_of": "The article of the same source with the same text, or of which this is a page",
            "continues_at": "The next page of the article, where it is not held",
        },
    },
    "article_captures": {
        "description": "The pages of articles that have several, of each version.",
        "columns": {
            "part": "1 is the first page",
            "revision": "The version: articles.revision, or revisions.number",
        },
    },
    "revisions": {
        "description": "Superseded versions of articles that their publisher changed.",
        "sort_desc": "id",
        "columns": {"seen_at": "When we archived this version", "number": "1 is the first version"},
    },
    "sources": {"description": "The news sites that are followed.", "label_column": "name"},
    "captures": {"description": "The place of each page as fetched, in warc/.", "sort_desc": "id"},
    "crawls": {"description": "One row a run of the crawler.", "sort_desc": "id"},
    "outcomes": {
        "description": "The outcome of each URL in each crawl; exactly one row each.",
        "facets": ["source_id", "outcome"],
    },
    "urls": {"description": "URLs found, and when each is due again.", "facets": ["source_id", "state"]},
    "listings": {"description": "Feeds, sitemaps and section pages.", "facets": ["source_id", "kind"]},
    "alarms": {"description": "What is, or was, unlike a source's past.", "sort_desc": "id"},
    "boilerplate": {
        "description": "Text blocks that recur across a source's pages and are removed from articles.",
        "facets": ["source_id"],
        "sort_desc": "pages",
    },
}

_MACHINERY = (
    "_skipped_urls _facet_groups _article_facets _source_days _terms _article_terms _boilerplate_lines "
    "_unstable_articles _prepared _cjk_articles _replays _erasures _source_daily_stats _terms_fts "
    "_terms_fts_data _terms_fts_idx _terms_fts_docsize _terms_fts_config _cjk_fts _cjk_fts_data "
    "_cjk_fts_idx _cjk_fts_docsize _cjk_fts_config _sqlite_migrations"
)


def tables_metadata(databases: list[str]) -> dict[str, Any]:
    """Datasette's metadata for these databases; Datasette lets the owner's own metadata win."""
    tables = _TABLES | {name: {"hidden": True} for name in _MACHINERY.split()}
    return {"databases": {name: {"tables": tables} for name in databases}}


def link_headline(
    row: Any, value: object, column: str, table: str, database: str, datasette: Datasette
) -> Markup | None:
    """A link to the article's page for the headline in the table of articles; None leaves a cell as it is."""
    if (table, column) != ("articles", "title"):
        return None
    columns = getattr(row, "columns", None) or row.keys()  # Datasette's own row has keys() give its values
    if not {"id", "revision", "content_hash"} <= set(columns):
        return None
    route = tilde_encode(datasette.get_database(database).route)
    url = datasette.urls.path(f"-/clippings/{route}/article/{int(row['id'])}")
    return Markup('<a href="{}">{}</a>').format(url, value or "(no headline)")
