"""The model by which py3langid tells languages, with a copy of its tables in the user's cache folder.

py3langid has them packed by xz, and unpacks and converts 68 MB at each start, for .6 to .7 s of CPU: a fifth of what a
crawl of one page takes. The copy, packed by zstd, is read in .08 s and takes 7 MB (as they are: .04 s and 68 MB).
Nothing depends on it: where it cannot be written or read, py3langid unpacks its own.
"""

from __future__ import annotations

import json
import logging
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np
from platformdirs import user_cache_path

from pipelines.zstd import zstd

log = logging.getLogger("clippings")

_LAYOUT = 1  # of the file: what `_write` writes and `_read` reads
_TABLES = ("nb_ptc", "nb_pc", "tk_nextmove", "tk_row", "tk_output")  # attributes of `LanguageIdentifier`
_OPTIONS: dict[int, int] = {
    zstd.CompressionParameter.compression_level: 3,
    zstd.CompressionParameter.checksum_flag: 1,
}
"""Level 3 takes .15 s and leaves 6.8 MB; 6 takes .47 s and leaves 6.3 MB. Both are read in the same time."""


class Identifier(Protocol):
    """What is asked of py3langid's `LanguageIdentifier`."""

    @property
    def labels(self) -> list[str]: ...

    def classify(self, text: str, /) -> tuple[str, float]: ...


def load_identifier() -> Identifier:
    """Return py3langid's identifier of languages, with chances from 0 to 1; make the copy where there is none."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    file = None
    try:
        file = _find_file()
        return _read(file)
    except Exception as error:  # without a home or a copy, or with a damaged one
        log.debug("No copy of the language model: %r", error)
    identifier: Identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    if file:
        try:
            _write(file, identifier)
        except Exception as error:  # a full disk, somebody else's folder, tables of a new kind
            log.debug("The language model cannot be copied: %r", error)
    return identifier


def _find_file() -> Path:
    """Return the path of the copy, of which each model, py3langid and order of bytes has another."""
    from py3langid import __version__
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    made_of = sha256(f"{_LAYOUT} {__version__} {sys.byteorder} ".encode())
    made_of.update((MODEL_DIR / MODEL_FILE).read_bytes())
    return user_cache_path("clippings", appauthor=False) / f"languages-{made_of.hexdigest()[:16]}.zst"


def _write(file: Path, identifier: Any) -> None:
    """Write a line of JSON and the bytes of each table: whole or not at all, also when two processes write at once."""
    tables = {name: np.ascontiguousarray(getattr(identifier, name)) for name in _TABLES}
    kinds = {name: (table.dtype.str, table.shape) for name, table in tables.items()}
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=file.parent) as folder:
        part = Path(folder) / file.name
        with zstd.open(part, "wb", options=_OPTIONS) as packed:
            packed.write(json.dumps({"nb_classes": identifier.nb_classes, "tables": kinds}).encode() + b"\n")
            for table in tables.values():
                packed.write(table.data.cast("B"))
        part.replace(file)


def _read(file: Path) -> Identifier:
    """Return the identifier with the tables of the copy. A damaged one may raise anything."""
    from py3langid.langid import LanguageIdentifier

    with zstd.open(file, "rb") as packed:
        head = json.loads(packed.readline())
        tables = {name: np.empty(shape, kind) for name, (kind, shape) in head["tables"].items()}
        for table in tables.values():  # filled in place: bytes to be converted would take .08 s more
            view = table.data.cast("B")
            if packed.readinto(view) < len(view):
                raise ValueError("shorter than its tables")
        if packed.read(1):  # at the end zstd compares its checksum
            raise ValueError("longer than its tables")
    # A text's bytes are looked up in memoryviews as fast as in py3langid's arrays, which would be copies.
    identifier: Identifier = LanguageIdentifier(
        nb_ptc=tables["nb_ptc"],
        nb_pc=tables["nb_pc"],
        nb_classes=head["nb_classes"],
        tk_nextmove=tables["tk_nextmove"].data,
        tk_row=tables["tk_row"].data,
        tk_output=tables["tk_output"].tolist(),
        norm_probs=True,
    )
    return identifier
