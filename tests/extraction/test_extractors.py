"""Text by our own extractor and by trafilatura: what is no text of the article is left out of either's."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pipelines.decisions.boilerplate import SiteMemory
from pipelines.extraction import tokens
from pipelines.extraction.extract import EXTRACTOR, extract, run
from pipelines.extraction.extractor_agreement import compare_extractors, measure_agreement
from pipelines.items import EXTRACTORS, Page, Rules
from tests.extraction.stories import PARAGRAPHS
from tests.pages import build, measure

HEADLINE = "Gull Point lighthouse to be lit again"
INTRO = "Nine years after its lamp went out, the village has found a third of the money that the cable costs."


def page_of(body: str, extractor: str = "trafilatura") -> Page:
    html = (
        f'<html lang="en"><head><title>{HEADLINE} | Gull Post</title><meta property="og:title" content="{HEADLINE}">'
        f'<meta property="og:description" content="{INTRO}"><meta property="og:type" content="article">'
        '<meta property="article:published_time" content="2026-03-04T05:06:07+09:00"></head>'
        f"<body>{body}</body></html>"
    )
    url = "https://gullpost.example/2026/03/04/gull-point-lighthouse-lit-again"
    return Page(url=url, body=html.encode(), fetched_at="2026-03-05T00:00:00+00:00", extractor=extractor)


OTHER = "A painter from the mainland wants to rent the keeper's house for the summer, if the county puts on new tiles."
STORY = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
WHOLE = "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("extractor", EXTRACTORS)
@pytest.mark.parametrize(
    ("body", "standfirst"),
    [
        (f"<h1>{HEADLINE}</h1><p class='standfirst'>{INTRO}</p><div>{STORY}</div>", INTRO),
        (f"<h1>{HEADLINE}</h1><div>{STORY}<div class='newsletter'><p>Get the Gull Post by mail every evening, free of charge.</p></div></div>", ""),
        (f"<h1>{HEADLINE}</h1><div>{STORY}<p>Sign up for our newsletter</p></div>", ""),
        (f"<h1>{HEADLINE}</h1><div><p>By Mara Lindqvist</p>{STORY}</div>", ""),
        (f"<h1>{HEADLINE}</h1><div><img src='/1.jpg' alt='{PARAGRAPHS[3]} In a picture.'><p>{PARAGRAPHS[3]} In a picture.</p>{STORY}</div>", ""),
    ],
)  # fmt: skip
def test_what_is_no_text_is_left_out(body: str, standfirst: str, extractor: str) -> None:
    article = extract(page_of(f"<article>{body}</article>", extractor))
    assert article.text == WHOLE
    assert article.standfirst == standfirst


def test_an_article_says_whose_text_it_has() -> None:
    body = f"<article><h1>{HEADLINE}</h1>{STORY}</article>"
    assert extract(page_of(body)).extractor == f"trafilatura+{EXTRACTOR}"
    assert extract(page_of(body, "own")).extractor == EXTRACTOR


def test_a_rule_of_the_site_outranks_either() -> None:
    body = f"<article><h1>{HEADLINE}</h1>{STORY}<div class='own'><p>{OTHER}</p></div></article>"
    article = extract(replace(page_of(body), rules=(Rules(body=(".own",)),)))
    assert article.text == OTHER
    assert article.extractor.startswith(EXTRACTOR)


def test_lists_and_tables_are_written_as_ours() -> None:
    added = "<ul><li>A raffle in May</li><li>A letter to the county</li></ul><table><tr><td>Cable</td><td>900</td></tr></table>"
    text = extract(
        page_of(f"<article><h1>{HEADLINE}</h1>{STORY}{added}{STORY.replace('.', '!')}</article>")
    ).text
    assert "- A raffle in May\n- A letter to the county" in text
    assert "Cable | 900" in text


def test_the_golden_pages_by_trafilatura() -> None:
    """It falls short on the crowded pages, and nowhere else by much."""
    likeness = {}
    for site in build.SITES:
        file = measure.FOLDER / site.id / "0.html"
        url = f"https://{site.id}.example/news/2026/03/{site.id}-ferry-story-0"
        article = extract(Page(url=url, body=file.read_bytes(), extractor="trafilatura"))
        answer = json.loads(file.with_suffix(".json").read_text("utf-8"))
        assert article.outcome is None, site.id
        assert not any(prompt in article.text.split("\n") for prompt in site.prompts), site.id
        likeness[site.id] = measure.likeness(article.text, answer["text"])
    assert min(likeness.values()) > 0.8
    assert sorted(likeness.values())[len(likeness) // 2] > 0.96


def test_site_memory_works_on_either() -> None:
    site, memory = build.SITES[0], SiteMemory()
    texts = []
    for number in range(site.pages):
        url = f"https://{site.id}.example/news/2026/03/{site.id}-ferry-story-{number}"
        body = (measure.FOLDER / site.id / f"{number}.html").read_bytes()
        texts.append(extract(Page(url=url, body=body, extractor="trafilatura")).text)
        memory.learn(str(number), texts[-1])
    assert all(site.notes[0] in text for text in texts)
    assert not any(site.notes[0] in memory.strip(text) for text in texts)


def test_both_texts_as_a_difference() -> None:
    column = "".join(f"<div class='x{n}'><p>{INTRO} For the {n}th time.</p></div>" for n in range(2))
    lines = compare_extractors(page_of(f"<article><h1>{HEADLINE}</h1><div>{STORY}</div></article>{column}"))
    assert lines[0].startswith("agreement: ")
    assert [f"  {p}" for p in PARAGRAPHS] == [line for line in lines[1:] if line.startswith("  ")]


def test_how_far_both_agree_is_the_same_whoever_finds_the_text() -> None:
    whole = f"<article><h1>{HEADLINE}</h1><div>{STORY}</div></article>"
    hidden = f'<h1>{HEADLINE}</h1><div class="comments-list">{STORY}</div>'
    both = [[measure_agreement(page_of(body, name)) for name in EXTRACTORS] for body in (whole, hidden)]
    assert all(own == other for own, other in both)
    assert (both[0][0] or 0) > 0.9
    pages = [page_of(body, name) for body in (whole, hidden) for name in EXTRACTORS]
    assert [measure_agreement(page, run(page)) for page in pages] == [one for pair in both for one in pair]
    assert both[1][0] == 0.0


def test_where_our_rules_find_too_little_trafilatura_is_not_compared_with_itself() -> None:
    """The text is trafilatura's then, and both would agree."""
    menu = "".join(f"<li><a href='/a'>{p}</a></li>" for p in PARAGRAPHS)
    page = page_of(f'<h1>{HEADLINE}</h1><p>{INTRO}</p><ul class="nav menu">{menu}</ul>', "own")
    assert PARAGRAPHS[0] in extract(page).text
    assert measure_agreement(page) == 0.0
    assert measure_agreement(page, run(page)) == 0.0


@pytest.mark.parametrize("body", ["", "<p>Too short to say anything.</p>"])
def test_pages_without_a_text_have_no_agreement(body: str) -> None:
    assert measure_agreement(page_of(body)) is None


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("a b c d e", "a b c d e", 1.0),
        ("a b c d e", "A b, c d e!", 1.0),
        ("a b c d e", "e d c b a", 0.0),
        ("a b c d", "a b c d e f g h", 1 / 3),
        ("", "", 1.0),
        ("", "a b c d", 0.0),
        ("a", "a", 1.0),
        ("a", "b", 0.0),
        ("波崎市議会は", "波崎市議会は", 1.0),
    ],
)
def test_agreement(one: str, other: str, share: float) -> None:
    assert tokens.agreement(one, other) == pytest.approx(share)
