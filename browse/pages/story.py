"""A story: the articles that carry the same text, and two of them compared word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound

from browse.context import open_context
from browse.responses import html_response, ticks_response
from browse.shown_desk import read_keeping
from pipelines.archive.views.diff import compare_texts, compare_words
from pipelines.archive.views.story import read_story

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.context import ArchiveContext
    from pipelines.archive.views.story import StoryArticle, StoryView


async def story(datasette: Datasette, request: Request) -> Response:
    """The articles of the story that an article belongs to."""
    archive = await open_context(datasette, request)
    found = await _read_story(archive)
    keeping = await read_keeping(archive)
    return await ticks_response(
        archive,
        "story.html",
        keeping,
        story=found,
        asked=_asked(archive),
    )


async def compare(datasette: Datasette, request: Request) -> Response:
    """Two articles of a story, word by word: `from` and `to` are their ids; else the first and the article itself."""
    archive = await open_context(datasette, request)
    found = await _read_story(archive)
    by_id = {str(article.id): article for article in found.articles}
    first = _choose(by_id, request.args.get("from"), found.articles[0])
    own = by_id.get(archive.request.url_vars["article"], found.articles[-1])
    other = _choose(by_id, request.args.get("to"), own if own is not first else found.articles[-1])
    return await html_response(
        archive,
        "story_compare.html",
        story=found,
        first=first,
        other=other,
        title=compare_words(first.title, other.title),
        paragraphs=compare_texts(first.text, other.text),
    )


def _choose(by_id: dict[str, StoryArticle], wanted: str | None, otherwise: StoryArticle) -> StoryArticle:
    return by_id.get(wanted or "", otherwise)


def _asked(archive: ArchiveContext) -> int:
    return int(archive.request.url_vars["article"][:18])


async def _read_story(archive: ArchiveContext) -> StoryView:
    number = _asked(archive)
    found = await archive.read(lambda db: read_story(db, number))
    if found is None:
        raise NotFound("No other article that is archived here carries this text.")
    return found
