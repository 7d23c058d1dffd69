"""The text of a page that prints none without scripts: in JSON-LD, in a framework's embedded state, in `template`, in `noscript`.

A browser builds the page from it, so it is what a reader sees. Nothing is taken of a page that is marked as for subscribers,
nor from an object of the state that is another article: the headline or the address must agree.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from lxml import etree

from pipelines.extraction import tolerant_json
from pipelines.extraction.document import squeeze, text_of
from pipelines.extraction.tokens import has_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from pipelines.extraction.document import Document

LEAST = 300
"""Characters that a text has at least."""
_PARAGRAPH = 60  # characters of a paragraph; a list of two is a text
LONGEST = 6_000_000
"""Characters of embedded state that are read."""
MOST_VALUES = 150_000
DEEPEST = 60
"""Objects within objects; those of real states have 30."""
_SHORT_TITLE = 10  # characters of a title that could be that of many pages
NEAR = 3
"""Objects around a body in which its headline may stand."""

_ASSIGNED = re.compile(
    r"(?:window|self|globalThis)?\.?\b(__[A-Z_]{3,40}__|Fusion\.globalContent|[A-Za-z_]*(?:[Ss]tate|STATE|[Dd]ata|DATA))\s*=\s*"
)
_PARSED = re.compile(r"JSON\.parse\(\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')\s*\)")
_MARKUP = re.compile(r"</?(?:p|div|br|h[1-6]|ul|ol|li|blockquote|figure)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"\w+")

_TYPE_KEYS = ("type", "_type", "nodeType", "__typename", "kind", "blockName", "component", "tag", "tagName")
_TEXT_KEYS = ("content", "text", "html", "value", "body", "innerHTML", "markup", "paragraph")
_CHILD_KEYS = (
    "children",
    "content",
    "nodes",
    "items",
    "blocks",
    "elements",
    "data",
    "props",
    "attributes",
    "fields",
)
_TITLE_KEYS = ("headline", "title", "name", "seoTitle", "seo_title", "metaTitle", "basic", "titleText")
_ADDRESS_KEYS = (
    "url",
    "canonical_url",
    "canonicalUrl",
    "canonical",
    "slug",
    "path",
    "uri",
    "permalink",
    "link",
    "websiteUrl",
)
_BODY_KEY = re.compile(r"body|content|text|html|article|story|post|paragraph|maintext", re.IGNORECASE)
_NO_TEXT = re.compile(
    r"image|photo|picture|gallery|video|audio|embed|iframe|advert|\bads?\b|related|recirc|newsletter|promo|social|tweet|oembed"
    r"|script|button|widget|interstitial|podcast|poll|author|caption|credit",
    re.IGNORECASE,
)


class EmbeddedText(NamedTuple):
    """A text as HTML, and where on the page it was, in words for `explain`."""

    markup: str
    where: str


@dataclass(slots=True)
class _Candidate:
    markup: str
    length: int
    near: tuple[dict[str, Any], ...]


def find_embedded_text(document: Document) -> EmbeddedText | None:
    """Return the page's own text where its markup prints none; None when nothing on the page is surely that."""
    body = document.article.get("articleBody")
    if isinstance(body, str) and len(body) >= LEAST:
        return EmbeddedText(_render_body("articleBody", body), "articleBody in JSON-LD")
    for where, state in _read_states(document.tree):
        found = _find_own_body(state, document)
        if found is not None:
            return EmbeddedText(found, where)
    for tag in ("template", "noscript"):
        for element in document.tree.iter(tag):
            if len(text_of(element)) >= LEAST and len(list(element.iter("p"))) > 1:
                inside = [etree.tostring(child, encoding="unicode", method="html") for child in element]
                return EmbeddedText("".join(inside), f"a {tag} element")
    return None


def add_to_page(document: Document, found: EmbeddedText) -> bool:
    """Print an embedded text at the end of the page's body, as a script would; False when the page has none."""
    body = document.tree.find(".//body")
    fragment = etree.fromstring(f"<div>{found.markup}</div>", etree.HTMLParser(remove_comments=True))
    article = None if fragment is None else fragment.find(".//div")
    if body is None or article is None:
        return False
    article.tag = "article"
    article.set("itemprop", "articleBody")
    body.append(article)
    return True


