"""Headlines, authors and dates: what is taken where a page prints one thing and its metadata say another."""

from __future__ import annotations

import pytest

from pipelines.extraction.extract import extract
from pipelines.items import Outcome, Page

TEXT = "".join(
    f"<p>The {nth} crane at the quay was checked on Monday, and the harbour master said that it will stand "
    "through the winter, whatever the storms may bring to this part of the coast.</p>"
    for nth in (f"{n}th" for n in range(4, 20))
)


def article(
    top, head="", after="", url="https://quaypost.example/harbour/crane-topples-in-storm", lang="en-GB"
):
    html = f'<html lang="{lang}"><head>{head}</head><body>{top}<div class="story-text">{TEXT}</div>{after}</body></html>'
    return extract(Page(url=url, body=html.encode(), fetched_at="2026-05-01T10:00:00+00:00"))


def titles(og="", title="", headline=""):
    linked = f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{headline}"}}</script>'
    return (
        (f'<meta property="og:title" content="{og}">' if og else "")
        + (f"<title>{title}</title>" if title else "")
        + (linked if headline else "")
    )


@pytest.mark.parametrize(
    ("top", "head", "expected"),
    [
        pytest.param(
            '<nav class="breadcrumbs"><h1>Storm damage: crane topples in port</h1></nav>'
            "<h2><span>Storm damage</span>Crane falls on the old quay</h2>",
            titles("Crane falls on the old quay", "Storm damage: crane topples in port | Quay Post"),
            "Crane falls on the old quay",
            id="an h1 for search engines, the headline below it",
        ),
        pytest.param(
            "<h1><span>Storm damage</span><span>Crane falls on the old quay</span></h1>",
            titles("Storm damage: Crane falls on the old quay"),
            "Storm damage: Crane falls on the old quay",
            id="a kicker told from the headline by its place",
        ),
        pytest.param(
            "<h1><span>Our storm diary</span><span>Crane falls on the old quay</span></h1>",
            titles("Harbour news"),
            "Our storm diary Crane falls on the old quay",
            id="parts that touch in the markup only",
        ),
        pytest.param(
            "<h1>The port after the storm and its many cranes</h1><h2>Port storm and cranes</h2>",
            titles("Port storm and cranes today"),
            "The port after the storm and its many cranes",
            id="an h1 in the open before a heading more like the title",
        ),
        pytest.param(
            "<h1>Quay Diary</h1><h3>Crane falls on the old quay</h3>",
            titles("Crane falls on the old quay", "Quay Diary: Crane falls on the old quay"),
            "Crane falls on the old quay",
            id="a blog's name as h1",
        ),
        pytest.param(
            '<div class="hl">Crane falls on the old quay</div>',
            titles("Crane falls on the old quay | Region", "Crane falls on the old quay | Region"),
            "Crane falls on the old quay",
            id="a tail that is not printed",
        ),
        pytest.param(
            "<h1>The crane: what we know</h1>",
            titles("The crane - what we know"),
            "The crane: what we know",
            id="the signs of the page",
        ),
        pytest.param(
            "<h1>Maria Costa: «The quay must be rebuilt»</h1>",
            titles("", "", "Maria Costa: «The quay must be rebuilt»"),
            "Maria Costa: «The quay must be rebuilt»",
            id="a closing quotation mark",
        ),
    ],
)
def test_the_headline_is_the_one_that_is_printed(top, head, expected):
    assert article(top, head).title == expected


H1 = "<h1>Crane falls on the old quay</h1>"


