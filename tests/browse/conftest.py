"""Datasette in process on the archive of a test module, which has a fixture `archive` of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import reading_room

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from datasette.app import Datasette


@pytest.fixture
async def room(archive: Path) -> AsyncIterator[Datasette]:
    """Datasette as `datasette FILE` starts it, closed after the test."""
    datasette = await reading_room.in_process(archive)
    yield datasette
    reading_room.close(datasette)


@pytest.fixture
async def here(archive: Path) -> AsyncIterator[Datasette]:
    """Datasette as `clippings browse` starts it, with nothing on the desk, closed after the test."""
    (archive.parent / "desk.db").unlink(missing_ok=True)
    datasette = await reading_room.room(archive)
    yield datasette
    reading_room.close(datasette)
