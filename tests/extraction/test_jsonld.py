"""JSON-LD as it is in life: what is no JSON, and which of many nodes is the page's own."""

from __future__ import annotations

import json

import pytest

from pipelines.extraction import jsonld, tolerant_json
from pipelines.extraction.extract import extract
from pipelines.items import Page

TITLE = "Ice on the lower canal stops the barges"
URL = "https://canal-gazette.example/local/ice-stops-the-barges"
TEXT = "".join(
    f"<p>Lock keeper number {n} said that the ice was thick enough to walk on, and that no barge would pass "
    "before the thaw, which the weather office expects at the end of the week.</p>"
    for n in range(8)
)
ANA, BO = {"@type": "Person", "name": "Ana Moll"}, {"@type": "Person", "name": "Bo Lind"}
OWN = {"@type": "NewsArticle", "headline": TITLE, "author": ANA, "datePublished": "2026-02-03T08:00:00+01:00"}
OTHER = {
    "@type": "NewsArticle",
    "headline": "Bridge tolls to double in spring",
    "url": "https://canal-gazette.example/local/bridge-tolls",
    "author": BO,
    "datePublished": "2026-01-01T07:00:00+01:00",
    "publisher": {"name": "Canal Gazette"},
    "articleBody": "The tolls will double.",
    "isAccessibleForFree": False,
}
UPDATE = OTHER | {"@type": "BlogPosting", "url": URL + "#update-3", "headline": "First barge is stuck"}


def read(*scripts, url=URL, title=TITLE):
    head = "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    html = f'<html lang="en"><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>{TEXT}</article></body></html>'
    return extract(
        Page(url=url, body=html.encode("utf-8", "surrogatepass"), fetched_at="2026-02-04T10:00:00Z")
    )


HEAD = '"@type": "NewsArticle", "headline": "Ice on the lower canal stops the barges"'
DATE, AUTHOR = '"datePublished": "2026-02-03T08:00:00+01:00"', '"author": "Ana Moll"'


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(f"{{{HEAD}, {DATE}, {AUTHOR},}}", id="a comma too many at the end"),
        pytest.param(f"{{, {HEAD},, {DATE}, {AUTHOR}}}", id="commas too many between"),
        pytest.param(f"{{{HEAD}\n {DATE}\n {AUTHOR}}}", id="no commas"),
        pytest.param(f"{{{HEAD}; {DATE}; {AUTHOR}}};", id="semicolons"),
        pytest.param(f"// by the plugin\n{{{HEAD}, /* when */ {DATE}, {AUTHOR}}}", id="comments"),
        pytest.param(f"<!-- {{{HEAD}, {DATE}, {AUTHOR}}} -->", id="in an HTML comment"),
        pytest.param(f"//<![CDATA[\n{{{HEAD}, {DATE}, {AUTHOR}}}\n//]]>", id="in CDATA"),
        pytest.param(
            f'{{{HEAD}, "description": "He said "no", "never" and left", {DATE}, {AUTHOR}}}', id="quotes"
        ),
        pytest.param(f'{{{HEAD}, "description": "two\nlines\tof it",, {DATE}, {AUTHOR}}}', id="raw newlines"),
        pytest.param(
            f'{{"@type": "Organization", "name": "Gazette"}}\n{{{HEAD}, {DATE}, {AUTHOR}}}', id="two objects"
        ),
        pytest.param(f"{{{HEAD}, {DATE}, {AUTHOR}}}".replace('"', "'"), id="single quotes"),
        pytest.param(f"{{{HEAD}, {DATE}, {AUTHOR}}}".replace('"author"', "author"), id="a bare name"),
        pytest.param(
            f'{{{HEAD}, "wordCount": undefined, "x": NaN, {DATE}, {AUTHOR}}}', id="no values of JSON"
        ),
        pytest.param(f'{{{HEAD}, "wordCount": , {DATE}, {AUTHOR}}}', id="a value left out"),
        pytest.param(f'{{{HEAD}, {DATE}, {AUTHOR}, "image": {{"url": "https://x.exam', id="cut off"),
        pytest.param(f"{{{HEAD}, {DATE}, {AUTHOR}}}}}", id="a brace too many"),
        pytest.param(f"\ufeff{{{HEAD}, {DATE}, {AUTHOR}}}", id="a byte order mark"),
        pytest.param(
            rf'{{{HEAD}, "description": "a \q \ud83d", {DATE}, {AUTHOR}}}', id="escapes that are none"
        ),
    ],
)
def test_json_ld_that_is_no_json_is_read(script):
    article = read(script)
    assert (article.published_at, article.authors) == ("2026-02-03T08:00:00+01:00", ("Ana Moll",))


