"""The sources with their feeds as OPML 2.0, which every feed reader takes, and `seeds/` too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    import sqlite3

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML 1.0 cannot hold, not even escaped."""
_SOURCES = """
SELECT id, name, home, language FROM sources
WHERE followed AND (:only = '[]' OR id IN (SELECT value FROM json_each(:only))) ORDER BY name, id
"""
_FEEDS = """
SELECT url FROM listings WHERE source_id = ? AND kind = 'feed' AND answered_at IS NOT NULL ORDER BY id
"""


def write_opml(db: sqlite3.Connection, only: str = "[]") -> tuple[bytes, int]:
    """The sources that are followed, or of these those that a JSON list names, and how many they are.

    A source without a feed that ever answered has its home alone.
    """
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "Sources of Clippings"
    body = ET.SubElement(root, "body")
    sources = db.execute(_SOURCES, {"only": only}).fetchall()
    for key, name, home, language in sources:
        group = _add(body, text=name, title=name, htmlUrl=home, language=language or "")
        for (url,) in db.execute(_FEEDS, [key]):
            _add(group, type="rss", text=name, title=name, xmlUrl=url, htmlUrl=home, language=language or "")
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n", len(sources)


def _add(parent: ET.Element, **attributes: str) -> ET.Element:
    clean = {name: _ILLEGAL.sub("\ufffd", value) for name, value in attributes.items() if value}
    return ET.SubElement(parent, "outline", clean)
