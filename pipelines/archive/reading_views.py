"""The views for people. They select, join, coalesce and count, in SQL that every tool takes as it stands.

DuckDB parses a view anew, and where it cannot bind it, hands its own wording of it to SQLite, which fails for
`count(*)`, `IS NOT 'text'`, JSON functions and GLOB; one such view, and it lists no table. Hence `count(column)`, `<>` after
`coalesce`, and real columns (derived_columns.py) for what needs functions. `CROSS JOIN` lets SQLite begin with the few
revisions: with `JOIN` it walks all articles for a count by source.
"""

from __future__ import annotations

VIEWS = {
    "clippings": """
        SELECT a.id, a.source_id AS source, a.published_day, a.published_utc, a.title, a.standfirst,
               a.authors_text AS authors, a.section, a.tags_text AS tags, a.language, a.word_count AS words,
               a.access, a.rights, a.url, a.text
        FROM articles a WHERE a.duplicate_of IS NULL
    """,
    "versions": """
        SELECT r.article_id, a.source_id AS source, r.number AS version, 0 AS is_current, r.seen_at,
               r.modified_at, r.title, r.standfirst, r.text, a.url
        FROM revisions r CROSS JOIN articles a WHERE a.id = r.article_id AND a.duplicate_of IS NULL
        UNION ALL
        SELECT a.id, a.source_id, a.revision, 1,
               CASE WHEN a.revision = 1 THEN a.first_seen_at ELSE coalesce(a.revised_at, a.checked_at) END,
               a.modified_at, a.title, a.standfirst, a.text, a.url
        FROM articles a WHERE a.duplicate_of IS NULL
    """,
    # `change` says where the versions differed when it was noted; NULL in archives from before it was.
    "headline_changes": """
        SELECT r.article_id, a.source_id AS source, r.number + 1 AS version,
               CASE WHEN n.id IS NOT NULL THEN n.seen_at ELSE coalesce(a.revised_at, a.checked_at) END AS seen_at,
               r.title AS headline_before,
               CASE WHEN n.id IS NOT NULL THEN n.title ELSE a.title END AS headline_after,
               a.published_day, a.url
        FROM revisions r CROSS JOIN articles a
        LEFT JOIN revisions n ON n.article_id = r.article_id AND n.number = r.number + 1
        WHERE a.id = r.article_id AND a.duplicate_of IS NULL AND (r.change IS NULL OR r.change LIKE '%"headline"%')
          AND coalesce(r.title, '') <> coalesce(CASE WHEN n.id IS NOT NULL THEN n.title ELSE a.title END, '')
    """,
    "latest_outcomes": """
        SELECT url, source_id, outcome, reason, "at" AS outcome_at, crawl_id, article_id FROM outcomes WHERE latest = 1
    """,
    "listed": """
        SELECT u.source_id, u.listed_day AS day, u.url, u.via, u.found_at, u.article_id,
               CASE WHEN u.article_id IS NOT NULL THEN 'held' ELSE coalesce(o.outcome, 'pending') END AS outcome,
               CASE WHEN u.article_id IS NULL THEN o.reason END AS reason
        FROM urls u LEFT JOIN outcomes o ON o.url = u.url AND o.latest = 1 AND u.article_id IS NULL
        WHERE coalesce(u.via, '') NOT IN ('alias', 'given')
    """,
    "coverage": """
        SELECT source_id, day, count(url) AS listed,
               count(CASE WHEN outcome = 'held' THEN 1 END) AS held,
               count(CASE WHEN outcome = 'not_article' THEN 1 END) AS not_article,
               count(CASE WHEN outcome = 'empty' THEN 1 END) AS empty,
               count(CASE WHEN outcome = 'excluded' THEN 1 END) AS excluded,
               count(CASE WHEN outcome = 'gone' THEN 1 END) AS gone,
               count(CASE WHEN outcome = 'failed' THEN 1 END) AS failed,
               count(CASE WHEN outcome IN ('deferred', 'pending') THEN 1 END) AS pending
        FROM listed GROUP BY source_id, day
    """,
}
"""SQL by name, in the order in which they build on each other. `listed` has each URL that a feed, sitemap or section page
named; its day is the publisher's as listed, else the one on which the URL was found."""


def statements() -> str:
    """The SQL that makes the views."""
    return "".join(f"CREATE VIEW {name} AS {sql.strip()};\n" for name, sql in VIEWS.items())
