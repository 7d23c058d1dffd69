"""Count the lines that site memory took out, and the true lines among them.

    python -m bench site_memory DIR | golden

DIR is a folder of pages of sites with known answers (`truth.jsonl` with a `site` a row); `golden` means the
project's own golden pages. A line counts as true when the answer's text has it, or when nine in ten of its words
stand together in one of its lines. Prints a row a site where anything was removed, and the sums; for the first
pages of a site, which were stored before the block was known, the lines that the cleaning took out.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from bench.harness import argument_parser
from bench.quality import page_of
from pipelines.decisions.boilerplate import SiteMemory
from pipelines.extraction.extract import extract
from tests.pages import measure


class Read(NamedTuple):
    """A page of a site: its answer, its text as extracted, and as stored at once by what was known then."""

    name: str
    truth: str
    text: str
    stored: str


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", help="a folder of pages with known answers, or `golden`")
    parser.add_argument("--shown", type=int, default=1, help="articles shown before and after their cleaning")
    args = parser.parse_args()
    sites = golden() if args.folder == "golden" else folder(Path(args.folder))
    removed = true = late = 0
    shown = args.shown
    for site, (memory, pages) in sites.items():
        gone = [(page, line) for page in pages for line in lost(page.text, memory.strip(page.text))]
        wrong = [line for page, line in gone if is_true(line, page.truth)]
        after = [(page, line) for page in pages for line in lost(page.stored, memory.strip(page.stored))]
        removed, true, late = removed + len(gone), true + len(wrong), late + len(after)
        if gone:
            print(f"{site}: {len(gone)} removed from {len(pages)} texts, {len(wrong)} of them true")
        for line in wrong:
            print(f"    TRUE: {line[:150]}")
        if after and shown:
            shown -= 1
            example = after[0][0]
            print(f"  {example.name}, stored before the block was known; its last lines then:")
            print(*(f"    {line[:110]}" for line in example.stored.split("\n")[-4:] if line), sep="\n")
            print("  and after:")
            clean = memory.strip(example.stored)
            print(*(f"    {line[:110]}" for line in clean.split("\n")[-4:] if line), sep="\n")
    print(
        f"sites {len(sites)}, lines removed {removed} (of them from texts stored before they were known {late}),"
        f" true lines removed {true}"
    )


def folder(place: Path) -> dict[str, tuple[SiteMemory, list[Read]]]:
    """The sites of a folder as a crawl meets them."""
    found: dict[str, tuple[SiteMemory, list[Read]]] = {}
    for line in (place / "truth.jsonl").read_text("utf-8").split("\n"):
        if line:
            row = json.loads(line)
            truth = "\n".join([row.get("standfirst") or "", row.get("text") or ""])
            _take(found, row["site"], row["id"], truth, extract(page_of(place, row)).text)
    return found


def golden() -> dict[str, tuple[SiteMemory, list[Read]]]:
    """The project's golden sites."""
    found: dict[str, tuple[SiteMemory, list[Read]]] = {}
    for name, (answer, article, _) in measure.extracted(memory=False).items():
        _take(found, name.split("/")[0], name, answer["text"], article.text)
    return found


def _take(
    found: dict[str, tuple[SiteMemory, list[Read]]], site: str, name: str, truth: str, text: str
) -> None:
    memory, pages = found.setdefault(site, (SiteMemory(), []))
    stored = memory.strip(text)
    memory.learn(name, text)
    pages.append(Read(name, truth, text, stored))


def lost(before: str, after: str) -> list[str]:
    """The lines that the second text has no more."""
    return list((Counter(before.split("\n")) - Counter(after.split("\n")) - Counter([""])).elements())


def is_true(line: str, truth: str) -> bool:
    """Whether the answer has the line."""
    wanted = re.findall(r"\w+", line.casefold())
    if not wanted:
        return False
    return any(
        (Counter(wanted) & Counter(re.findall(r"\w+", other.casefold()))).total() >= 0.9 * len(wanted)
        for other in truth.split("\n")
    )
