"""A Datasette plugin, found by its entry point: pages made for reading an archive of Clippings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette import hookimpl

from .tables import metadata

if TYPE_CHECKING:
    from datasette.app import Datasette


@hookimpl
def get_metadata(datasette: Datasette, key: str, database: str, table: str) -> dict[str, Any]:
    """Describe the archive's tables in every attached file: which are archives is not known so early."""
    return metadata([name for name in datasette.databases if not name.startswith("_")])
