"""The search indexes of archive.db, and the triggers that keep them, facets and terms in step with `articles`."""

from __future__ import annotations

# Two indexes of the articles' words. `_cjk_fts` holds every article with some Chinese, Japanese, Korean, Thai or other
# unsegmented script. unicode61 takes a run of such letters for one word; here each letter is a word. U+200B (zero
# width space, which the tokenizer skips) stands between them, so the stored text reads as it was. U+E000 (private use,
# a word to the tokenizer) follows such a letter when a space or a sign comes next, so that no phrase matches across it.
# search/unsegmented.py does the same to a query, by the same letters.
SEARCH = """
CREATE VIRTUAL TABLE articles_fts USING fts5(
    title, standfirst, text, tokenize=unicode61, content=articles
);
CREATE TRIGGER articles_ai AFTER INSERT ON articles BEGIN
    INSERT INTO articles_fts (rowid, title, standfirst, text)
        VALUES (new.rowid, new.title, new.standfirst, new.text);
END;
CREATE TRIGGER articles_ad AFTER DELETE ON articles BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, title, standfirst, text)
        VALUES ('delete', old.rowid, old.title, old.standfirst, old.text);
END;
CREATE TRIGGER articles_au AFTER UPDATE OF title, standfirst, text ON articles BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, title, standfirst, text)
        VALUES ('delete', old.rowid, old.title, old.standfirst, old.text);
    INSERT INTO articles_fts (rowid, title, standfirst, text)
        VALUES (new.rowid, new.title, new.standfirst, new.text);
END;
CREATE VIRTUAL TABLE _terms_fts USING fts5(
    name, content=_terms, content_rowid=id, tokenize=unicode61
);
CREATE TRIGGER _terms_ai AFTER INSERT ON _terms BEGIN
    INSERT INTO _terms_fts (rowid, name) VALUES (new.id, new.name);
END;
CREATE TRIGGER _terms_ad AFTER DELETE ON _terms BEGIN
    INSERT INTO _terms_fts (_terms_fts, rowid, name) VALUES ('delete', old.id, old.name);
END;
CREATE TABLE _prepared (                  -- articles whose rows in _cjk_fts, facets and terms the writer enters itself
    article_id INTEGER PRIMARY KEY        -- only while it stores the article, in one transaction
);
"""

_UNINDEXED = "WHEN NOT EXISTS (SELECT 1 FROM _index_pending WHERE article_id = {row}.id)"
INDEX_TOGETHER = f"""
CREATE TABLE _index_pending (             -- articles that the writer enters into articles_fts together, and new terms with them
    article_id INTEGER PRIMARY KEY        -- only while it stores a batch, in one transaction
);
DROP TRIGGER articles_ai;
DROP TRIGGER articles_ad;
DROP TRIGGER articles_au;
DROP TRIGGER _terms_ai;
CREATE TRIGGER articles_ai AFTER INSERT ON articles {_UNINDEXED.format(row="new")} BEGIN
    INSERT INTO articles_fts (rowid, title, standfirst, text)
        VALUES (new.rowid, new.title, new.standfirst, new.text);
END;
CREATE TRIGGER articles_ad AFTER DELETE ON articles {_UNINDEXED.format(row="old")} BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, title, standfirst, text)
        VALUES ('delete', old.rowid, old.title, old.standfirst, old.text);
END;
CREATE TRIGGER articles_au AFTER UPDATE OF title, standfirst, text ON articles {_UNINDEXED.format(row="old")} BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, title, standfirst, text)
        VALUES ('delete', old.rowid, old.title, old.standfirst, old.text);
    INSERT INTO articles_fts (rowid, title, standfirst, text)
        VALUES (new.rowid, new.title, new.standfirst, new.text);
END;
CREATE TRIGGER _terms_ai AFTER INSERT ON _terms WHEN NOT EXISTS (SELECT 1 FROM _index_pending) BEGIN
    INSERT INTO _terms_fts (rowid, name) VALUES (new.id, new.name);
END;
"""
"""Added after 0.1.0: triggers leave alone what tables/facets.py:index_pending is about to enter, and while any article waits, new terms."""

FACET_COLUMNS = (
    "id, source_id, title, standfirst, text, authors, tags, section, language, access, revision, "
    "gone_at, published_at, first_seen_at"
)
"""Columns of `articles` from which `_cjk_fts`, facets and terms follow."""

CJK_TOKENIZER = "unicode61 categories 'L* N* Co Mn Mc'"

