"""A story on a page of the tests' own, into which parts are set."""

from __future__ import annotations

from pipelines.extraction.extract import extract
from pipelines.items import Article, Page

PARAGRAPHS = [
    "The lighthouse on Gull Point will be lit again in the spring, the coast office told fishermen on Monday evening.",
    "Its lamp went out nine years ago, when the last keeper left the island and the cable to the mainland broke.",
    "Two divers looked at the cable in October and found that it can be joined for less than a new one would cost.",
    "The village has raised a third of the money by a raffle and asks the county for what is left of the bill.",
]
STORY = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)


TITLE = "Gull Point lighthouse to be lit again"


def read(body: str, title: str = TITLE, lang: str = "en", stated: str = "") -> Article:
    """The article on a page with this body under the headline."""
    heading = f"<h1>{title}</h1>" if title else ""
    page = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{stated or TITLE} | Gull Post</title></head><body>'
        f'<article>{heading}<p class="meta"><time datetime="2026-11-23T09:00:00+01:00">23 November 2026</time></p>'
        f"{body}</article></body></html>"
    )
    return extract(
        Page(
            url="https://gullpost.example/news/2026/gull-point-lighthouse-lit-again",
            body=page.encode(),
            headers=(("Content-Type", "text/html; charset=utf-8"),),
            fetched_at="2026-11-24T12:00:00+00:00",
        )
    )


def first_line(markup: str, lang: str = "en") -> str:
    """What a phrase in the first paragraph of a story becomes."""
    before, after = "The coast office said on Monday that ", " was what the fishermen heard in the evening."
    text = read(f"<p>{before}{markup}{after}</p>{STORY}", lang=lang).text.split("\n")[0]
    assert text.startswith(before)
    assert text.endswith(after)
    return text[len(before) : -len(after)]
