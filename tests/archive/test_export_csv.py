"""Lines of a CSV file: those of Python's `csv.writer`, which takes ten times as long."""

from __future__ import annotations

import csv
import io
from itertools import product

import pytest

from pipelines.archive.export.encoders import csv_line

CELLS = [
    None,
    "",
    " ",
    "a b",
    "a,b",
    '"',
    'a "b" c',
    "a\nb",
    "\r",
    "\r\n",
    "'=1",
    "é東;\t\0\x85\u2028",
    0,
    -1.5,
    1e30,
    True,
]


@pytest.mark.parametrize("length", range(4))
def test_a_line_is_that_of_the_standard_library(length: int) -> None:
    rows = list(product(CELLS, repeat=length))
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    assert "".join(map(csv_line, rows)) == out.getvalue()
