"""Site memory: what recurs across different stories goes, what recurs for a reason stays."""

from __future__ import annotations

import json

import pytest

from pipelines.archive.database import Archive
from pipelines.decisions.boilerplate import SiteMemory, lines_of, same_story, strip
from pipelines.extraction import tokens
from pipelines.items import Article

NOTE = "The Quay Post is delivered by boat in all weathers."
TOPICS = [
    "heron",
    "turbine",
    "mayor",
    "bakery",
    "lighthouse",
    "orchestra",
    "glacier",
    "tunnel",
    "vineyard",
    "ferry",
]


def story(number: int, *, first: str = "", last: str = "", middle: str = "") -> str:
    topic = TOPICS[number]
    blocks = [
        first,
        f"The {topic} of district {number} drew a crowd on day {number * 3} and nobody could say why.",
        f"Witness {number} spoke of a {topic} unlike the others and asked for {number + 7} witnesses more.",
        middle,
        f"By evening the {topic} had become the only subject between the {number + 2} bridges.",
        last,
    ]
    return "\n\n".join(block for block in blocks if block)


def learned(texts: list[str]) -> SiteMemory:
    memory = SiteMemory()
    for number, text in enumerate(texts):
        memory.learn(str(number), text)
    return memory


@pytest.mark.parametrize("place", ["last", "middle"])
def test_a_note_is_known_after_three_different_stories(place):
    texts = [story(n, **{place: NOTE}) for n in range(3)]
    assert NOTE in learned(texts[:2]).strip(texts[0])
    assert learned(texts).strip(texts[0]) == story(0)


def test_near_copies_are_no_evidence():
    """The same text twenty times under other addresses, but for one sentence: nothing recurs."""
    text = story(1, last=NOTE)
    copies = [f"{text}\n\nOnly copy number {n} says this." for n in range(20)]
    assert learned(copies).known == {}


def test_near_copies_with_a_sentence_more_in_their_longest_paragraph_are_no_evidence():
    """Then no two copies share that paragraph, which is most of the text."""
    longest = " ".join(
        f"The {topic} of the western district was shown to visitors for the first time." for topic in TOPICS
    )
    copies = [f"{longest} Only copy number {n} says this.\n\n{NOTE}\n\n{NOTE[::-1]}" for n in range(20)]
    assert learned(copies).known == {}


def test_a_new_version_of_an_article_is_no_evidence():
    memory = SiteMemory()
    for number in range(9):
        memory.learn("same", story(number, last=NOTE))
    assert memory.known == {}


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (
            "first",
            "Every Friday our columnist looks out of the harbour window and writes down what she sees.",
        ),
        ("middle", "Monday, 23 November 2026"),
        ("middle", "23 November 2026"),
        ("middle", "* * *"),
        ("middle", "Home | 3 | 1"),
    ],
)
def test_true_lines_that_recur_stay(where, line):
    texts = [story(n, **{where: line}) for n in range(4)] + [story(n) for n in range(4, 10)]
    memory = learned(texts)
    assert memory.strip(texts[0]) == texts[0]


def test_a_heading_stays_while_something_hangs_on_it():
    """The headings of a live blog or of an explainer recur; their paragraphs do not."""
    texts = [story(n, middle="## What we know") for n in range(6)]
    assert learned(texts).strip(texts[3]) == texts[3]


def test_a_heading_as_long_as_a_sentence_goes():
    """Headings that a series shares are short."""
    note = "## The harbour guide for everybody who comes by sea, on foot or with the night train"
    texts = [story(n, middle=note) for n in range(6)]
    assert learned(texts).strip(texts[3]) == story(3)


def test_a_note_of_several_lines_goes():
    """Its words are used in its other lines, but by nothing of the story."""
    note = (
        "Quay Post Evening: the harbour letter\n\nThe harbour letter comes by evening boat, Quay Post readers say.\n\n"
        "Order the Quay Post evening letter at the harbour office"
    )
    texts = [story(n, last=note) for n in range(8)]
    memory = learned(texts)
    assert memory.strip(texts[3]) == story(3)
    assert "harbour" in learned(texts[:3]).strip(texts[0])


def test_background_paragraphs_that_share_their_words_stay():
    """Two of them in each of a source's first stories: long lines are paragraphs, whatever share of pages has them."""
    background = (
        "The Saltmere ferry inquiry opened after the Norvik collision, in which eleven passengers of the evening"
        " ferry drowned within sight of the harbour; its report on the collision is expected before the winter.\n\n"
        "The Norvik collision, in which the Saltmere evening ferry sank with eleven passengers, led to the inquiry"
        " into the harbour, whose report on the ferry and its passengers has been put off until the winter."
    )
    texts = [story(n, last=background) for n in range(8)]
    assert learned(texts).strip(texts[3]) == texts[3]


@pytest.mark.parametrize("line", ["Why?", "“No.”", "He laughs.", "Yes, of course!"])
def test_brief_sentences_of_conversations_stay(line):
    texts = [story(n, middle=line) for n in range(4)] + [story(n) for n in range(4, 10)]
    assert learned(texts).strip(texts[0]) == texts[0]


def test_a_brief_sentence_on_most_pages_goes():
    texts = [story(n, last="Try it now!") for n in range(8)]
    assert learned(texts).strip(texts[3]) == story(3)


def test_a_heading_goes_with_the_boilerplate_under_it():
    texts = [story(n, last=f"## About us\n\n{NOTE}") for n in range(6)]
    assert learned(texts).strip(texts[3]) == story(3)


