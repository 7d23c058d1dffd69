"""A dossier as a feed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.atom import FeedEntry
from pipelines.dossiers.join import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipelines.desk.dossier_records import Dossier
    from pipelines.dossiers.join import Entry

SUMMARY = 300
"""Characters of a text that stand for it where the article has no standfirst."""


def feed_entries(
    dossier: Dossier, entries: Iterable[Entry], address: Callable[[int], str]
) -> list[FeedEntry]:
    """The entries of a dossier's feed, the last added or changed first; `address` gives the page of an article's id.

    An entry's id is made of the dossier and the address, so that it is the same whatever archive lies there.
    """
    made = [
        FeedEntry(
            key=f"clippings dossier {dossier.uid} {entry.item.url} {entry.item.words_sha256 if entry.item.fixed else ''}",
            title=entry.title,
            link=address(entry.article.row["id"]) if entry.article else entry.item.url,
            updated=entry.item.edited_at,
            published=entry.published_at,
            authors=(entry.article.authors if entry.article else ()) or (entry.source_name or "unknown",),
            summary="\n\n".join(filter(None, (entry.item.note, _summarize(entry)))),
            categories=tuple(filter(None, (entry.source_name, *entry.item.tags))),
            related=entry.item.url,
        )
        for entry in entries
        if entry.state != State.FORGOTTEN
    ]
    return sorted(made, key=lambda entry: entry.updated, reverse=True)


def _summarize(entry: Entry) -> str:
    if entry.shown is None:
        return "This article is not in the archive that lies here now."
    text = entry.shown.standfirst or entry.shown.text
    return text if len(text) <= SUMMARY else f"{text[:SUMMARY].rsplit(' ', 1)[0]} …"