@pytest.mark.parametrize(
    ("top", "head", "after", "expected"),
    [
        ("<p>Ann A. Tide</p><p>4 March 2026</p>", "", "", ["Ann A. Tide"]),
        ("<p>Harbour News Desk</p>", "", "", []),
        ("<p>4 March 2026 · 3 min read · By Ann Tide</p>", "", "", ["Ann Tide"]),
        ('<p class="author">Ann Tide 4 March 2026</p>', "", "", ["Ann Tide"]),
        ('<p class="byline">Posted by AnnT on Friday March 6</p>', "", "", ["AnnT"]),
        (
            '<p class="byline"><a href="/author/ann">Ann Tide</a> <a href="/author/ann">Full Bio</a></p>',
            "",
            "",
            ["Ann Tide"],
        ),
        (
            "",
            '<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Ann Tide">',
            "",
            ["Ann Tide"],
        ),
        (
            "",
            '<meta name="twitter:label1" content="Reading time"><meta name="twitter:data1" content="Three Minutes">',
            "",
            [],
        ),
        ("", "", '<div class="author-bio"><p>Alle Beiträge von Ann Tide</p></div>', ["Ann Tide"]),
        (
            "",
            "",
            '<div class="author-bio"><p>Ann Tide</p></div><div class="author-bio"><p>Bo Mast</p></div>',
            [],
        ),
        ("", "", '<div class="related"><p class="author">Bo Mast</p></div>', []),
        ('<figure><img src="a.jpg"><p class="byline">Bo Mast</p></figure>', "", "", []),
        (
            '<p class="byline">By Ann Tide</p>',
            '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","author":{"@type":"Organization","name":"Mast &amp; Sons"}}</script>',
            "",
            ["Ann Tide"],
        ),
        (
            "",
            '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","author":{"@type":"Organization","name":"Mast &amp; Sons"}}</script>',
            "",
            ["Mast & Sons"],
        ),
        ("", '<meta name="author" content="quaypost.example, Hull, England">', "", ["quaypost.example"]),
    ],
    ids=[
        "a name beside the date",
        "a desk that nothing marks",
        "by in the middle of the line",
        "a date in the byline",
        "a single name and a weekday",
        "a label among the links",
        "a card that says written by",
        "a card that says something else",
        "the box below the text",
        "two boxes below the text",
        "another story's author",
        "who took the picture",
        "a person before an organisation",
        "an organisation whole",
        "the publisher and where it sits",
    ],
)
def test_who_wrote_it(top, head, after, expected):
    assert list(article(H1 + top, head, after).authors) == expected


@pytest.mark.parametrize(
    ("top", "head", "url", "expected"),
    [
        ("<p>Updated 9 April 2026</p><p>4 March 2026</p>", "", "", "2026-03-04"),
        ("<p>Updated 9 April 2026</p>", "", "", "2026-04-09"),
        (
            "",
            '<script type="application/ld+json">{"@type":"WebPage","datePublished":"2026-03-04T05:06:07+01:00"}</script>',
            "",
            "2026-03-04T05:06:07+01:00",
        ),
        ("", "", "https://quaypost.example/2026/march/04/crane-falls", "2026-03-04"),
    ],
    ids=[
        "a change above the date",
        "a change alone",
        "the node of the page",
        "a month's name in the address",
    ],
)
def test_when_it_was_published(top, head, url, expected):
    found = article(H1 + top, head, url=url or "https://quaypost.example/crane")
    assert found.published_at == expected


def test_what_stands_below_the_headline_dates_it_before_what_stands_above():
    assert article("<p>12 April 2026</p>" + H1 + "<p>4 March 2026</p>").published_at == "2026-03-04"


def test_a_printed_published_is_believed_before_another_date():
    after = "<p>This story was first published on 4 March 2026 and has been looked through since.</p>"
    assert article(H1 + "<p>30 April 2026</p>", after=after).published_at == "2026-03-04"


def test_a_copyright_year_dates_nothing():
    assert article(H1, after="<footer>© 2026 Quay Post</footer>").published_at is None


def test_a_page_that_talks_of_itself_is_no_article():
    ours = "".join(
        f"<p>We put our {n} years of work into your quay! Call us, and our people will see to it that we meet at your harbour.</p>"
        for n in range(10, 14)
    )
    html = f"<html><head><title>Quay building</title></head><body><h1>Quay building</h1>{ours}</body></html>"
    page = Page(url="https://mast-and-sons.example/services/quay-building", body=html.encode())
    assert extract(page).outcome == Outcome.NOT_ARTICLE
    assert article(H1 + "<p>4 March 2026</p>").outcome is None
