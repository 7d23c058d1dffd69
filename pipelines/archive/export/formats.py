"""The formats of an export, and which of them a file's name means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.archive.export.errors import ExportError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Format:
    """`streamed` formats may go to standard output; `folder` ones are a folder; `media_type` is of a file."""

    name: str
    suffixes: tuple[str, ...]
    media_type: str
    streamed: bool = True
    folder: bool = False


FORMATS = {
    one.name: one
    for one in (
        Format("csv", (".csv",), "text/csv; charset=utf-8"),
        Format("jsonl", (".jsonl", ".ndjson"), "application/x-ndjson"),
        Format("ris", (".ris",), "application/x-research-info-systems"),
        Format("bibtex", (".bib", ".bibtex"), "application/x-bibtex"),
        Format("csl", (".csl.json",), "application/vnd.citationstyles.csl+json"),
        Format("opml", (".opml",), "text/x-opml"),
        Format("parquet", (".parquet",), "application/vnd.apache.parquet", streamed=False),
        Format("text", (), "", streamed=False, folder=True),
        Format("wacz", (".wacz",), "application/wacz", streamed=False),
        Format("bagit", (), "", streamed=False, folder=True),
    )
}
TABULAR = ("csv", "jsonl", "parquet")
"""Formats with columns, of which a data package can be made."""
WITH_COLUMNS = (*TABULAR, "text")


def choose_format(name: str | None, target: Path | None, *, package: bool = False) -> Format:
    """The format that was named, else the one that the target's name means; CSV for standard output and packages.

    Raises `ExportError`.
    """
    if name:
        return FORMATS[name]
    if target is None or (not target.suffix and package):
        return FORMATS["csv"]
    ending = target.name.lower()
    for one in FORMATS.values():
        if ending.endswith(one.suffixes):
            return one
    known = ", ".join(suffix for one in FORMATS.values() for suffix in one.suffixes)
    hint = "For JSON write .jsonl (articles) or .csl.json (citations). " if ending.endswith(".json") else ""
    raise ExportError(
        f"{target}: its name does not say which format is wanted. {hint}End it in one of {known}, or add --format (text for a corpus folder, bagit for a deposit)."
    )
