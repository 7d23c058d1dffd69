"""Which links of a page look like articles, by the URL and the text of the link alone."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.listings.dates import date_in_url
from crawler.listings.url_words import ARTICLE_WORDS, ID_NAMES, LISTS, OFTEN_LISTS, SERVICES
from pipelines.extraction.tokens import UNSPACED
from pipelines.urls.normalize import key, same_site

POINTS_NEEDED = 3
"""Points that make a link an article: one strong sign (a date, a long number, a long slug), or two weak ones."""

_NOT_PAGES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|css|js|json|xml|rss|atom|rdf|pdf|docx?|xlsx?|pptx?|odt|epub|zip|"
    r"gz|rar|7z|tar|exe|dmg|apk|mp3|m4a|wav|ogg|mp4|m3u8|mov|avi|webm|woff2?|ttf|ics|vcf|txt|csv)$",
    re.IGNORECASE,
)
_PAGE_ENDING = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp|cfm|do|nhn|ece|xhtml|cms)$", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_HASH_LIKE = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,40}", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d{5,}")
_MONTH_PATH = re.compile(r"/(?:19|20)\d\d/(?:0?[1-9]|1[0-2])(?=/[^/])")
_PAGING = re.compile(r"/(?:page|paged|seite|pagina|p)[/-]?\d+/?$", re.IGNORECASE)
_WORD_SPLIT = re.compile(r"[-_+.,~ ]+")


def looks_like_article(url: str, anchor_text: str, source_home: str) -> bool:
    """Whether a link of a source's page probably leads to an article.

    Errs towards yes where the text reads like a headline: extraction finds out a page that is no article, but an
    article that is not fetched is lost. Always no for other sites, the home page, and files.
    """
    if not same_site(url, source_home) or key(url) == key(source_home):
        return False
    return _points(url) + _words_points(anchor_text) >= POINTS_NEEDED


def is_headline(text: str) -> bool:
    """Whether a text has four words, or twelve characters of a script without spaces: more than a menu item has."""
    return len(text.split()) >= 4 or len(UNSPACED.findall(text)) >= 12


def is_list_or_service(url: str) -> bool:
    """Whether the words of a path name a list, a form or a service."""
    segments = _segments(url)
    words = LISTS | OFTEN_LISTS | SERVICES
    return any(segment in words for segment in segments) or bool(_PAGING.search(urlsplit(url).path))


def _words_points(text: str) -> int:
    """Points of the text. A menu item has a word or two; an empty text says nothing: the link may be a picture."""
    if is_headline(text):
        return 2
    words, characters = len(text.split()), len(UNSPACED.findall(text))
    if words == 3 or characters >= 8:
        return 1
    return -1 if words else 0


@lru_cache(maxsize=4096)
def _segments(url: str) -> tuple[str, ...]:
    path = unquote(urlsplit(url).path).lower()
    return tuple(segment for segment in path.split("/") if segment)


def _points(url: str) -> int:
    """Points for and against an article, from the URL alone."""
    parts = urlsplit(url)
    if _NOT_PAGES.search(parts.path):
        return -9
    segments = _segments(url)
    if not segments:
        return _query_points(parts.query) - 1
    if segments[-1] in SERVICES or segments[0] in SERVICES:
        return -9
    last = _PAGE_ENDING.sub("", segments[-1])
    points = _slug_points(last) + _number_points(url, segments, last) + _query_points(parts.query)
    if last != segments[-1]:
        points += 1
    if len(segments) > 1:
        points += 1
    if any(segment in ARTICLE_WORDS for segment in segments[:-1]) or segments[-1] in ARTICLE_WORDS:
        points += len(segments) > 1
    if any(segment in LISTS or segment in SERVICES for segment in segments):
        points -= 2 if date_in_url(url) else 4
    points -= 2 * any(segment in OFTEN_LISTS for segment in segments) + 2 * (segments[-1] in OFTEN_LISTS)
    points -= 4 * bool(_PAGING.search(parts.path))
    if len(segments) == 1 and points == 0 and len(last) < 15:
        points -= 2
    return points


def _slug_points(slug: str) -> int:
    """Points of a headline in the URL: more for more words. Scripts without spaces count by characters."""
    words = [word for word in _WORD_SPLIT.split(slug) if len(word) > 1 and not word.isdigit()]
    count = max(len(words), len(UNSPACED.findall(slug)) // 3)
    if count >= 5:
        return 4
    return {4: 3, 3: 2, 2: 1}.get(count, 0)


def _number_points(url: str, segments: tuple[str, ...], last: str) -> int:
    if date_in_url(url) or _UUID.search(last):
        return 3
    path = "/".join(segments)
    if _LONG_NUMBER.search(path):
        return 3
    points = 2 if _MONTH_PATH.search(f"/{path}") else 0
    if any(char.isdigit() for char in last):
        points += 2 if last.isdigit() and len(last) >= 3 else 1
        points += any(_HASH_LIKE.fullmatch(word) for word in _WORD_SPLIT.split(last))
    return points


def _query_points(query: str) -> int:
    if not query:
        return 0
    best = 0
    for name, value in parse_qsl(query):
        if name.lower() in ID_NAMES and any(char.isdigit() for char in value):
            best = max(best, 3 if len(value) >= 4 else 2)
    return best