# --- states


def _read_states(tree: _Element) -> Iterator[tuple[str, Any]]:
    """Yield the JSON that scripts hold, with its name, the largest amount of text first read in the page's order."""
    left = LONGEST
    for script in tree.iter("script"):
        text = script.text or ""
        kind = (script.get("type") or "").lower()
        if len(text) < LEAST or "ld+json" in kind:
            continue
        left -= len(text)
        if left < 0:
            return
        name = script.get("id") or "embedded state"
        if kind.endswith("json"):
            state = _parse(text)
            yield name, _resolve_references(state) if name == "__NUXT_DATA__" else state
        else:
            yield from _read_assignments(text)


def _read_assignments(text: str) -> Iterator[tuple[str, Any]]:
    """Yield what a script assigns as JSON, or gives to `JSON.parse`."""
    end = 0
    for match in _ASSIGNED.finditer(text):
        at = match.end()
        if at < end:
            continue
        if text[at : at + 1] in ("{", "["):
            state, end = _decode(text, at)
            yield match[1], state
        elif parsed := _PARSED.match(text, at):
            yield match[1], _parse(_unquote(parsed[1]))
            end = parsed.end()


def _decode(text: str, at: int) -> tuple[Any, int]:
    """Read the JSON value that begins here; where it is none, what can be read of the rest of the script."""
    try:
        return json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return tolerant_json.read(text[at:]), len(text)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return tolerant_json.read(text)


