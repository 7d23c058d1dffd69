"""What pages show of hits beside the search: what people corrected, and the pictures that the archive holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.archive.search.results import with_correction
from pipelines.archive.views.assets import lead_images

if TYPE_CHECKING:
    from browse.context import ArchiveContext
    from browse.shown_desk import ShownDesk
    from pipelines.archive.search.search import Results


def with_corrections(found: Results, desk: ShownDesk) -> Results:
    """The hits as people corrected them; where that cannot be read, the problem says so."""
    corrected = desk.values.corrected
    hits = tuple(with_correction(hit, corrected.get(hit.url)) for hit in found.hits)
    return replace(found, hits=hits, problem=f"{found.problem} {desk.problem}".strip())


def urls_of(found: Results) -> set[str]:
    """The addresses of the hits."""
    return {hit.url for hit in found.hits}


async def addresses_of_pictures(archive: ArchiveContext, found: Results) -> dict[int, str]:
    """The addresses of the lead images that the archive holds, by the ids of their articles."""
    held = await archive.read(lambda db: lead_images(db, [hit.id for hit in found.hits]))
    return {article: archive.url("asset", capture) for article, capture in held.items()}
