"""Reading a dossier out of both files: what its page, its files and its commands are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.export.saved import SavedVersion
from pipelines.archive.views.article import read_article, read_capture
from pipelines.archive.views.by_address import find_by_address, find_manifest
from pipelines.desk.corrections import read_corrected
from pipelines.desk.database import Desk, desk_path
from pipelines.desk.dossier_records import SavedArticle
from pipelines.desk.dossiers import find_dossier, get_dossier, list_items
from pipelines.desk.errors import DeskError
from pipelines.desk.notes import notes_on
from pipelines.dossiers.join import State, find_version, join_items, place_notes
from pipelines.dossiers.review import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipelines.archive.connection import Connection
    from pipelines.archive.views.article import ArticleView
    from pipelines.desk.dossier_records import Dossier, DossierItem, Note
    from pipelines.dossiers.join import Entry, PlacedNote
    from pipelines.items import Corrected


class DossierRows(NamedTuple):
    """A dossier as the desk has it; `notes` and `corrected` are those of its articles, by address."""

    dossier: Dossier
    items: list[DossierItem]
    notes: dict[str, list[Note]]
    corrected: dict[str, Corrected]


def read_dossier(desk: Desk, number: int) -> DossierRows | None:
    """A dossier with its articles and the notes on them; None when there is none of that number."""
    dossier = get_dossier(desk, number)
    if dossier is None:
        return None
    items = list_items(desk, number)
    urls = {item.url for item in items if item.url}
    notes = {url: notes_on(desk, url) for url in urls}
    return DossierRows(dossier, items, notes, read_corrected(desk.db, urls))


def find_named(archive: Path, name: str) -> DossierRows:
    """The dossier of this name on the desk beside an archive. Raises `DeskError` that says which there are."""
    path = desk_path(archive)
    if not path.exists():
        raise DeskError(
            f"There is no {path.name} beside {archive}, and so no dossier. Make one in: clippings browse"
        )
    with Desk(path) as desk:
        found = read_dossier(desk, find_dossier(desk, name).id)
    assert found is not None
    return found


def describe_articles(db: Connection, urls: Sequence[str], version: str = "") -> list[SavedArticle]:
    """The articles at these addresses as a dossier or a note saves them, in their order; those not held are left out.

    `version` is the digest of the words of the version wanted, "" for the article as it stands.
    """
    ids = find_by_address(db, set(urls))
    found = []
    for number in dict.fromkeys(ids[url] for url in urls if url in ids):
        article = read_article(db, number)
        if article is not None:
            found.append(describe_article(article, version))
    return found


def describe_article(article: ArticleView, version: str = "") -> SavedArticle:
    """An article as `describe_articles` has it. Raises `DeskError` where it has no such version. Pure."""
    row, chosen = article.row, article.versions[-1]
    if version:
        named = find_version(article, version)
        if named is None:
            raise DeskError("This version is not held any more. Go back and choose one that is.")
        chosen = named
    return SavedArticle(
        row["url"],
        chosen.title,
        row["source_id"],
        row["source_name"],
        row["published_at"],
        chosen.words_sha256,
        chosen.seen_at,
        bool(version),
    )


def find_saved(db: Connection, items: Sequence[DossierItem]) -> list[SavedVersion]:
    """The articles of a dossier that this archive holds, in their order, each as the version that was saved."""
    found = []
    for entry in join_items(db, items, {}):
        if entry.article is None or entry.shown is None:
            continue
        is_version = entry.item.fixed and entry.state != State.NO_VERSION
        number = entry.shown.number if is_version else None
        found.append(SavedVersion(entry.article.row["id"], number, str(entry.state)))
    return found


def read_evidence(db: Connection, entries: Sequence[Entry]) -> dict[int, Evidence]:
    """What the archive can prove of the versions shown, by the numbers of the items."""
    return {
        entry.item.id: Evidence(
            read_capture(db, entry.shown.capture_id),
            find_manifest(db, entry.article.row["id"], entry.shown.number),
        )
        for entry in entries
        if entry.article and entry.shown
    }


def place_all(entries: Sequence[Entry], notes: dict[str, list[Note]]) -> dict[int, list[PlacedNote]]:
    """The notes on a dossier's articles with the places of their passages, by the numbers of the items. Pure."""
    return {
        entry.item.id: place_notes(entry.article, entry.shown, notes[entry.item.url])
        for entry in entries
        if entry.article and entry.shown and notes.get(entry.item.url)
    }
