from __future__ import annotations
from dataclasses import dataclass, field
from pipelines.items import Hints
FEED_PLACES=("/feed.xml",); SITEMAP_PLACES=("/sitemap.xml",)
@dataclass(frozen=True)
class Entry:
    url:str
    hints:Hints=Hints()
@dataclass(frozen=True)
class More:
    kind:str
    url:str
    modified_at:str=""
@dataclass(frozen=True)
class Listing:
    kind:str
    entries:list[Entry]=field(default_factory=list)
    more:list[More]=field(default_factory=list)
    error:str=""
