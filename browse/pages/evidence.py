"""The evidence sheet of an article, or of a change: one page to print, with all that proves it and how to check that."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from datasette.utils.asgi import NotFound

from browse import formatting
from browse.context import open_context
from browse.evidence_commands import HELPER, check_capture, check_manifest, check_version
from browse.pages.article import strip_mark
from browse.responses import html_response
from pipelines.archive.views.article import read_article, read_pages
from pipelines.archive.views.diff import compare_texts, compare_words
from pipelines.archive.views.evidence import ProofReader, read_capture_evidence, read_made_captures
from pipelines.timestamps import now

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.evidence_commands import Check
    from pipelines.archive.views.article import ArticleView, VersionView
    from pipelines.archive.views.evidence import CaptureEvidence, ManifestView, Proof, VersionProof

WEB_ARCHIVE = "https://web.archive.org/web/"


class VersionEvidence(NamedTuple):
    """A version with its proof and the captures that it was read from; `web_archive` is a public archive's nearest copy."""

    version: VersionView
    proof: VersionProof | None
    captures: tuple[CaptureEvidence, ...]
    web_archive: str

    @property
    def rendered(self) -> bool:
        """Whether a browser showed the page: what it made of it is among the captures."""
        return any(capture.made for capture in self.captures)


async def evidence(datasette: Datasette, request: Request) -> Response:
    """The sheet of an article's current version, of `?version=`, or of the change `?from=` `?to=`."""
    archive = await open_context(datasette, request)
    number = int(request.url_vars["article"][:18])
    found = await archive.read(lambda db: read_article(db, number))
    if found is None:
        raise NotFound(f"There is no article {number} in this archive.")
    shown = _choose_versions(found, request)
    path = archive.path
    sheet, proofs = await archive.read(lambda db: _read_versions(db, path, found, shown))
    old, new = sheet[0], sheet[-1]
    return await html_response(
        archive,
        "evidence.html",
        article=found,
        row=found.row,
        sheet=sheet,
        is_change=len(sheet) > 1,
        proofs=proofs,
        manifests=_manifests(sheet),
        checks=_checks(path.name, found, sheet),
        title=compare_words(old.version.title, new.version.title),
        standfirst=compare_words(old.version.standfirst, new.version.standfirst),
        paragraphs=[strip_mark(one) for one in compare_texts(old.version.text, new.version.text)],
        printed_at=now(),
        file=path.name,
    )


def _choose_versions(found: ArticleView, request: Request) -> tuple[VersionView, ...]:
    """The version, or both versions of a change, that the address names."""
    by_number = {str(version.number): version for version in found.versions}
    asked = {by_number[name] for name in map(request.args.get, ("from", "to")) if name in by_number}
    if len(asked) == 2:
        old, new = sorted(asked, key=lambda version: version.number)
        return old, found.as_first_seen(new)
    return (by_number.get(request.args.get("version") or "", found.versions[-1]),)


def _read_versions(
    db: sqlite3.Connection, archive: Path, found: ArticleView, shown: tuple[VersionView, ...]
) -> tuple[list[VersionEvidence], tuple[VersionProof, ...]]:
    """What is shown of the versions chosen, and the proofs of all."""
    article_id, reader = found.row["id"], ProofReader(db)
    proofs = reader.read_versions(article_id)
    by_number = {proof.number: proof for proof in proofs}
    sheet = []
    for version in shown:
        ids = [page.id for page in read_pages(db, article_id, version.number)]
        if not ids and version.capture_id is not None:
            ids = [version.capture_id]
        ids = [one for number in ids for one in read_made_captures(db, number)]
        captures = (read_capture_evidence(reader, archive, number) for number in ids)
        kept = tuple(capture for capture in captures if capture is not None)
        url = kept[0].url if kept else found.row["url"]
        at = "".join(filter(str.isdigit, (kept[0].fetched_at if kept else version.seen_at)[:19]))
        link = f"{WEB_ARCHIVE}{at}/{quote(url, safe=':/?&=%+,;@~!$()*')}" if formatting.safe_url(url) else ""
        sheet.append(VersionEvidence(version, by_number.get(version.number), kept, link))
    return sheet, proofs


def _manifests(sheet: list[VersionEvidence]) -> list[ManifestView]:
    """The manifests that cover anything of the sheet, or have its time stamp, each once."""
    found: dict[int, ManifestView] = {}
    for one in sheet:
        for proof in (one.proof and one.proof.proof, *(capture.proof for capture in one.captures)):
            for manifest in proof.chain if proof else ():
                found[manifest.id] = manifest
    return sorted(found.values(), key=lambda manifest: (manifest.number, manifest.id))


def _checks(file: str, found: ArticleView, sheet: list[VersionEvidence]) -> list[Check]:
    """All commands, in the order in which they work, each once."""
    checks: list[Check] = []
    proofs: list[Proof] = []
    for one in sheet:
        for capture in one.captures:
            checks += check_capture(capture)
            proofs += [capture.proof] if capture.proof else []
        if one.proof is not None:
            checks += check_version(file, found.row["id"], found.row["revision"], one.proof)
            proofs += [one.proof.proof] if one.proof.proof else []
    checks = [HELPER, *checks] if proofs else checks
    return list(dict.fromkeys([*checks, *(check for proof in proofs for check in check_manifest(proof))]))
