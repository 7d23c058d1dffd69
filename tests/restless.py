"""An article page that is never the same twice although nobody edits it: a clock, a counter and a rotating box."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = "http://paper.example/"

P1 = "The ferry to the islands will sail every hour from Monday, the harbour office said on Friday evening."
P2 = "Three boats have been hired for the winter, and a fourth is being repaired in the yard at the old pier."
P3 = "Fares stay as they are until spring, when the council will decide about a ticket for the whole season."
P4 = "Islanders had asked for more boats since the summer, when many could not get home after nightfall."

TEASERS = [
    "Mayor opens the new bridge",
    "Cat found after nine years",
    "Bakers want a longer night",
    "Snow expected in the hills",
    "Choir sings in empty pool",
]
PROSE = [
    "The mayor has opened the new bridge over the river after four years of work.",
    "A cat that went missing nine years ago was found in a lighthouse this week.",
    "Bakers in the old town ask for leave to begin their work an hour earlier.",
    "Up to ten centimetres of snow may fall in the hills before Thursday.",
    "An amateur choir gave a concert on the floor of the drained swimming pool.",
]


def box(count: int) -> str:
    """One teaser in a box of its own."""
    return f'<div class="box"><p>{PROSE[count % 5]}</p></div>'


def link(count: int) -> str:
    """One teaser that is a link."""
    return f'<div><a href="/other">{PROSE[count % 5]}</a></div>'


def paragraph(count: int) -> str:
    """One teaser that looks like a paragraph of the article."""
    return f"<p>{PROSE[count % 5]}</p>"


def cards(count: int) -> str:
    """A list of three, headline and summary each."""
    shown = [(count + step) % 5 for step in range(3)]
    return "<ul>" + "".join(f"<li><b>{TEASERS[n]}</b><br>{PROSE[n]}</li>" for n in shown) + "</ul>"


def column(count: int) -> str:
    """Three summaries that look like paragraphs; at each look the first goes and another comes last."""
    return "".join(f"<p>{PROSE[(count + step) % 5]}</p>" for step in range(3))


LAYOUTS = {found.__name__: found for found in (box, link, paragraph, cards, column)}


def page_of(layout: str) -> Callable[[int], str]:
    """The page by the number of times it was asked for."""
    rotating, title = LAYOUTS[layout], f"Ferry to sail hourly ({layout})"

    def page(count: int) -> str:
        return (
            f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>"
            f"<p>Monday 23 November 2026, 14:{count % 60:02}:{count * 7 % 60:02}</p><p>{P1}</p><p>{P2}</p>"
            f"{rotating(count)}<p>{P3}</p><p>{P4}</p><p>Read {1000 + count} times</p></article></body></html>"
        )

    return page
