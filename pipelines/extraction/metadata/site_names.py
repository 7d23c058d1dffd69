"""The names a site calls itself, and titles without them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.extraction import jsonld
from pipelines.extraction.tokens import split as words

if TYPE_CHECKING:
    from pipelines.extraction.document import Document

SEPARATOR = re.compile(r"\s+[|–—\-·•»«:/]+\s+|\s*[|｜]\s*|\s+::\s+| - ")
"""What stands between a headline and the site's name, section or slogan."""
EDGES = " |–—-·•"

_SHORTEST_NAME = 3  # a shorter one stands in many words
_BESIDE_NAME = 25  # characters of an edition or a section that a part has besides the site's name
_ORGANISATIONS = frozenset({"newsmediaorganization", "organization", "website"})


def find_site_names(document: Document) -> set[str]:
    """Return what the site calls itself, as lower-case words."""
    names = [
        document.first(
            "og:site_name", "application-name", "apple-mobile-web-app-title", "publisher", "al:ios:app_name"
        ),
        jsonld.to_text(document.article.get("publisher")),
        *(
            jsonld.to_text(node.get("name"))
            for node in document.nodes
            if jsonld.node_types(node) & _ORGANISATIONS
        ),
    ]
    return {" ".join(words(name)) for name in names if name}


def find_host_names(url: str) -> set[str]:
    """Return the host as names: `www.example.org` is known as `example org`, `example` and `www example org`."""
    host = re.sub(r"^www\.", "", url.split("//", 1)[-1].split("/", 1)[0].lower())
    label = re.sub(r"\.(?:com?|org|net|gov|ac)?\.?[a-z]+$", "", host)
    return {" ".join(words(host)), " ".join(words(label)), " ".join(words("www." + host))}


def strip_site_name(title: str, document: Document, names: set[str]) -> str:
    """Return a stated title without the site's name, section and slogan around it.

    `names` are lower-case words, as `find_site_names` returns them.
    """
    parts = SEPARATOR.split(title)
    separators = SEPARATOR.findall(title)
    host = _host(document.url)
    end, start = len(parts), 0
    for n in range(len(parts) - 1, 0, -1):
        if _is_site_name(parts[n], names, host):
            end = n
            break
    if end > 1 and _is_genre(parts[end - 1], separators[end - 2]):
        end -= 1
    if end > 1 and (_is_site_name(parts[0], names, host) or _is_genre(parts[0], separators[0])):
        start = 1
    kept = parts[start:end] or parts
    out = kept[0]
    for n, part in enumerate(kept[1:], start):
        out += separators[n] + part
    return out.strip(EDGES if "«" in out else f"{EDGES}»")


_GENRE = re.compile(
    r"opinion|editorial|commentary|analysis|letters?|kommentar|meinung|analyse|leitartikel|kolumne|tribune|opinión|análisis|opinião|análise|"
    r"editoriale|commento|analisi|opinie|мнение|колонка|社説|社论|사설",
    re.I,
)


def _is_genre(part: str, separator: str) -> bool:
    """Whether a part of a title is what kind of text it is, set apart by a bar."""
    return separator.strip() in ("|", "｜") and _GENRE.fullmatch(part.strip()) is not None


def _is_site_name(part: str, names: set[str], host: str) -> bool:
    """Whether a part of a title is one of the site's names, alone or with a word or two, or its host."""
    text = " ".join(words(part))
    if not text:
        return False
    if text in names:
        return True
    for name in names:
        begins_or_ends = text.startswith(name + " ") or text.endswith(" " + name)
        if len(name) > _SHORTEST_NAME and begins_or_ends and len(text) < len(name) + _BESIDE_NAME:
            return True
    label = re.sub(r"^www\.|\.[a-z.]+$", "", host)
    return len(label) > _SHORTEST_NAME and text.replace(" ", "").replace("www", "") in (
        label,
        label.replace("-", ""),
        host.replace(".", ""),
    )


def _host(url: str) -> str:
    return url.split("//", 1)[-1].split("/", 1)[0].split(":")[0].lower()
