"""A page read by our own rules and by trafilatura: how far the two texts agree, and where they differ."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.extraction import tokens
from pipelines.extraction.extract import Stages, extract, run
from pipelines.extraction.rescue import read_with_trafilatura
from pipelines.items import EXTRACTORS

if TYPE_CHECKING:
    from pipelines.items import Page

_WITHOUT_RESCUE = Stages(rescue=())
"""Where our rules find too little, the text is trafilatura's: compared with itself it would agree."""

_LEAST = 250  # characters of the longer text; two short ones agree or not by chance


def measure_agreement(page: Page) -> float | None:
    """Return how far our own text and trafilatura's agree, 0 to 1 (F1 of runs of four words); None where neither is long.

    Trafilatura's text is taken as it is. Cleaned by our stages it agrees better, also on pages that were rebuilt.
    """
    read = run(replace(page, extractor="own"), _WITHOUT_RESCUE)
    if read.document is None:
        return None
    own, other = read.article.text, read_with_trafilatura(read.document.text, page.address)
    return tokens.agreement(own, other) if max(len(own), len(other)) >= _LEAST else None


def compare_extractors(page: Page) -> list[str]:
    """Return the page's text by our own extractor and by trafilatura, as a difference, line by line.

    Lines of our own alone begin `- `, lines of trafilatura alone `+ `, common ones with two blanks.
    """
    own, other = (extract(replace(page, extractor=name)).text.split("\n") for name in EXTRACTORS)
    share = tokens.agreement("\n".join(own), "\n".join(other))
    lines = (line for line in difflib.ndiff(own, other) if line[:1] != "?" and line.strip())
    plain = measure_agreement(page)
    watched = "" if plain is None else f"; before our stages clean trafilatura's {plain:.3f}"
    return [f"agreement: {share:.3f}{watched} (- own alone, + trafilatura alone)", *lines]
