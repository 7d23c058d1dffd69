"""Pages as they would look after a redesign of their site; `bench.redesigns` measures by them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from lxml import html

from pipelines.extraction.document import squeeze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lxml.html import HtmlElement

_LEAST_LINE = 12  # characters of a line of the answer by which its element is known
_LANDMARKS = frozenset(
    ("article", "main", "section", "aside", "nav", "header", "footer", "figure", "figcaption")
)
_TEXT_TAGS = ("p", "div", "li", "h2", "h3", "h4", "blockquote", "section", "span", "td", "strong", "b")

WALL = {
    "de": (
        "Mit Zustimmung weiterlesen",
        "Wir und unsere Partner speichern Informationen auf Ihrem Gerät und rufen sie ab, etwa durch Cookies. Sie können"
        " Ihre Zustimmung jederzeit in den Einstellungen widerrufen.",
        "Mit Ihrer Zustimmung messen wir, wie oft Anzeigen gesehen werden. Ohne sie können Sie ein Abonnement ohne"
        " Werbung abschließen.",
    ),
    "en": (
        "We value your privacy",
        "We and our partners store and access information on your device, such as cookies. You can withdraw your consent"
        " at any time in the settings.",
        "With your consent we measure how often our advertisements are seen. Without it you can take out a subscription"
        " that has no advertisements.",
    ),
}
"""Heading and paragraphs of a consent wall by language."""


class Teaser(NamedTuple):
    """Another article: its headline, and the beginning of its text."""

    title: str
    words: str


def redesign(page: str, kind: str, answer: str, teasers: Sequence[Teaser]) -> bytes | None:
    """Return a page after the redesign of this kind; None where the elements of its text are not found."""
    tree = parse_source(page)
    text = find_text_elements(tree, answer)
    if len(text) < 2:
        return None
    REDESIGNS[kind](tree, text, teasers)
    written: bytes = html.tostring(tree, encoding="utf-8")
    return written


def parse_source(page: str) -> HtmlElement:
    """Parse a page that was decoded, whatever charset it declares."""
    parser = html.HTMLParser(encoding="utf-8")
    return html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)


def find_text_elements(tree: HtmlElement, answer: str) -> list[HtmlElement]:
    """Return the innermost elements that hold a whole line of the answer."""
    lines = {squeeze(line) for line in answer.split("\n") if len(line) > _LEAST_LINE}
    texts = {element: squeeze(element.text_content()) for element in tree.iter(*_TEXT_TAGS)}
    return [
        element
        for element, text in texts.items()
        if text in lines and not any(texts.get(child) == text for child in element)
    ]


def _rename(elements: Iterable[HtmlElement]) -> None:
    """Give elements names that mean nothing, and take away what else says what they are."""
    for element in elements:
        for name, value in list(element.attrib.items()):
            if name in ("class", "id"):
                element.set(name, " ".join(_meaningless(word) for word in value.split()))
            elif name == "role" or name.startswith(("item", "data-", "aria-")):
                del element.attrib[name]
        if element.tag in _LANDMARKS:
            element.tag = "div"


def _meaningless(name: str) -> str:
    return "c" + hashlib.sha256(name.encode()).hexdigest()[:6]


def rename_body(tree: HtmlElement, text: list[HtmlElement], teasers: Sequence[Teaser]) -> None:
    around = {element for line in text for element in (line, *line.iterancestors())}
    _rename(element for element in around if element.tag not in ("html", "body"))


def rename_page(tree: HtmlElement, text: list[HtmlElement], teasers: Sequence[Teaser]) -> None:
    body = tree.find("body")
    if body is not None:
        _rename(element for element in body.iterdescendants() if isinstance(element.tag, str))


def split_text(tree: HtmlElement, text: list[HtmlElement], teasers: Sequence[Teaser]) -> None:
    """Put the second half of the text at the page's end, in an element of its own."""
    rest = html.Element("div", {"class": _meaningless("rest")})
    body = tree.find("body")
    (tree if body is None else body).append(rest)
    for element in text[len(text) // 2 :]:
        element.tail = None
        rest.append(element)


def put_wall(tree: HtmlElement, text: list[HtmlElement], teasers: Sequence[Teaser]) -> None:
    """Put a consent wall in the place of the text."""
    heading, *paragraphs = WALL.get((tree.get("lang") or "")[:2], WALL["en"])
    wall = html.Element("div", {"class": _meaningless("wall")})
    for tag, words in (("h2", heading), *(("p", words) for words in paragraphs)):
        element = html.Element(tag)
        element.text = words
        wall.append(element)
    text[0].addprevious(wall)
    for element in text:
        element.drop_tree()


def put_teasers(tree: HtmlElement, text: list[HtmlElement], teasers: Sequence[Teaser]) -> None:
    """Put a teaser of another article after every second paragraph, its words marked up as the text is."""
    for number, element in enumerate(text[::2]):
        teaser = teasers[number % len(teasers)]
        box = html.fragment_fromstring(f'<div class="{_meaningless("teaser")}"><h3><a></a></h3><p></p></div>')
        link, words = box[0][0], box[1]
        link.text, words.text = teaser.title, teaser.words
        link.set("href", f"/story/{number}")
        words.set("class", element.get("class") or "")
        box.tail, element.tail = element.tail, None
        element.addnext(box)


REDESIGNS: dict[str, Callable[[HtmlElement, list[HtmlElement], Sequence[Teaser]], None]] = {
    "body class renamed": rename_body,
    "all classes renamed": rename_page,
    "text split in two": split_text,
    "consent wall": put_wall,
    "teasers in the body": put_teasers,
}
"""What a redesign may do, by its name in the table."""
