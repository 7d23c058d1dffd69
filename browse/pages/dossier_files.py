"""A dossier as files: a press review, a feed, and whatever `clippings export` makes of its articles."""

from __future__ import annotations

import asyncio
import io
import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from datasette.utils.asgi import Response

from browse import formatting
from browse.downloads import ENDINGS, articles_download
from browse.responses import file_response, refusal_response, security_headers
from pipelines import atom
from pipelines.archive.export.corpus import write_corpus
from pipelines.archive.export.corrected import load_corrected, usual_columns
from pipelines.archive.export.errors import ExportError
from pipelines.archive.export.fields import choose_fields
from pipelines.archive.export.formats import FORMATS
from pipelines.archive.export.parquet import write_parquet
from pipelines.archive.export.rows import read_rows_of
from pipelines.archive.export.saved import ids_of, load_saved
from pipelines.archive.export.selection import open_shared
from pipelines.archive.search.match import Filters
from pipelines.dossiers.feed import feed_entries
from pipelines.dossiers.join import join_items
from pipelines.dossiers.read import find_saved, place_all, read_evidence
from pipelines.dossiers.review import Review, as_file
from pipelines.dossiers.review_style import STYLE_HASH
from pipelines.timestamps import now

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from browse.context import ArchiveContext
    from pipelines.dossiers.join import Entry
    from pipelines.dossiers.read import DossierRows
    from pipelines.dossiers.review import Evidence

    MakeFile = Callable[[sqlite3.Connection, list[int], Sequence[str]], bytes]

FORMS: Final = (*ENDINGS, "parquet", "zip", "html", "atom")
"""Endings of a dossier's files."""
REVIEW_POLICY: Final = f"default-src 'none'; style-src '{STYLE_HASH}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"


async def dossier_file(archive: ArchiveContext, rows: DossierRows, ending: str) -> Response:
    """A dossier as the file of this ending."""
    stem = file_stem(rows.dossier.name)
    if ending == "html":
        page = as_file(await read_review(archive, rows))
        return file_response(page, f"{stem}.html", "text/html; charset=utf-8")
    if ending == "atom":
        return await _feed(archive, rows)
    if ending in ENDINGS:
        return await articles_download(
            archive, "", Filters(), ending, saved=lambda db: find_saved(db, rows.items)
        )
    make = _make_parquet if ending == "parquet" else _make_corpus
    try:
        body = await asyncio.to_thread(_with_archive, archive, rows, make)
    except ExportError as error:
        return refusal_response(str(error))
    media_type = FORMATS["parquet"].media_type if ending == "parquet" else "application/zip"
    return file_response(body, f"{stem}.{ending}", media_type)


def file_stem(name: str) -> str:
    """The name of a dossier as file names have it."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()[:60] or "dossier"


def _with_archive(archive: ArchiveContext, rows: DossierRows, make: MakeFile) -> bytes:
    with open_shared(archive.path) as db:
        load_corrected(db, rows.corrected)
        saved = find_saved(db, rows.items)
        load_saved(db, saved)
        return make(db, list(ids_of(saved)), usual_columns("parquet", rows.corrected, dossier=True))


def _make_parquet(db: sqlite3.Connection, ids: list[int], columns: Sequence[str]) -> bytes:
    file, fields = io.BytesIO(), choose_fields(columns)
    for _ in write_parquet(file, fields, read_rows_of(db, [ids], fields)):
        pass
    return file.getvalue()


def _make_corpus(db: sqlite3.Connection, ids: list[int], columns: Sequence[str]) -> bytes:
    file = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for _ in write_corpus(Path(folder), db, [ids], choose_fields(columns)):
            pass
        for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
            packed.write(path, path.relative_to(folder))
    return file.getvalue()


async def _feed(archive: ArchiveContext, rows: DossierRows) -> Response:
    entries = await archive.read(lambda db: join_items(db, rows.items, rows.corrected))
    number = rows.dossier.id
    body = atom.atom_feed(
        key=f"clippings dossier {rows.dossier.uid}",
        title=f"Dossier: {rows.dossier.name}",
        page=archive.absolute(archive.url("dossier", number)),
        address=archive.absolute(archive.file_url("dossier", number)),
        entries=feed_entries(
            rows.dossier, entries, lambda article: archive.absolute(archive.url("article", article))
        ),
    )
    return Response(body, headers=security_headers(), content_type="application/atom+xml; charset=utf-8")


async def read_review(archive: ArchiveContext, rows: DossierRows) -> Review:
    """What a press review is made of, by the address: `?texts=0` and `?notes=0` leave these out."""

    def read(db: sqlite3.Connection) -> tuple[list[Entry], dict[int, Evidence]]:
        entries = join_items(db, rows.items, rows.corrected)
        return entries, read_evidence(db, entries)

    entries, evidence = await archive.read(read)
    args = archive.request.args
    return Review(
        rows.dossier,
        entries,
        archive.path.name,
        now(),
        formatting.when,
        formatting.day,
        texts=args.get("texts") != "0",
        with_notes=args.get("notes") != "0",
        notes=place_all(entries, rows.notes),
        evidence=evidence,
    )


async def dossier_review(archive: ArchiveContext, rows: DossierRows) -> Response:
    """The press review as a page: the same bytes as the file, and a way back that is not printed."""
    page = as_file(await read_review(archive, rows), archive.url("dossier", rows.dossier.id))
    return Response.html(page, headers=security_headers(REVIEW_POLICY))
