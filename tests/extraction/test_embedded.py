"""Pages that print nothing without scripts: their text is found where the scripts have it, and no other article's is."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import pytest

from pipelines.extraction.extract import extract, run
from pipelines.items import Outcome, Page

TITLE = "Harbour wall to be raised by a metre before the winter storms"
URL = "https://paper.example/2026/11/20/harbour-wall-to-be-raised"
PARAGRAPHS = [
    "Eastmouth will raise its harbour wall by a metre along its whole length, councillors decided on Monday night after three tides.",
    "The work will cost £14m, most of it borrowed over thirty years, and is to begin in the spring at the end nearest the fish market.",
    "\u201cNobody who stood in a cellar that night needs to be told why,\u201d said Maud Ellery, who leads the council, after the vote.",
    "Two councillors voted against the plan, because the wall will hide the view of the water from the houses in Quay Street.",
]
OTHER = [p.replace("harbour wall", "lighthouse").replace("Eastmouth", "Westmouth") for p in PARAGRAPHS] * 3
TEXT = "\n\n".join(PARAGRAPHS)
MARKUP = "".join(f"<p>{escape(p, quote=False)}</p>" for p in PARAGRAPHS)


def page(head: str = "", body: str = "") -> Page:
    html = (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{TITLE} | The Paper</title>"
        f'<meta property="og:title" content="{TITLE}"><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="2026-11-20T09:00:00Z">{head}</head>'
        f'<body><div id="root"></div>{body}</body></html>'
    )
    return Page(url=URL, body=html.encode(), headers=(("Content-Type", "text/html; charset=utf-8"),))


def script(state: Any, name: str = "__NEXT_DATA__") -> str:
    return f'<script id="{name}" type="application/json">{json.dumps(state)}</script>'


def article(**body: Any) -> dict[str, Any]:
    return {
        "props": {
            "pageProps": {
                "article": {"headline": TITLE, **body},
                "related": [{"headline": "Lighthouse dark for a week now", "body": OTHER}],
            }
        }
    }


def spans(text: str) -> list[dict[str, Any]]:
    return [{"_type": "span", "text": text[:20]}, {"_type": "span", "text": text[20:]}]


def devalue(title: str, body: str) -> list[Any]:
    """A state of Nuxt 3: numbers are places in the list."""
    return [
        ["ShallowReactive", 1],
        {"data": 2},
        ["ShallowReactive", 3],
        {"page": 4},
        {"title": 5, "bodyHtml": 6, "views": 7},
        title,
        body,
        12,
    ]


LD = '<script type="application/ld+json">{}</script>'
PAGES = {
    "articleBody": page(
        LD.format(json.dumps({"@type": "NewsArticle", "headline": TITLE, "articleBody": TEXT}))
    ),
    "HTML in __NEXT_DATA__": page(script(article(body=MARKUP))),
    "plain text with line ends": page(script(article(bodyText=TEXT))),
    "a list of paragraphs": page(script(article(paragraphs=PARAGRAPHS))),
    "blocks with HTML": page(
        script(
            article(
                content_elements=[
                    {"type": "image", "caption": "A wall"},
                    *({"type": "text", "content": escape(p, quote=False)} for p in PARAGRAPHS),
                ]
            )
        )
    ),
    "portable text": page(
        script(
            article(body=[{"_type": "block", "style": "normal", "children": spans(p)} for p in PARAGRAPHS])
        )
    ),
    "rich text": page(
        script(
            article(
                body={
                    "nodeType": "document",
                    "content": [
                        {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": p}]}
                        for p in PARAGRAPHS
                    ],
                }
            )
        )
    ),
    "blocks with data": page(
        script(
            article(
                blocks=[{"type": "paragraph", "data": {"text": escape(p, quote=False)}} for p in PARAGRAPHS]
            )
        )
    ),
    "Nuxt 3": page(script(devalue(TITLE, MARKUP), "__NUXT_DATA__")),
    "assigned state": page(
        body=f"<script>window.__INITIAL_STATE__ = {json.dumps(article(body=MARKUP))};(function(){{}})()</script>"
    ),
    "Fusion": page(
        body=f"<script>window.Fusion=window.Fusion||{{}};Fusion.globalContent={json.dumps({'headlines': {'basic': TITLE}, 'content_elements': [{'type': 'text', 'content': p} for p in PARAGRAPHS]})};Fusion.x=1;</script>"
    ),
    "parsed state": page(
        body=f"<script>window.__APOLLO_STATE__=JSON.parse({json.dumps(json.dumps(article(body=MARKUP)))});</script>"
    ),
    "known by its address": page(
        script(
            {
                "page": {"url": URL, "body": MARKUP},
                "next": {"url": "https://paper.example/2026/lighthouse-dark", "body": OTHER},
            }
        )
    ),
    "template": page(body=f"<template shadowrootmode=open><article>{MARKUP}</article></template>"),
    "noscript": page(body=f"<noscript><div>{MARKUP}</div></noscript>"),
}


@pytest.mark.parametrize("given", PAGES.values(), ids=PAGES)
def test_the_text_is_what_the_scripts_would_print(given: Page) -> None:
    result = run(given)
    assert result.article.text == TEXT, result.notes
    assert result.article.outcome is None
    assert result.article.title == TITLE
    assert any("the page prints little text" in note for note in result.notes)


NO_TEXT = {
    "another article's body": page(
        script({"related": [{"headline": "Lighthouse dark for a week now", "body": OTHER}]})
    ),
    "a list of articles under the page's own title": page(
        script(
            {"page": {"title": TITLE, "items": [{"title": "Lighthouse dark for a week now", "body": OTHER}]}}
        )
    ),
    "for subscribers": page(
        LD.format(
            json.dumps(
                {"@type": "NewsArticle", "headline": TITLE, "isAccessibleForFree": False, "articleBody": TEXT}
            )
        )
        + script(article(body=MARKUP))
    ),
    "a request for scripts": page(
        body="<noscript><p>Please enable JavaScript to read this page.</p></noscript>"
    ),
    "broken state": page(
        script("{") + "<script>window.__STATE__ = {a: function(){ return 1 }, b: [</script>"
    ),
}


@pytest.mark.parametrize("given", NO_TEXT.values(), ids=NO_TEXT)
def test_nothing_is_taken_that_is_not_surely_the_articles(given: Page) -> None:
    found = extract(given)
    assert "Eastmouth" not in found.text
    assert "Westmouth" not in found.text
    assert found.outcome in (Outcome.EMPTY, Outcome.NOT_ARTICLE)


def test_a_page_that_prints_its_text_is_read_as_printed() -> None:
    printed = page(
        script(article(body=MARKUP + "<p>Only the state has this sentence, which no reader sees.</p>")),
        f"<article>{MARKUP}</article>",
    )
    assert extract(printed).text == TEXT


@pytest.mark.parametrize("depth", [5_000, 100_000])
def test_a_state_made_to_hurt_costs_little(depth: int) -> None:
    nested = "[" * depth + "]" * depth
    assert extract(page(f'<script id="__NEXT_DATA__" type="application/json">{nested}</script>')).text == ""
    assert extract(page(script([["x", 1], *([[2, 2, 2, 2]] * 30)], "__NUXT_DATA__"))).text == ""
