"""Make sites of eight pages out of single pages with known answers, to measure site memory on.

    python -m bench site_pages DIR OUT [--set NAME]... [--sites 60]

Each page of DIR whose paragraphs are found in it becomes a site: eight times the page, its paragraphs and its headline
replaced by those of other articles of its language, so that what stays the same over the site is what is not the article.
OUT has the form of DIR, with a `site` a row. As on the pages that it imitates, related links do not change, and no true
line recurs: it measures what memory can gain, not what it may break.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import html

from bench.harness import argument_parser
from bench.quality import page_of
from bench.redesigned import find_text_elements, parse_source
from pipelines.extraction.decoding import decode_body, decode_text
from pipelines.extraction.document import squeeze
from pipelines.extraction.tokens import WIDE

if TYPE_CHECKING:
    from lxml.html import HtmlElement

PAGES = 8
LEAST_FOUND = 0.7  # share of an answer's letters whose elements must be found
LEAST_LEFT = 12  # characters of a line that must not be left
LEAST_LINE = 60  # characters of a line that is put into another article


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--set", dest="sets", action="append", default=[], help="only rows of this dataset")
    parser.add_argument("--sites", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    lines = (args.folder / "truth.jsonl").read_text("utf-8").split("\n")
    rows = [row for row in map(json.loads, filter(None, lines)) if row.get("text") and row.get("url")]
    rows = [row for row in rows if not args.sets or row["dataset"] in args.sets]
    stock: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        stock[script_of(row["text"])] += [t for t in row["text"].split("\n") if len(t) > LEAST_LINE]
    chance = random.Random(args.seed)
    chance.shuffle(rows)
    made: list[dict[str, Any]] = []
    for row in rows:
        if len(made) >= args.sites * PAGES:
            break
        made += make_site(args.folder, args.out, row, stock[script_of(row["text"])], chance)
    (args.out / "truth.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made), encoding="utf-8"
    )
    print(f"{len(made) // PAGES} sites of {PAGES} pages in {args.out}")


def script_of(text: str) -> str:
    """A key for texts that can stand for each other: the script, and for Latin letters the most frequent short words."""
    if len(WIDE.findall(text)) * 5 > len(text):
        return "wide"
    words = text.casefold().split()
    marks = {"en": "the", "pl": "w", "el": "και", "ru": "и", "de": "der", "fr": "les", "es": "el"}
    return max(marks, key=lambda name: words.count(marks[name]))


def make_site(
    folder: Path, out: Path, row: dict[str, Any], stock: list[str], chance: random.Random
) -> list[dict[str, Any]]:
    """Write the pages of a site; returns their rows, none where the text's elements are not found."""
    page = page_of(folder, row)
    source = decode_text(decode_body(page.body, page.headers), page.headers)[0]
    made = []
    site = row["id"].replace("/", "_")
    for number in range(PAGES):
        tree = parse_source(source)
        text = [element for element in find_text_elements(tree, row["text"]) if not element.findall(".//br")]
        answer = replace_text(text, stock, chance)
        if sum(map(len, answer)) < 200 or not is_whole(tree, row, text):
            return []
        replace_headline(tree, row.get("title") or "", clean(chance.choice(stock))[:70])
        file = out / "pages" / site / f"{number}.html.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(gzip.compress(html.tostring(tree, encoding="utf-8")))
        named = {
            "id": f"{site}/{number}",
            "dataset": "sites",
            "site": site,
            "url": f"{row['url']}?story={number}",
        }
        answered = {"text": "\n".join(answer), "standfirst": None, "title": None}
        made.append({**row, **named, **answered, "file": str(file.relative_to(out))})
    return made


def clean(text: str) -> str:
    """The text without control characters, which no element may hold."""
    return "".join(sign for sign in text if sign.isprintable())


def replace_text(text: list[HtmlElement], stock: list[str], chance: random.Random) -> list[str]:
    """Put other lines into the elements; returns them."""
    lines = []
    for element in text:
        line = squeeze(clean(chance.choice(stock)))
        for child in list(element):
            element.remove(child)
        element.text = line
        lines.append(line)
    return lines


def is_whole(tree: HtmlElement, row: dict[str, Any], text: list[HtmlElement]) -> bool:
    """Whether nearly the whole answer was found and replaced, and none of it is printed or stated any more."""
    lines = [
        squeeze(line)
        for line in f"{row['text']}\n{row.get('standfirst') or ''}".split("\n")
        if len(line) > LEAST_LEFT
    ]
    left = squeeze(tree.text_content())
    return len(text) >= LEAST_FOUND * len(lines) > 0 and not any(line in left for line in lines)


def replace_headline(tree: HtmlElement, old: str, new: str) -> None:
    """Put another headline where the page's is printed and stated; take its JSON-LD away."""
    for element in tree.iter("title", "h1"):
        for child in list(element):
            element.remove(child)
        element.text = new
    for meta in tree.iter("meta"):
        if any(word in (meta.get("property") or meta.get("name") or "") for word in ("title", "description")):
            meta.set("content", new)
    for script in list(tree.iter("script")):
        script.drop_tree()
    for link in tree.xpath("//link[@rel='canonical'] | //meta[@property='og:url']"):
        link.drop_tree()


if __name__ == "__main__":
    main()