@pytest.mark.parametrize(
    "piece",
    [
        '"',
        "{",
        "[",
        '{"a":',
        '["a" ',
        '{"a":"b" "c" ',
        "/*",
        "//\n",
        "'",
        "\\",
        ":",
        ",",
        "a ",
        '"a", ',
        "[{",
        "[}",
    ],
)
def test_text_made_to_hurt_is_read_to_its_end(piece):
    tolerant_json.read('{"a": ' + piece * 20_000)
    tolerant_json.read('{"a": "' + piece * 20_000 + '"}')


def test_no_lone_surrogate_or_control_leaves_json_ld():
    script = json.dumps(OWN | {"description": "Ice \ud83d on\x00 the\x1b canal", "keywords": ["ice\udc00"]})
    article = read(script)
    assert (article.description, article.tags) == ("Ice on the canal", ("ice",))
    assert jsonld.to_text("\U0001f9ca") == "\U0001f9ca"


@pytest.mark.parametrize(
    "nodes",
    [
        pytest.param([OWN, OTHER], id="a related article beside it"),
        pytest.param([OTHER, OWN], id="a related article before it"),
        pytest.param(
            [{"@graph": [OTHER, OTHER | {"headline": "Another"}, OWN]}], id="a graph of several articles"
        ),
        pytest.param([OWN, {"@type": "ItemList", "itemListElement": [OTHER]}], id="a list of articles"),
        pytest.param(
            [OWN, {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": OTHER}]}],
            id="items of a list",
        ),
        pytest.param([OWN | {"hasPart": [OTHER]}], id="parts"),
        pytest.param([OWN | {"mentions": OTHER}], id="mentions"),
        pytest.param([OWN | {"isPartOf": OTHER}], id="what it is a part of"),
        pytest.param([OWN | {"citation": [OTHER]}], id="citations"),
        pytest.param([OWN | {"comment": [OTHER | {"@type": "SocialMediaPosting"}]}], id="comments"),
        pytest.param(
            [OWN | {"@type": "LiveBlogPosting", "liveBlogUpdate": [UPDATE]}], id="updates of a live blog"
        ),
        pytest.param([OWN | {"@type": "LiveBlogPosting"}, UPDATE], id="updates beside the live blog"),
        pytest.param(
            [{"@type": "Product", "name": "Skates", "review": [OTHER | {"@type": "Review", "url": ""}]}, OWN],
            id="reviews of a product",
        ),
        pytest.param([OWN | {"@type": "Review", "itemReviewed": OTHER}], id="what is reviewed"),
        pytest.param(
            [{"@type": "WebPage", "mainEntity": OWN, "mentions": [OTHER]}], id="what a page is about"
        ),
        pytest.param(
            [OTHER, OWN | {"headline": "Frozen!", "mainEntityOfPage": {"@id": URL}}], id="the page's address"
        ),
        pytest.param(
            [OTHER, OWN | {"headline": "Frozen!", "url": URL + "?utm_source=x"}], id="its address, tracked"
        ),
        pytest.param(
            [OTHER, OWN | {"headline": "Frozen!", "@id": URL + "#article"}], id="a fragment as its name"
        ),
        pytest.param(
            [OTHER, OWN | {"url": "https://canal-gazette.example/"}], id="the home page as its address"
        ),
        pytest.param([OTHER, OWN | {"url": "https://[bad/"}], id="an address that is none"),
    ],
)
def test_the_article_is_the_node_that_agrees_with_the_page(nodes):
    article = read(json.dumps(nodes))
    assert (article.published_at, article.authors, article.access) == (
        OWN["datePublished"],
        ("Ana Moll",),
        None,
    )


@pytest.mark.parametrize(
    "nodes",
    [
        pytest.param([OTHER], id="another page's article"),
        pytest.param(
            [{"@type": "ItemList", "itemListElement": [OTHER | {"url": ""}]}], id="an item of a list"
        ),
        pytest.param([{"@type": "Product", "review": OTHER | {"@type": "Review", "url": ""}}], id="a review"),
        pytest.param([{"@type": "Event", "isAccessibleForFree": False, "subjectOf": OTHER}], id="an event"),
    ],
)
def test_a_node_of_another_thing_gives_the_page_nothing(nodes):
    article = read(json.dumps(nodes))
    assert (article.published_at, article.authors, article.access) == (None, (), None)


def test_parts_of_the_page_say_that_it_is_paid_for():
    part = {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".paid"}
    assert read(json.dumps(OWN | {"hasPart": part})).access == "paywalled"
