"""The archive: the only code that opens archive.db (and, with captures, `warc/` beside it).

`Archive(path)` opens the file for writing and brings it to today's shape. Reading for people is in
`search.py` and `reading.py`, which open the file read-only and do not need this class.
"""

from __future__ import annotations

from pipelines.archive.database import Archive
from pipelines.archive.errors import ArchiveError

__all__ = ["Archive", "ArchiveError"]
