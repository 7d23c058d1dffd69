"""Is a page an article at all? What speaks for and against it, and the verdict in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipelines.extraction import jsonld

if TYPE_CHECKING:
    from pipelines.extraction.document import Document
    from pipelines.extraction.story import Story


def verdict(document: Document, story: Story) -> str:
    """Why the page is no article; empty when it is one."""
    return ""


_ = (re, urlsplit, jsonld)