def _unquote(literal: str) -> str:
    """Return the text of a string literal of JavaScript."""
    if literal[0] == "'":
        literal = '"' + literal[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
    try:
        return str(json.loads(literal))
    except ValueError:
        return ""


def _resolve_references(state: Any) -> Any:
    """Return a Nuxt state as objects: it is one list, in which numbers inside objects and lists are places in that list."""
    if not isinstance(state, list):
        return state

    known: dict[int, Any] = {}

    def at(place: Any, depth: int) -> Any:
        if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < len(state):
            return None
        if place not in known and depth < DEEPEST:
            known[place] = None  # what refers to itself holds nothing there
            known[place] = build(state[place], depth + 1)
        return known.get(place)

    def build(value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            return {name: at(one, depth) for name, one in value.items()}
        if isinstance(value, list):
            named = len(value) == 2 and isinstance(value[0], str)  # ["Reactive", 5] and the like
            return at(value[1], depth) if named else [at(one, depth) for one in value]
        return value

    return at(0, 0)


# --- the article in a state


def _find_own_body(state: Any, document: Document) -> str | None:
    """Return the markup of the body whose object has the page's headline or address; the longest of several."""
    titles = {
        _fold(title)
        for title in (document.first("og:title", "twitter:title"), _title_of(document.tree))
        if title
    }
    slug = _slug(document.canonical or document.url)
    own = [found for found in _find_bodies(state) if _is_own(found, titles, slug)]
    return max(own, key=lambda found: found.length).markup if own else None


def _find_bodies(state: Any) -> Iterator[_Candidate]:
    """Yield every value in a state that is the body of some article, with the objects around it."""
    waiting: list[tuple[Any, tuple[dict[str, Any], ...]]] = [(state, ())]
    seen = 0
    while waiting:
        value, near = waiting.pop()
        seen += 1
        if seen > MOST_VALUES or len(near) > DEEPEST:
            continue
        if isinstance(value, dict):
            around = (value, *near)
            for key, one in value.items():
                markup = _render_body(key, one)
                length = len(_TAG.sub("", markup))
                if length >= LEAST:
                    yield _Candidate(markup, length, around[:NEAR])
                if isinstance(one, dict | list):
                    waiting.append((one, around))
        elif isinstance(value, list):
            waiting += [(one, near) for one in value if isinstance(one, dict | list)]


def _render_body(key: str, value: Any) -> str:
    """Return a value as markup if it is a text of sentences, else ""."""
    if isinstance(value, str):
        if len(value) < LEAST or not _BODY_KEY.search(key) or value.lstrip()[:1] in ("{", "["):
            return ""
        markup = value if len(_MARKUP.findall(value)) > 1 else _to_paragraphs(value)
        return markup if has_sentence(_TAG.sub(" ", markup)) else ""
    if isinstance(value, list) and len(value) > 1:
        blocks = [_render_block(one) for one in value]
        told = [block for block in blocks if len(block) > _PARAGRAPH and has_sentence(_TAG.sub(" ", block))]
        return "".join(blocks) if len(told) > 1 else ""
    return ""


def _render_block(block: Any) -> str:
    """Return one block of a body as markup: a paragraph, heading, quotation or list; "" for pictures and the like."""
    if isinstance(block, str):
        return block if _MARKUP.search(block) else f"<p>{html.escape(block)}</p>" if " " in block else ""
    if not isinstance(block, dict):
        return ""
    kind = " ".join(str(block[key]) for key in _TYPE_KEYS if isinstance(block.get(key), str))
    is_teaser = any(_read_named(block, _TITLE_KEYS)) and any(_read_named(block, _ADDRESS_KEYS))
    if not kind or _NO_TEXT.search(kind) or is_teaser:
        return ""
    text = _read_inline(block, 0)
    if not squeeze(_TAG.sub("", text)):
        return ""
    style = f"{kind} {block.get('style') or ''}".lower()
    if re.search(r"head|\bh[1-6]\b|title", style):
        return f"<h2>{text}</h2>"
    if "quote" in style:
        return f"<blockquote><p>{text}</p></blockquote>"
    if "list" in style and isinstance(
        items := next((block[k] for k in ("items", "content", "children") if k in block), None), list
    ):
        return f"<ul>{''.join(f'<li>{_read_inline(item, 1)}</li>' for item in items)}</ul>"
    return text if _MARKUP.search(text) else f"<p>{text}</p>"


def _read_inline(node: Any, depth: int) -> str:
    """Return the words of a block: its own text, else those of its children one behind the other."""
    if isinstance(node, str):
        return node if _TAG.search(node) else html.escape(node)
    if depth > DEEPEST:
        return ""
    if isinstance(node, list):
        return "".join(_read_inline(one, depth + 1) for one in node)
    if not isinstance(node, dict):
        return ""
    for key in _TEXT_KEYS:
        if isinstance(node.get(key), str) and node[key]:
            return _read_inline(node[key], depth + 1)
    for key in _CHILD_KEYS:
        if isinstance(node.get(key), dict | list) and (text := _read_inline(node[key], depth + 1)):
            return text
    return ""


def _is_own(found: _Candidate, titles: set[str], slug: str) -> bool:
    """Whether the nearest object around a body that has a headline or address of its own has the page's."""
    for one in found.near:
        if slug and any(_slug(text) == slug for text in _read_named(one, _ADDRESS_KEYS)):
            return True
        named = [
            folded for text in _read_named(one, _TITLE_KEYS) if len(folded := _fold(text)) > _SHORT_TITLE
        ]
        if named:
            long = [title for title in titles if len(title) > _SHORT_TITLE]
            return any(name in title or title in name for name in named for title in long)
    return False


def _read_named(one: dict[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    """Yield the texts under these names, also within an object under one of them (`headlines: {basic: ...}`)."""
    for name, value in one.items():
        if isinstance(value, str) and name in keys:
            yield value
        elif isinstance(value, dict) and (name in keys or name.rstrip("s") in keys):
            yield from (
                text
                for key, text in value.items()
                if isinstance(text, str) and key in (*keys, "rendered", "basic")
            )


def _to_paragraphs(text: str) -> str:
    return "".join(f"<p>{html.escape(line)}</p>" for line in re.split(r"\n+|<br\s*/?>", text) if line.strip())


def _title_of(tree: _Element) -> str:
    element = tree.find(".//title")
    return "" if element is None else text_of(element)


def _fold(title: str) -> str:
    return " ".join(_WORD.findall(html.unescape(_TAG.sub("", title)).casefold()))


def _slug(url: str) -> str:
    """Return the last part of an address that can name a story, else ""."""
    part = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return part if len(part) > 10 else ""
