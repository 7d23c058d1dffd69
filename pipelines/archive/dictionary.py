"""The dictionary of archive.db: what each column of a public table or view means, and in which form its values are.

One source for the table `_columns` of the file, for Datasette's descriptions and for docs/database.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sqlite_utils import Database

TABLE = """
CREATE TABLE _columns (                   -- the dictionary of the tables and views for people
    table_name TEXT NOT NULL,
    column_name TEXT NOT NULL,
    meaning TEXT NOT NULL,
    form TEXT NOT NULL,
    PRIMARY KEY (table_name, column_name)
);
"""


class Column(NamedTuple):
    """One row of `_columns`."""

    table_name: str
    column_name: str
    meaning: str
    form: str


TABLES = {
    "sources": "A news site ever followed",
    "articles": "An article, by its canonical URL",
    "revisions": "A superseded version of an article, as its publisher changed it",
    "changes": "A change that a publisher made to an article, with the words",
    "unexplained_versions": "A text that another replaced when a page was read by other rules and no copy tells who changed it",
    "captures": "Where a page's bytes lie in a WARC file",
    "article_captures": "A page of an article that has several, of one of its versions",
    "urls": "A URL of the frontier, and when it is due again",
    "crawls": "One run of the crawler",
    "outcomes": "What became of one URL in one crawl; exactly one row each",
    "listings": "A feed, sitemap or section page",
    "placements": "A stay of an article on a home or section page",
    "alarms": "Something unlike a source's own past",
    "manifests": "What one crawl, or another command, stored and superseded, as one digest chained to the one before",
    "boilerplate": "A text block that recurs across a source's pages and is removed from articles",
    "articles_fts": "The search index of words",
    "clippings": "An article, as most people want it; without duplicates",
    "versions": "A version of an article, current or superseded",
    "headline_changes": "A headline that its publisher changed",
    "latest_outcomes": "The last outcome of a URL",
    "listed": "A URL that a feed, sitemap or section page named, and what became of it",
    "coverage": "How many URLs one source listed for one day, and what became of them",
    "_columns": "The meaning of one column",
}
"""What a row is, by table or view."""

TEXT, NUMBER, YES_NO, URL = "text", "whole number", "1 or 0", "URL"
TIME, UTC, DAY = "ISO 8601 time with offset", "YYYY-MM-DD HH:MM:SS in UTC", "YYYY-MM-DD"
PLAIN, STATED = "plain text; blocks separated by a blank line", "ISO 8601 time with offset, or YYYY-MM-DD"
LIST, JOINED, SOURCE = "JSON list", "text, joined by '; '", "id of a source"

_COLUMNS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "sources": (
        ("id", SOURCE, "The stem of its file in seeds/"),
        ("name", TEXT, "Its name"),
        ("home", URL, "Its home page"),
        ("language", "ISO 639 code", "Its language; NULL when its file names none"),
        ("country", "ISO 3166 code", "Its country; NULL when its file names none"),
        ("added_at", TIME, "When it was first followed"),
        ("followed", YES_NO, "0: no longer in seeds/"),
    ),
    "articles": (
        ("id", NUMBER, "Number of the article in this archive"),
        ("source_id", SOURCE, "Its source"),
        ("url", URL, "Its canonical address, unique"),
        ("title", TEXT, "Headline"),
        ("standfirst", TEXT, "The intro printed under the headline"),
        ("authors", LIST, "Names of the authors, in the page's order"),
        ("published_at", STATED, "When it was published, as the page gives it"),
        ("published_from", "json-ld, meta, feed, sitemap, url, text, rule", "The evidence for published_at"),
        ("modified_at", STATED, "When the publisher says it was changed"),
        ("section", TEXT, "The section of the newspaper"),
        ("tags", LIST, "Keywords that the publisher gave it"),
        ("language", "ISO 639 code", "Language of the text"),
        ("description", TEXT, "The page's summary for search engines"),
        ("image_url", URL, "Address of the lead image"),
        ("image_caption", TEXT, "Its caption"),
        ("image_credit", TEXT, "Its credit"),
        ("text", PLAIN, "The article's text, without headline, standfirst, byline and captions"),
        ("word_count", NUMBER, "Words of the text"),
        ("access", "free, paywalled", "Whether it is behind a paywall; NULL: the page does not say"),
        ("first_seen_at", TIME, "When it was first archived"),
        ("checked_at", TIME, "When its page was last fetched"),
        ("gone_at", TIME, "Since when its page answers 404 or 410"),
        ("revision", NUMBER, "1, and one more for each change the publisher made"),
        ("content_hash", "digest", "Digest of headline, standfirst and text"),
        ("extractor", TEXT, "Versions of the rules that extracted it"),
        ("capture_id", "captures.id", "The page it was extracted from"),
        (
            "story_id",
            "articles.id",
            "Articles that carry the same text, whole or in part, share one; NULL: none other does",
        ),
        (
            "duplicate_of",
            "articles.id",
            "The first article of the same source with the same text, or the one of which this is a page",
        ),
        ("continues_at", URL, "The article's next page, where the archive does not hold it"),
        ("tdm_reservation", YES_NO, "1: text and data mining is reserved, 0: it is not; NULL: not stated"),
        ("tdm_policy", URL, "The publisher's terms for text and data mining"),
        (
            "rights",
            "noarchive, tdm-reservation, joined by '; '",
            "What the page asks for: no copy of it, no mining",
        ),
        ("revised_at", TIME, "When this version was first seen; NULL for the first one"),
        ("published_day", DAY, "The publisher's own day of publication; NULL without a date"),
        ("published_utc", UTC, "When it was published; NULL when only the day is known"),
        ("authors_text", JOINED, "authors in one line; NULL for none"),
        ("tags_text", JOINED, "tags in one line; NULL for none"),
    ),
    "revisions": (
        ("id", NUMBER, "Number of the row"),
        ("article_id", "articles.id", "The article"),
        ("number", NUMBER, "1 is the first version"),
        ("seen_at", TIME, "When this version was first archived"),
        ("title", TEXT, "Headline of this version"),
        ("standfirst", TEXT, "Standfirst of this version"),
        ("text", PLAIN, "Text of this version"),
        ("modified_at", STATED, "When the publisher says it was changed"),
        ("content_hash", "digest", "Digest of headline, standfirst and text"),
        ("capture_id", "captures.id", "The page it was extracted from"),
        (
            "change",
            "JSON list of headline, standfirst, text, correction, date, byline",
            "How the next version differs; NULL: not noted",
        ),
        ("extractor", TEXT, "Versions of the rules that extracted it"),
    ),
    "changes": (
        ("id", NUMBER, "Number of the row"),
        ("article_id", "articles.id", "The article"),
        ("number", NUMBER, "The version it led to; 0: it led to none (gone, back, a byline or date alone)"),
        ("seen_at", TIME, "When it was first seen"),
        ("source_id", "sources.id", "The source"),
        (
            "kinds",
            "headline, standfirst, text, correction, date, byline, gone, back, joined by ;",
            "What was changed",
        ),
        ("title", TEXT, "The headline after it"),
        ("words_added", NUMBER, "Words that were put in"),
        ("words_removed", NUMBER, "Words that were taken away"),
        ("added", TEXT, "The words that were put in, a line for each place"),
        ("removed", TEXT, "The words that were taken away, a line for each place"),
        (
            "places",
            "JSON list",
            "The first places that changed: kind, and runs of words (same, added, removed)",
        ),
    ),
    "unexplained_versions": (
        ("id", NUMBER, "Number of the row"),
        ("article_id", "articles.id", "The article"),
        ("revision", NUMBER, "The article's revision, before and after"),
        ("seen_at", TIME, "When this text was first seen"),
        ("replaced_at", TIME, "When another took its place"),
        ("title", TEXT, "Headline of this text"),
        ("standfirst", TEXT, "Standfirst of this text"),
        ("text", PLAIN, "The text"),
        ("modified_at", STATED, "When the publisher says it was changed"),
        ("content_hash", "digest", "Digest of headline, standfirst and text"),
        ("extractor", TEXT, "Versions of the rules that extracted it"),
    ),
    "article_captures": (
        ("article_id", "articles.id", "The article"),
        ("part", NUMBER, "1 is the first page"),
        ("capture_id", "captures.id", "The page as fetched"),
        ("revision", NUMBER, "The version: articles.revision, or revisions.number"),
    ),
    "captures": (
        ("id", NUMBER, "Number of the capture"),
        ("url", URL, "The address that was asked for"),
        ("fetched_at", TIME, "When it answered"),
        ("status", NUMBER, "HTTP status"),
        ("mime", TEXT, "Media type"),
        ("sha256", "SHA-256", "Digest of the payload"),
        (
            "warc_file",
            "file name within warc/, or an address",
            "The WARC file with the payload; of `--point-back` its address (`https://`, `file://`)",
        ),
        ("warc_offset", NUMBER, "Where the record begins, in bytes"),
        ("warc_length", NUMBER, "Its length in bytes"),
        ("url_id", "urls.id", "The URL of the frontier that led to it"),
        (
            "revisit_file",
            "file name within warc/",
            "The file with the revisit record, when the payload was stored before",
        ),
        ("revisit_offset", NUMBER, "Where that record begins, in bytes"),
        ("revisit_length", NUMBER, "Its length in bytes"),
        ("foreign_digest", TEXT, "WARC-Payload-Digest in the file it was imported from"),
        ("origin", URL, "The web archive's copy that it was taken from; NULL: the publisher's own answer"),
    ),
    "manifests": (
        ("id", NUMBER, "Number of the row"),
        ("number", NUMBER, "Number of the manifest in its chain"),
        ("made_at", TIME, "When it was made"),
        (
            "reason",
            "crawl, fetch, replay, import, backfill, forget, merge, split",
            "The command that made it",
        ),
        ("leaves", NUMBER, "Leaves of its Merkle tree"),
        ("root", "SHA-256", "Root of the tree"),
        ("previous", LIST, "sha256 of the manifests that it follows"),
        ("sha256", "SHA-256", "Digest of the body, by which later manifests name it"),
        ("file", "file name within warc/", "The file that has the body again"),
        ("body", "JSON", "The manifest itself"),
        ("stamped_at", TIME, "When a time-stamping authority saw it; NULL: not stamped"),
        ("authority", TEXT, "Who that was"),
        ("token", "RFC 3161, DER", "Its signed answer"),
    ),
    "urls": (
        ("id", NUMBER, "Number of the URL"),
        ("url", URL, "The address as it was found"),
        ("key", TEXT, "The same for all spellings of one address, unique"),
        ("source_id", SOURCE, "Its source"),
        ("found_at", TIME, "When it was found"),
        (
            "via",
            "feed, sitemap, section, refresh, given, warc, web-archive, alias",
            "How it was found; alias: another address of an article",
        ),
        ("hints", "JSON object", "What the listing said: title, date and so on"),
        ("state", "due, done, exhausted", "Whether it is to be fetched; exhausted: no attempts left"),
        ("due_at", TIME, "When it is to be fetched next"),
        ("priority", NUMBER, "Larger is sooner"),
        ("attempts", NUMBER, "Failed attempts so far"),
        ("etag", TEXT, "ETag of the last response"),
        ("last_modified", TEXT, "Last-Modified of the last response"),
        ("article_id", "articles.id", "The article that it leads to"),
        (
            "listed_day",
            DAY,
            "The publisher's day as the listing gave it, else the day on which the URL was found",
        ),
    ),
    "crawls": (
        ("id", NUMBER, "Number of the crawl"),
        ("started_at", TIME, "When it began"),
        ("finished_at", TIME, "When it ended; NULL: it runs, or was killed"),
        ("exit_code", NUMBER, "Its exit code"),
        ("reason", TEXT, "How it ended"),
        ("command", TEXT, "The command that started it"),
        ("version", TEXT, "Version of Clippings"),
        ("sources", LIST, "Ids of the sources it followed"),
        ("pending_at_start", NUMBER, "URLs that were due when it began"),
        ("found", NUMBER, "URLs that it added"),
        ("outside_window", NUMBER, "URLs that were listed but older than the window"),
        ("uid", TEXT, "A name for the crawl, the same in every archive that has it"),
    ),
    "outcomes": (
        ("crawl_id", "crawls.id", "The crawl"),
        ("source_id", SOURCE, "The source of the URL"),
        ("url", URL, "The URL as it was found"),
        (
            "outcome",
            "new, revised, unchanged, duplicate, not_article, empty, excluded, gone, failed, deferred",
            "What became of it",
        ),
        ("reason", TEXT, "Why"),
        ("at", TIME, "When"),
        ("article_id", "articles.id", "The article that it leads to"),
        ("latest", YES_NO, "1: the last outcome of its URL"),
    ),
    "listings": (
        ("id", NUMBER, "Number of the listing"),
        ("source_id", SOURCE, "Its source"),
        ("url", URL, "Its address"),
        ("kind", "feed, sitemap, section", "What it is"),
        ("parent", URL, "The listing that named it; NULL: the site itself"),
        ("found_at", TIME, "When it was found"),
        ("checked_at", TIME, "When it was last asked for"),
        ("answered_at", TIME, "When it could last be read"),
        ("status", NUMBER, "HTTP status of the last response"),
        ("error", TEXT, "Why it could not be read; NULL when it could"),
        ("etag", TEXT, "ETag of the last response"),
        ("last_modified", TEXT, "Last-Modified of the last response"),
        ("entries", NUMBER, "URLs that it listed when last read in full"),
        ("outside_window", NUMBER, "Of these, older than the window"),
        ("newest_at", STATED, "The newest date among them"),
        ("since", TIME, "Start of the window when it was last read in full"),
        ("moved_to", URL, "Where it has moved for good"),
    ),
    "placements": (
        ("listing_id", "listings.id", "The page"),
        ("url", URL, "The address that it links to, as in urls where it is there"),
        ("rank", NUMBER, "The highest place of the stay; 1 is the page's first link to an article"),
        ("first_seen_at", TIME, "The first look at the page that found it"),
        ("last_seen_at", TIME, "The last look in a row that found it"),
    ),
    "alarms": (
        ("id", NUMBER, "Number of the alarm"),
        ("source_id", SOURCE, "Its source"),
        ("kind", TEXT, "What is unlike the past"),
        ("since", DAY, "The first bad day"),
        ("until", TIME, "When it ended; NULL: it lasts"),
        ("raised_at", TIME, "When it was raised"),
        ("words", TEXT, "What differs, in words"),
        ("advice", TEXT, "What to try"),
        ("evidence", "JSON list of URLs", "Pages that show it"),
    ),
    "boilerplate": (
        ("source_id", SOURCE, "Its source"),
        ("block_hash", "digest", "Digest of the block"),
        ("text", TEXT, "The block"),
        ("pages", NUMBER, "Pages on which it was seen"),
        ("first_seen_at", TIME, "When it was first seen"),
        ("last_seen_at", TIME, "When it was last seen"),
        ("vetoed", YES_NO, "1: a person says that it belongs to the articles"),
    ),
    "articles_fts": (
        ("title", TEXT, "Headline"),
        ("standfirst", TEXT, "Standfirst"),
        ("text", TEXT, "Text; rowid is articles.id"),
    ),
    "clippings": (
        ("id", "articles.id", "Number of the article in this archive"),
        ("source", SOURCE, "Its source"),
        ("published_day", DAY, "The publisher's own day of publication; NULL without a date"),
        ("published_utc", UTC, "When it was published; NULL when only the day is known"),
        ("title", TEXT, "Headline"),
        ("standfirst", TEXT, "The intro printed under the headline"),
        ("authors", JOINED, "Names of the authors; NULL for none"),
        ("section", TEXT, "The section of the newspaper"),
        ("tags", JOINED, "Keywords that the publisher gave it; NULL for none"),
        ("language", "ISO 639 code", "Language of the text"),
        ("words", NUMBER, "Words of the text"),
        ("access", "free, paywalled", "Whether it is behind a paywall; NULL: the page does not say"),
        (
            "rights",
            "noarchive, tdm-reservation, joined by '; '",
            "What the page asks for: no copy of it, no mining",
        ),
        ("url", URL, "Its canonical address"),
        ("text", PLAIN, "The article's text, without headline, standfirst, byline and captions"),
    ),
    "versions": (
        ("article_id", "articles.id", "The article"),
        ("source", SOURCE, "Its source"),
        ("version", NUMBER, "1 is the first version"),
        ("is_current", YES_NO, "1: the version that the page has now"),
        ("seen_at", TIME, "When this version was first archived"),
        ("modified_at", STATED, "When the publisher says it was changed"),
        ("title", TEXT, "Headline of this version"),
        ("standfirst", TEXT, "Standfirst of this version"),
        ("text", PLAIN, "Text of this version"),
        ("url", URL, "The article's canonical address"),
    ),
    "headline_changes": (
        ("article_id", "articles.id", "The article"),
        ("source", SOURCE, "Its source"),
        ("version", NUMBER, "The version that has the new headline"),
        ("seen_at", TIME, "When the new headline was first archived"),
        ("headline_before", TEXT, "The headline as it was"),
        ("headline_after", TEXT, "The headline as it became"),
        ("published_day", DAY, "The article's day of publication; NULL without a date"),
        ("url", URL, "The article's canonical address"),
    ),
    "latest_outcomes": (
        ("url", URL, "The URL as it was found"),
        ("source_id", SOURCE, "Its source"),
        ("outcome", "as in outcomes", "What became of it last"),
        ("reason", TEXT, "Why"),
        ("outcome_at", TIME, "When"),
        ("crawl_id", "crawls.id", "In which crawl"),
        ("article_id", "articles.id", "The article that it leads to"),
    ),
    "listed": (
        ("source_id", SOURCE, "Its source"),
        ("day", DAY, "The publisher's day as the listing gave it, else the day on which the URL was found"),
        ("url", URL, "The URL as it was found"),
        ("via", "feed, sitemap, section, refresh, warc", "How it was found"),
        ("found_at", TIME, "When it was found"),
        ("article_id", "articles.id", "The article held; NULL for none"),
        (
            "outcome",
            "held, pending, or as in outcomes",
            "held: its article is here; pending: not fetched yet; else its last outcome",
        ),
        ("reason", TEXT, "Why it is not held"),
    ),
    "coverage": (
        ("source_id", SOURCE, "The source"),
        ("day", DAY, "The publisher's day as listed, else the day on which the URLs were found"),
        ("listed", NUMBER, "URLs that were listed: the sum of the following"),
        ("held", NUMBER, "Of these, with their article here"),
        ("not_article", NUMBER, "An index, gallery, video or other page"),
        ("empty", NUMBER, "A page without text"),
        ("excluded", NUMBER, "Kept out by robots.txt, a rule or a wish of the publisher"),
        ("gone", NUMBER, "Answered 404 or 410 before they were archived"),
        ("failed", NUMBER, "Could not be fetched"),
        ("pending", NUMBER, "Not fetched yet"),
    ),
    "_columns": (
        ("table_name", TEXT, "A table or view"),
        ("column_name", TEXT, "A column of it"),
        ("meaning", TEXT, "What it holds"),
        ("form", TEXT, "In which form its values are"),
    ),
}

COLUMNS = tuple(
    Column(table, name, meaning, form) for table, rows in _COLUMNS.items() for name, form, meaning in rows
)
"""The rows of `_columns`, in the order of tables and columns."""


def describe_columns(table: str) -> dict[str, str]:
    """A line for each column of a table or view, by its name."""
    return {
        name: meaning if form == TEXT else f"{meaning} ({form})" for name, form, meaning in _COLUMNS[table]
    }


def write_dictionary(db: Database) -> None:
    """Bring `_columns` to today's words, where it differs."""
    if db.execute(
        "SELECT table_name, column_name, meaning, form FROM _columns ORDER BY rowid"
    ).fetchall() != list(COLUMNS):
        with db.atomic():
            db.execute("DELETE FROM _columns")
            db.conn.executemany("INSERT INTO _columns VALUES (?, ?, ?, ?)", COLUMNS)
