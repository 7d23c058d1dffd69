"""A page read by our own rules and by trafilatura: how far the two texts agree, and where they differ."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.clean_text import clean_text
from pipelines.extraction import tokens
from pipelines.extraction.content.render import render_text
from pipelines.extraction.extract import Stages, extract, run
from pipelines.extraction.rescue import read_with_trafilatura
from pipelines.items import EXTRACTORS

if TYPE_CHECKING:
    from pipelines.extraction.extract import Extraction
    from pipelines.items import Page

_WITHOUT_RESCUE = Stages(rescue=())

_LEAST = 250  # characters of the longer text; two short ones agree or not by chance


def measure_agreement(page: Page, read: Extraction | None = None) -> float | None:
    """Return how far our own text and trafilatura's agree, 0 to 1 (F1 of runs of four words); None where neither is long.

    `read` is the page as extracted before, which spares a second reading where our own extractor did it. Our text is what
    our rules found: where that was too little, the article's is trafilatura's, and compared with itself it would agree.
    Trafilatura's text is taken as it is. Cleaned by our stages it agrees better, also on pages that were rebuilt.
    """
    if read is None or page.extractor != "own":
        read = run(replace(page, extractor="own"), _WITHOUT_RESCUE)
    if read.document is None:
        return None
    own = "" if read.parts is None else clean_text(render_text(read.parts.kept))
    other = read_with_trafilatura(read.document.text, page.address)
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
