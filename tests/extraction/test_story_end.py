"""A story ends where the next one begins, and before lists of teasers, comments and the house's rights."""

from __future__ import annotations

import pytest

from tests.extraction.stories import PARAGRAPHS, TITLE, read

MORE = [
    "The keeper's house beside it has stood empty since then, and its roof fell in during the storm of last February.",
    "A painter from the mainland wants to rent it for the summer, if the county puts on new tiles before Whitsun.",
]
STORY = "".join(f"<p>{p}</p>" for p in (*PARAGRAPHS, *MORE))
WHOLE = "\n\n".join((*PARAGRAPHS, *MORE))
OTHER = [
    "The ferry to the outer islands will run on Sundays from May, the harbour company said in a letter to the villages.",
    "It will leave the pier at nine and come back at six, and children under twelve will travel on it without a ticket.",
    "The company bought a second boat for it last autumn, which is being painted in the yard behind the fish market.",
]
NEXT = "".join(f"<p>{p}</p>" for p in OTHER)


def items(pattern: str, count: int = 4) -> str:
    """A list whose items are made alike: each a head and a text."""
    return "".join(
        pattern.format(n=n, text=f"{OTHER[n % 3]} It is the {n}th time.", name=f"Oar{n}")
        for n in range(count)
    )


@pytest.mark.parametrize(
    "after",
    [
        f"</div><div class='css-v'><h1>Ferry to run on Sundays</h1><p class='byline'>Mara Lindqvist</p>{NEXT}",
        f"</div><div class='css-v'><p>Islands</p><h1>Ferry to run on Sundays</h1><p>3 May 2026</p>{NEXT}",
    ],
)
def test_the_next_story(after: str) -> None:
    assert read(f"<div class='css-v'>{STORY}{after}</div>").text == WHOLE


@pytest.mark.parametrize(
    "inside",
    [
        "<h1>What it costs</h1>",  # an h1 for a heading of the story
        "<div><h1>What it costs</h1></div>",
        "</div><div class='css-v'><h1>What it costs</h1>",
        "<h2>What it costs</h2>",
    ],
)
def test_a_heading_of_the_story(inside: str) -> None:
    assert read(f"<div>{STORY}{inside}{NEXT}</div>").text.endswith(OTHER[2])


TEASERS = (
    "<div class='t'><h4><a href='/{n}'>Nets dry earlier than ever</a></h4><span class='x'>{text}</span></div>"
)
ROWS = "<tr><td class='w'>{name}, 4 May 2026, 12:0{n}</td></tr><tr><td class='s'>{text}</td></tr>"


@pytest.mark.parametrize(
    "after",
    [
        f"<div class='css-t'>{items(TEASERS, 3)}</div>",
        f"<table class='css-c'>{items(ROWS)}</table>",
        f"<table class='css-c'>{items(ROWS, 12)}</table>",  # longer than the story
    ],
)
def test_a_list_made_alike(after: str) -> None:
    assert read(f"<div class='css-v'>{STORY}</div>{after}").text == WHOLE


def test_two_items_are_no_list() -> None:
    assert (
        "the 1th time"
        in read(f"<div class='css-v'>{STORY}{items('<h3>2 May 2026</h3><p>{text}</p>', 2)}</div>").text
    )


def test_dated_entries_in_the_markup_of_the_story() -> None:
    """A chronicle in the story: its texts are marked up as the paragraphs above them are."""
    text = read(f"<div>{STORY}{items('<h3>{n} May 2026</h3><p>{text}</p>')}</div>").text
    assert "the 3th time" in text


SNIPPETS = "".join(f"<div class='css-s'>{' '.join(OTHER)} {n}</div>" for n in range(6))


@pytest.mark.parametrize("name", ["sidebar", "related-column", "teasers", "comments"])
def test_a_named_region_after_the_story_is_believed_whatever_its_share(name: str) -> None:
    assert read(f"<div class='css-v'>{STORY}</div><div class='{name}'>{SNIPPETS}</div>").text == WHOLE


def test_a_named_region_above_the_headline_is_believed() -> None:
    assert read(f"<h1>{TITLE}</h1>{STORY}", title="").text == WHOLE
    long = f"<div style='display:none'>{SNIPPETS}</div>"
    assert read(f"{long}<h1>{TITLE}</h1>{STORY}", title="").text == WHOLE


@pytest.mark.parametrize("name", ["sidebar", "promo", "premium paywall", "views"])
def test_a_name_around_the_story_is_not_believed(name: str) -> None:
    assert read(f"<div class='{name}'>{STORY}</div>").text == WHOLE


def test_a_guide_to_products_is_no_list_of_teasers() -> None:
    """It begins with less than the products hold, and each heading is a link."""
    shop = "<div class='p'><h3><a href='https://shop.example/{n}'>A lamp for the pier, {n}</a></h3><span class='x'>{text}</span></div>"
    text = read(f"<div>{STORY}</div><div class='css-p'>{items(shop, 9)}</div>").text
    assert "the 8th time" in text


def test_a_name_on_the_rest_of_the_story_is_not_believed() -> None:
    begun, rest = (f"<p class='t'>{PARAGRAPHS[n]}</p>" for n in (0, 1))
    more = "".join(f"<p class='t'>{p}</p>" for p in (*PARAGRAPHS[2:], *OTHER))
    text = read(f"<div>{STORY}{begun}{rest}<div class='read-more'>{more}</div></div>").text
    assert OTHER[2] in text


@pytest.mark.parametrize(
    "rights",
    [
        "<p>Disclaimer: The Post does not answer for letters from its readers.</p><p>Write to the Post at the pier.</p>",
        "<p>Terms of use:</p><p>Whoever prints a story of the Post again must name it.</p>",
    ],
)
def test_the_rights_of_the_house(rights: str) -> None:
    assert read(f"<div>{STORY}{rights}</div>").text == WHOLE


def test_a_statement_in_the_story_is_no_label_of_rights() -> None:
    first = "<p>Disclaimer: the writer of these lines has sailed with the keeper for three summers.</p>"
    assert read(f"<div>{first}{STORY}</div>").text.startswith("Disclaimer")