def test_a_heading_goes_with_the_boilerplate_under_it_though_the_story_goes_on():
    texts = [story(n, middle=f"## Come to our fair\n\n{NOTE}") for n in range(6)]
    assert learned(texts).strip(texts[3]) == story(3)
    mixed = f"## What we know\n\nThe pier was closed on day 3.\n\n{NOTE}"
    assert "## What we know" in learned(texts).strip(story(3, middle=mixed)), "the story hangs on it"


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("Would you like to be a sponsor of our fair in spring? Write to the fair's office.", "first"),
        ("! Note to readers: we earn a commission when you buy through links.", "last"),
    ],
)
def test_what_opens_or_notes_every_page_is_no_story(line, where):
    """Columns and corrections are never on every one of a source's first pages."""
    texts = [story(n, **{where: line}) for n in range(8)]
    assert learned(texts).strip(texts[3]) == story(3)
    fewer = [*texts[:7], story(7)]
    assert learned(fewer).strip(texts[3]) == texts[3], "a column has seven of eight"


def test_an_agency_before_the_first_sentence_is_part_of_a_true_line():
    texts = ["LONDON (Reuters) - " + story(n) for n in range(6)]
    assert learned(texts).strip(texts[2]) == texts[2]


def test_a_background_paragraph_is_at_home_in_its_stories():
    background = (
        "The turbine at Norvik exploded during an inspection and killed three engineers from Saltmere."
    )
    parts = [
        "A turbine inspection at Norvik will begin again, engineers from Saltmere said after it exploded.",
        "Three engineers died at Norvik in Saltmere colours when the turbine exploded during inspection, a court heard.",
        "Saltmere mourns: the inspection of the exploded turbine killed engineers, and Norvik wants answers on three points.",
        "No turbine inspection is safe, said a Norvik union; three Saltmere engineers were killed when one exploded.",
    ]
    texts = [
        f"{part}\n\nReport {n} adds its own words on page {n}.\n\n{background}"
        for n, part in enumerate(parts)
    ]
    assert learned(texts).strip(texts[0]) == texts[0]


def test_a_veto_holds():
    memory = SiteMemory()
    key = lines_of(NOTE)[0].key
    memory.vetoed.add(key)
    for number in range(6):
        memory.learn(str(number), story(number, last=NOTE))
    assert memory.known == {}


def test_a_text_that_is_all_boilerplate_is_left():
    assert strip(NOTE, {lines_of(NOTE)[0].key}) == NOTE


def test_same_story():
    assert same_story(lines_of(story(1)), lines_of(story(1, last=NOTE)))
    assert not same_story(lines_of(story(1, last=NOTE)), lines_of(story(2, last=NOTE)))


def stored(archive: Archive, number: int, text: str) -> int:
    """Write an article as the writer does: stripped of what is known, then learned from."""
    article = Article(url=f"https://quaypost.example/{number}", title=f"Story {number}", text=text)
    article = archive.boilerplate.strip("quay", article)
    archive.db.execute(
        "INSERT INTO articles (source_id, url, title, text, word_count, first_seen_at, checked_at, content_hash, extractor)"
        " VALUES ('quay', ?, ?, ?, ?, '2026-01-01', '2026-01-01', ?, 'test')",
        [article.url, article.title, article.text, tokens.count(article.text), str(number)],
    )
    article_id = archive.db.execute("SELECT max(id) FROM articles").fetchone()[0]
    archive.boilerplate.learn("quay", article_id, text, f"2026-01-0{number + 1}")
    return article_id


def test_the_archive_cleans_what_was_stored_before(tmp_path):
    with Archive(tmp_path / "archive.db") as archive:
        archive.sources.save(
            [
                {
                    "id": "quay",
                    "name": "Quay",
                    "home": "https://quaypost.example",
                    "language": "en",
                    "country": None,
                }
            ],
            "2026-01-01",
        )
        with archive.db.atomic():
            ids = [stored(archive, number, story(number, last=NOTE)) for number in range(5)]
        rows = archive.rows("SELECT id, text, word_count, content_hash FROM articles ORDER BY id")
        assert [row["text"] for row in rows] == [story(number) for number in range(5)]
        assert rows[0]["word_count"] == tokens.count(story(0))
        assert rows[0]["content_hash"] == tokens.content_hash("Story 0", "", story(0))
        assert archive.rows("SELECT count(*) AS n FROM revisions") == [{"n": 0}]
        (line,) = archive.rows("SELECT text, pages, vetoed FROM boilerplate")
        assert line == {"text": NOTE, "pages": 5, "vetoed": 0}
        found = archive.rows("SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'weathers'")
        assert found == []
        assert len(ids) == 5


def test_memory_survives_a_restart_and_a_veto_is_read(tmp_path):
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.sources.save(
            [
                {
                    "id": "quay",
                    "name": "Quay",
                    "home": "https://quaypost.example",
                    "language": "en",
                    "country": None,
                }
            ],
            "2026-01-01",
        )
        with archive.db.atomic():
            for number in range(2):
                stored(archive, number, story(number, last=NOTE))
    with Archive(path) as archive:
        with archive.db.atomic():
            stored(archive, 2, story(2, last=NOTE))
        assert archive.rows("SELECT text FROM articles WHERE id = 1") == [{"text": story(0)}]
        archive.db.execute("UPDATE boilerplate SET vetoed = 1")
        archive.db.conn.commit() if archive.db.conn.in_transaction else None
    with Archive(path) as archive:
        with archive.db.atomic():
            stored(archive, 3, story(3, last=NOTE))
        (row,) = archive.rows("SELECT text FROM articles WHERE id = 4")
        assert row["text"] == story(3, last=NOTE)
    assert json.dumps(row)
