"""Style sheets and scripts are where the pages say: Datasette serves them under the distribution's name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from datasette.app import Datasette

from pipelines.archive.database import Archive

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "page", ["/-/clippings/archive", "/-/clippings/archive/attention?q=tide", "/archive/clippings"]
)
async def test_every_file_of_a_page_is_served(tmp_path: Path, page: str) -> None:
    path = tmp_path / "archive.db"
    Archive(path).close()
    client = Datasette([str(path)]).client
    text = (await client.get(page, follow_redirects=True)).text
    files = re.findall(r'(?:href|src)="(/-/static-plugins/[^"]+\.(?:css|js))"', text)
    assert any("/clippings" in file for file in files)
    assert {file: (await client.get(file)).status_code for file in files} == dict.fromkeys(files, 200)