POSIX_TIME = (
    "coalesce(CAST(strftime('%s', {row}published_at) AS INTEGER),"
    " CAST(strftime('%s', {row}first_seen_at) AS INTEGER), 0)"
)
DAY = (
    "CASE WHEN date({row}published_at) IS NULL THEN substr({row}first_seen_at, 1, 10)"
    " ELSE substr({row}published_at, 1, 10) END"
)
"""SQL for `_article_facets.at` and `.day`."""

UNSPACED = "GLOB '*[ก-ྼက-႟ក-៓⺀-힣豈-﫿ｦ-ﾟ𠀀-𲎯]*'"


def cjk_view() -> str:
    """SQL of the view with the texts that `_cjk_fts` indexes, spaced each time it is read."""
    return f"""
        CREATE VIEW _cjk_articles AS
        SELECT id, {_spaced("title")} AS title, {_spaced("standfirst")} AS standfirst, {_spaced("text")} AS text
        FROM articles WHERE text {UNSPACED} OR title {UNSPACED} OR standfirst {UNSPACED};
    """


def cjk_index() -> str:
    """SQL of `_cjk_fts`, which stores no text, and of its view."""
    return f"""
        {cjk_view()}
        CREATE VIRTUAL TABLE _cjk_fts USING fts5(
            title, standfirst, text, content=_cjk_articles, content_rowid=id,
            tokenize="{CJK_TOKENIZER}"
        );
    """


def facet_triggers() -> str:
    """SQL of the triggers that keep `_cjk_fts`, facets and terms in step with `articles`, whoever writes.

    Spacing a text of 2,000 characters takes 5 ms in SQL, 0.15 to 0.35 ms in Python. So the writer enters these rows itself, and names the article
    in `_prepared` meanwhile (tables/facets.py).
    """
    different = " OR ".join(f"old.{column} IS NOT new.{column}" for column in FACET_COLUMNS.split(", "))
    other_words = " OR ".join(
        f"old.{column} IS NOT new.{column}" for column in ("id", "title", "standfirst", "text")
    )
    missing = "NOT EXISTS (SELECT 1 FROM _article_facets WHERE article_id = new.id)"
    unprepared = "NOT EXISTS (SELECT 1 FROM _prepared WHERE article_id = {row}.id)"
    return f"""
        CREATE TRIGGER articles_facets_ai AFTER INSERT ON articles
        WHEN {unprepared.format(row="new")}
        BEGIN {_remove("new.id")} {_add_to_cjk("")} {_add()} END;
        CREATE TRIGGER articles_facets_au AFTER UPDATE OF {FACET_COLUMNS} ON articles
        WHEN ({different} OR {missing}) AND {unprepared.format(row="new")}
        BEGIN
            {_remove_from_cjk(other_words)} {_remove("old.id")} {_add_to_cjk(f"({other_words} OR {missing}) AND")} {_add()}
        END;
        CREATE TRIGGER articles_facets_ad AFTER DELETE ON articles
        WHEN {unprepared.format(row="old")}
        BEGIN {_remove_from_cjk("1")} {_remove("old.id")} END;
    """


def _remove_from_cjk(condition: str) -> str:
    """SQL that takes the trigger's old row out of `_cjk_fts`, where it is there and the condition is true."""
    return f"""
        INSERT INTO _cjk_fts (_cjk_fts, rowid, title, standfirst, text)
        SELECT 'delete', old.id, {_spaced("old.title")}, {_spaced("old.standfirst")}, {_spaced("old.text")}
        WHERE ({condition}) AND EXISTS (SELECT 1 FROM _cjk_fts_docsize WHERE id = old.id);
    """


def _add_to_cjk(condition: str) -> str:
    """SQL that enters the trigger's new row into `_cjk_fts`, where it has such letters and the condition is true.

    In a change the condition is always true, as the facets are taken out before: so an article that waits for
    `index_pending` is entered here, whatever of it changes, and its facets say that it is there.
    """
    return f"""
        INSERT INTO _cjk_fts (rowid, title, standfirst, text)
        SELECT new.id, {_spaced("new.title")}, {_spaced("new.standfirst")}, {_spaced("new.text")}
        WHERE {condition} (new.text {UNSPACED} OR new.title {UNSPACED} OR new.standfirst {UNSPACED})
          AND NOT EXISTS (SELECT 1 FROM _cjk_fts_docsize WHERE id = new.id);
    """


