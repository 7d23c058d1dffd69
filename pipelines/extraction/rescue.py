"""A second opinion where too little text was found: trafilatura's text in our syntax. Its only importer."""

from __future__ import annotations

import logging
from typing import Any

from trafilatura import bare_extraction
from trafilatura.meta import reset_caches

from pipelines.extraction.document import squeeze
from pipelines.extraction.notices import MARK, is_notice

_CALLS_BETWEEN_RESETS = 200  # its caches grow with every page

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # its errors are our outcomes
_calls = 0


def read_with_trafilatura(page_text: str, url: str) -> str:
    """Return trafilatura's text of the page; "" when it finds none or fails."""
    global _calls
    _calls += 1
    if _calls % _CALLS_BETWEEN_RESETS == 0:
        reset_caches()
    try:
        result = bare_extraction(
            page_text, url=url, fast=True, include_comments=False, include_formatting=True
        )
    except Exception:  # control characters and the like: a second opinion less, not a page less
        return ""
    body = getattr(result, "body", None)
    return "\n\n".join(_render_blocks(body)) if body is not None else ""


def _render_blocks(body: Any) -> list[str]:
    blocks: list[str] = []
    for element in body:
        text = _text(element)
        if not text:
            continue
        if element.tag == "head":
            blocks.append(f"## {text}")
        elif element.tag == "list":
            items = [item for i in element.iter("item") if (item := _text(i))]
            blocks.append("\n".join(f"- {item}" for item in items) or text)
        elif element.tag == "quote":
            blocks.append(f"> {text}")
        elif element.tag == "table":
            rows = [[_text(cell) for cell in row.iter("cell")] for row in element.iter("row")]
            blocks.append("\n".join(" | ".join(cells) for cells in rows if any(cells)))
        else:
            blocks.append(f"{MARK}{text}" if is_notice(text) else text)
    return blocks


def _text(element: Any) -> str:
    return squeeze("".join(element.itertext()))
