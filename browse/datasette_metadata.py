"""Descriptions and facets of the archive's tables for Datasette's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils import tilde_encode
from markupsafe import Markup

from pipelines.archive.dictionary import TABLES, describe_columns

if TYPE_CHECKING:
    from datasette.app import Datasette

_DISPLAY: dict[str, dict[str, Any]] = {
    "articles": {
        "label_column": "title",
        "sort_desc": "id",
        "facets": ["source_id", "section", "language", {"date": "published_day"}],
    },
    "clippings": {"facets": ["source", "section", "language"]},
    "revisions": {"sort_desc": "id"},
    "changes": {"facets": ["source_id", "kinds"], "sort_desc": "seen_at"},
    "unexplained_versions": {"sort_desc": "id"},
    "sources": {"label_column": "name"},
    "captures": {"sort_desc": "id"},
    "crawls": {"sort_desc": "id"},
    "outcomes": {"facets": ["source_id", "outcome"]},
    "latest_outcomes": {"facets": ["source_id", "outcome"]},
    "urls": {"facets": ["source_id", "state"]},
    "listings": {"facets": ["source_id", "kind"]},
    "placements": {"sort_desc": "last_seen_at"},
    "alarms": {"sort_desc": "id"},
    "boilerplate": {"facets": ["source_id"], "sort_desc": "pages"},
}
"""How Datasette sorts and facets a table or view; the dictionary describes them all."""

_MACHINERY = (
    "_skipped_urls _facet_groups _facet_numbers _listed_days _listed_months _article_facets _source_days _terms _article_terms _boilerplate_lines "
    "_unstable_articles _compared_pages _index_pending _prepared _manifest_leaves _manifest_pending _cjk_articles _replays _erasures _source_daily_stats _terms_fts "
    "_story_fingerprints _story_texts _story_links _story_pending _stories _terms_fts_data _terms_fts_idx _terms_fts_docsize _terms_fts_config _cjk_fts _cjk_fts_data "
    "_cjk_fts_idx _cjk_fts_docsize _cjk_fts_config _warc_cuts _backfills _backfill_urls _sqlite_migrations "
    "_versions_fts _versions_fts_data _versions_fts_idx _versions_fts_docsize _versions_fts_config _changes_fts "
    "_changes_fts_data _changes_fts_idx _changes_fts_docsize _changes_fts_config"
)


_TABLES: dict[str, dict[str, Any]] = {
    name: {"description": f"{row}.", "columns": describe_columns(name), **_DISPLAY.get(name, {})}
    for name, row in TABLES.items()
} | {name: {"hidden": True} for name in _MACHINERY.split()}


def tables_metadata(databases: list[str], *, described: bool = True) -> dict[str, Any]:
    """Datasette's metadata for these databases; Datasette lets the owner's own metadata win.

    Without the descriptions it has what Datasette asks of all tables at once, for facets and, with each request, for
    permissions: it copies all that is given.
    """
    return {"databases": {name: {"tables": _TABLES if described else _DISPLAY} for name in databases}}


_OURS = {"articles": {"id", "revision", "content_hash"}, "clippings": {"id", "published_utc", "words"}}
"""Tables whose rows are articles, and columns by which they are those of an archive."""


def link_headline(
    row: Any, value: object, column: str, table: str, database: str, datasette: Datasette
) -> Markup | None:
    """A link to the article's page for the headline of an article; None leaves a cell as it is."""
    if column != "title" or table not in _OURS:
        return None
    columns = getattr(row, "columns", None) or row.keys()  # Datasette's own row has keys() give its values
    if not _OURS[table] <= set(columns):
        return None
    route = tilde_encode(datasette.get_database(database).route)
    url = datasette.urls.path(f"-/clippings/{route}/article/{int(row['id'])}")
    return Markup('<a href="{}">{}</a>').format(url, value or "(no headline)")