def _remove(article: str) -> str:
    """SQL that takes one article out of facets and terms; nothing happens when it is not there."""
    group = f"(SELECT group_id FROM _article_facets WHERE article_id = {article})"
    return f"""
        DELETE FROM _article_terms WHERE article_id = {article};
        UPDATE _source_days SET articles = articles - 1
        WHERE source_id = (SELECT source_id FROM _facet_groups WHERE id = {group})
          AND day = (SELECT day FROM _article_facets WHERE article_id = {article});
        UPDATE _facet_groups SET articles = articles - 1 WHERE id = {group};
        DELETE FROM _article_facets WHERE article_id = {article};
    """


def _add() -> str:
    """SQL that enters the trigger's new row into facets and terms.

    Inside a trigger `OR IGNORE` does as the outer statement's conflict clause says, hence `WHERE NOT EXISTS`.
    """
    key = "source_id, section, language, access, changed, gone, unspaced"
    values = """new.source_id, coalesce(new.section, ''), coalesce(new.language, ''), coalesce(new.access, ''),
            new.revision > 1, new.gone_at IS NOT NULL,
            EXISTS (SELECT 1 FROM _cjk_fts_docsize WHERE id = new.id)"""
    group = f"(SELECT id FROM _facet_groups WHERE ({key}) = ({values}))"
    return f"""
        INSERT INTO _facet_groups ({key}) SELECT {values} WHERE {group} IS NULL;
        INSERT INTO _article_facets (article_id, group_id, at, day)
        SELECT new.id, {group}, {POSIX_TIME.format(row="new.")}, {DAY.format(row="new.")};
        UPDATE _facet_groups SET articles = articles + 1
        WHERE id = (SELECT group_id FROM _article_facets WHERE article_id = new.id);
        INSERT INTO _source_days (source_id, day)
        SELECT new.source_id, here.day FROM _article_facets here WHERE here.article_id = new.id AND NOT EXISTS (
            SELECT 1 FROM _source_days WHERE source_id = new.source_id AND day = here.day
        );
        UPDATE _source_days SET articles = articles + 1
        WHERE source_id = new.source_id AND day = (SELECT day FROM _article_facets WHERE article_id = new.id);
        {_add_terms("authors", "author")}
        {_add_terms("tags", "tag")}
    """


def _add_terms(column: str, kind: str) -> str:
    names = f"""(
        SELECT DISTINCT value AS name FROM json_each(
            CASE WHEN json_valid(new.{column}) THEN new.{column} ELSE '[]' END
        ) WHERE type = 'text'
    )"""
    return f"""
        INSERT INTO _terms (kind, name)
        SELECT '{kind}', name FROM {names} AS given
        WHERE NOT EXISTS (SELECT 1 FROM _terms WHERE kind = '{kind}' AND name = given.name);
        INSERT INTO _article_terms (article_id, term_id)
        SELECT new.id, _terms.id FROM {names} AS given
        JOIN _terms ON _terms.kind = '{kind}' AND _terms.name = given.name;
    """


def _spaced(column: str) -> str:
    """SQL for the column's text as `_cjk_fts` holds it.

    It is cut into pieces of 100 letters first, because substr() counts from the start of a text each time.
    """
    unspaced = "ก-ฺเ-๎ກ-ຽເ-ໍཀ-ྼက-႟ក-៓々〇ぁ-ゖゝ-ゟァ-ヺー-ヿㄅ-ㄯ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾟ𠀀-𲎯"
    word = "0-9A-Za-zÀ-ÖØ-öø-ʯͰ-ϿЀ-ҁҊ-ԯ０-９Ａ-Ｚａ-ｚ"
    between, end = "\u200b", "\ue000"
    return f"""(
        WITH RECURSIVE
          cut(piece, rest) AS (
            SELECT '', coalesce({column}, '')
            UNION ALL
            SELECT substr(rest, 1, 101), substr(rest, 101) FROM cut WHERE rest <> ''
          ),
          place(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM place WHERE i < 100),
          letter(this, next) AS (
            SELECT substr(piece, i, 1), substr(piece, i + 1, 1) FROM cut CROSS JOIN place
          )
        SELECT group_concat(
          CASE
            WHEN NOT (this GLOB '[{unspaced}]') THEN this
            WHEN next = '' OR next GLOB '[{unspaced}]' THEN '{between}' || this
            WHEN next GLOB '[{word}]' THEN '{between}' || this || '{between}'
            ELSE '{between}' || this || '{between}{end}'
          END, '')
        FROM letter
    )"""
