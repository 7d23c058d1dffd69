"""Datasette in process on the archive of a test module, which has a fixture `archive` of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reading_room import in_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from datasette.app import Datasette


@pytest.fixture
async def room(archive: Path) -> AsyncIterator[Datasette]:
    """Datasette as `datasette FILE` starts it, closed after the test."""
    datasette = await in_process(archive)
    yield datasette
    for database in datasette.databases.values():
        database.close()
    datasette.executor.shutdown()
