"""Rules for one site: selectors written by people, by date, and what happens when they are wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from pipelines.extraction.extract import explain, extract
from pipelines.extraction.rules import compile_selector, select_rules
from pipelines.items import Outcome, Page, Rules

BODY = """<html lang="en"><body><h1>Not this one</h1><div id="t">Crane topples at the quay</div>
<span id="who">By Ann A. Tide and Bo Mast</span><time id="d" datetime="2026-03-04T05:06:07+02:00"></time>
<i id="sec">Harbour</i><div id="x"><p>The crane fell over during the storm, and nobody was hurt at all.</p>
<div class="house">A house note that nobody would know for one on a single page.</div>
<p>Engineers will look at its foundations on Thursday, said the harbour master.</p></div>
<div id="y"><p>Another text of about the same length which is not the story of this page at all, really not.</p>
<p>And one more paragraph of it, so that it outweighs the story by some sentences. It goes on and on.</p></div></body></html>"""
RULES = Rules(
    body=("#nowhere", "#x"),
    prune=(".house",),
    title=("//div[@id='t']",),
    authors=("#who",),
    date=("#d",),
    section=("(//i[@id='sec'])",),
)


def page(*rules, fetched_at="2026-03-05T00:00:00+00:00"):
    return Page(url="https://quaypost.example/1", body=BODY.encode(), rules=rules, fetched_at=fetched_at)


def test_rules_give_every_field():
    article = extract(page(RULES))
    assert article.outcome is None
    assert article.title == "Crane topples at the quay"
    assert article.authors == ("Ann A. Tide", "Bo Mast")
    assert (article.published_at, article.published_from) == ("2026-03-04T05:06:07+02:00", "rule")
    assert article.section == "Harbour"
    assert article.text == (
        "The crane fell over during the storm, and nobody was hurt at all.\n\n"
        "Engineers will look at its foundations on Thursday, said the harbour master."
    )


def test_the_rules_of_the_day_hold():
    old, older, today = Rules(until="2025-06-30"), Rules(until="2024-01-01"), Rules(title=("h1",))
    everything = (today, old, older)
    assert select_rules(everything, "2023-05-05T00:00:00Z") is older
    assert select_rules(everything, "2025-06-30T23:00:00Z") is old
    assert select_rules(everything, "2026-01-01T00:00:00Z") is today
    assert select_rules((old,), "2026-01-01T00:00:00Z") is None


def test_an_explanation_says_which_rule_gave_what():
    text = "\n".join(explain(page(RULES)))
    assert "rules: prune took 1 elements out" in text
    assert "rules: title = 'Crane topples at the quay'" in text


@pytest.mark.parametrize(
    "selector", ["//div[", "div >", "a[b", "(", "h1::text", "//made:up", "//p[made-up(.)]"]
)
def test_a_selector_that_cannot_be_read_is_named(selector):
    with pytest.raises(ValueError, match="is not a selector"):
        compile_selector(selector)


@pytest.mark.parametrize(
    "selector", ["//p[contains(@class, 'a(b')]", "//div/child::text()", "(//nav//a)[last()]", "a:not(.b)"]
)
def test_a_selector_that_can_be_read_is_taken(selector):
    assert compile_selector(selector)(etree.fromstring("<html><p/></html>")) == []


def test_a_broken_selector_stops_the_command_and_names_file_and_key(desk):
    seed = desk.seeds / "quaypost.toml"
    seed.write_text(
        'home = "http://morning.example/"\n[[rules]]\ntitle = "h1::text"\nprune = ["div.ad", "//made:up"]\n'
    )
    result = desk.run("crawl")
    assert result.code == 1
    prune, title = result.err.splitlines()
    assert title.startswith("Error: seeds/quaypost.toml: rules 1: title: 'h1::text' is not a selector (")
    assert title.endswith("Leave the :: part out: name the element, its text is taken.")
    assert "rules 1: prune: '//made:up' is not a selector (the prefix made: means nothing in HTML)." in prune


INDEX = """<html lang="en"><head><title>Harbour news - Quay Post</title><meta property="og:type" content="website"></head>
<body class="category"><h1>Harbour</h1><div class="promo">Try the Quay Post for a month.</div><main>{}</main></body></html>"""
TEASERS = (
    "<p>Everything that we print about the harbour, its ships and the people who work there, day by day.</p>"
    "<p>The desk is open from seven in the morning, and whoever has seen something may simply come in. "
    "Letters reach us by post, and what can be printed of them is printed on the last page on Saturday.</p>"
    "<p>Tide tables hang in the window, and the harbour master's notices are read out at noon.</p><ul>"
    + "".join(f'<li><a href="/{n}">Company {n} is late</a></li>' for n in range(12))
    + "</ul>"
)


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        (Rules(prune=(".promo",)), Outcome.NOT_ARTICLE),
        (Rules(body=("#story",)), Outcome.NOT_ARTICLE),
        (Rules(prune=(".promo",), body=("main",)), None),
    ],
    ids=["prune only", "a body rule that finds nothing", "a body rule that finds text"],
)
def test_a_page_is_an_article_when_the_body_rule_finds_text(rules, outcome):
    fetched = Page(
        url="https://quaypost.example/category/harbour/", body=INDEX.format(TEASERS).encode(), rules=(rules,)
    )
    assert extract(fetched).outcome == outcome
    assert extract(replace(fetched, rules=())).outcome == Outcome.NOT_ARTICLE


def test_what_the_rules_find_counts_for_an_article():
    text = "<p>The crane fell over during the storm, and nobody was hurt at all.</p>"
    body = f"<html><body><div class='t'>Crane falls</div><div class='d'>4 March 2026</div><div class='w'>Ann A. Tide</div>{text}</body></html>"
    fetched = Page(url="https://quaypost.example/harbour/crane-falls-over-in-storm", body=body.encode())
    assert extract(fetched).outcome == Outcome.NOT_ARTICLE
    told = extract(replace(fetched, rules=(Rules(title=(".t",), date=(".d",), authors=(".w",)),)))
    assert (told.outcome, told.published_at) == (None, "2026-03-04")
