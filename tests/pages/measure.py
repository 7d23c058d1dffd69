"""How well the extractor does on the golden pages, and the floor it must not fall below."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import Any

from pipelines.decisions.boilerplate import SiteMemory
from pipelines.extraction.extract import extract
from pipelines.items import Article, Page
from tests.pages.build import FOLDER

FLOOR = Path(__file__).parent / "floor.json"
_TOKEN = re.compile(r"[぀-ヿ㐀-鿿가-힣฀-๿]|\w+")
FIELDS = ("title", "standfirst", "authors", "published_at", "section", "language", "image_caption")


def extracted(memory: bool = True) -> dict[str, tuple[dict[str, Any], Article, str]]:
    """By page: the answer, the article found, and its text after its site's memory has cleaned it."""
    found: dict[str, tuple[dict[str, Any], Article, str]] = {}
    for folder in sorted(FOLDER.iterdir()):
        site = SiteMemory()
        articles = {}
        for path in sorted(folder.glob("*.html")):
            url = f"https://{folder.name}.example/news/2026/03/{folder.name}-ferry-story-{path.stem}"
            article = extract(Page(url=url, body=path.read_bytes(), fetched_at="2026-03-20T00:00:00+00:00"))
            articles[path] = article
            site.learn(path.stem, article.text)
        for path, article in articles.items():
            answer = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            text = site.strip(article.text) if memory else article.text
            found[f"{folder.name}/{path.stem}"] = (answer, article, text)
    return found


def _grams(text: str) -> Counter[tuple[str, ...]]:
    tokens = _TOKEN.findall(text)
    return Counter(tuple(tokens[i : i + 4]) for i in range(max(1, len(tokens) - 3)) if tokens)


def likeness(found: str, wanted: str) -> float:
    """F1 of word 4-grams; a sign of an unspaced script is a word."""
    one, other = _grams(found), _grams(wanted)
    common = (one & other).total()
    return 2 * common / max(1, one.total() + other.total())


def scores(memory: bool = True) -> dict[str, float]:
    """The mean over all pages of each measure, between 0 and 1."""
    rows = extracted(memory).values()
    f1 = [likeness(text, answer["text"]) for answer, _, text in rows]
    result = {"f1": fmean(f1), "exact": fmean(float(text == answer["text"]) for answer, _, text in rows)}
    result["articles"] = fmean(float(article.outcome is None) for _, article, _ in rows)
    for name in FIELDS:
        result[name] = fmean(
            float(answer[name] == (list(v) if isinstance(v := getattr(article, name), tuple) else v))
            for answer, article, _ in rows
        )
    return {name: round(value, 4) for name, value in result.items()}


def floor() -> dict[str, float]:
    """The pinned floor."""
    return json.loads(FLOOR.read_text(encoding="utf-8")) if FLOOR.exists() else {}


def raised(old: dict[str, float], new: dict[str, float]) -> dict[str, float]:
    """The floor after a better measurement: no value ever falls."""
    return {name: max(value, old.get(name, 0.0)) for name, value in new.items()}
