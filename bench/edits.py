"""Edit real pages in ten ways and count how many changes are named rightly, with the right words.

python -m bench edits FOLDER

FOLDER is that of saved pages with `web/manifest.jsonl`. Each page is stored, seen again with other clocks, counters and
teasers (which must be no change), then edited and seen once more, through extraction, WARC file and writer as in a crawl;
only the requests are left out. The kinds of edit: headline, standfirst, a word, a number, a paragraph added, one removed,
a correction notice (in ten languages), byline, date, and the page gone and back.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from bench.harness import argument_parser, work_folder
from bench.page_edits import EDITORS, NOTICES, stir
from pipelines.archive.database import Archive
from pipelines.archive.intake import Intake, find_article
from pipelines.archive.records import Task, UrlResult
from pipelines.extraction.extract import extract
from pipelines.fetched_pages import FetchedPage
from pipelines.items import Hints, Outcome, Page
from pipelines.url_results import url_result
from pipelines.work import extract_and_pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.page_edits import Edit
    from pipelines.items import Article

AT = "2026-11-2{}T08:00:00.000+00:00"
"""The time of each look: a day apart."""


class SavedPage(NamedTuple):
    """A page of the manifest."""

    url: str
    text: str


@dataclass
class Tally:
    """What was counted. `misses` are lines for a person."""

    edits: int = 0
    named: int = 0
    shown: int = 0
    looks: int = 0
    false: int = 0
    notices: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)


def read_pages(folder: Path) -> Iterator[SavedPage]:
    """The saved pages, each from a gzipped file."""
    web = folder / "web" if (folder / "web").is_dir() else folder
    for line in (web / "manifest.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        yield SavedPage(
            row["url"], gzip.decompress((web / row["file"]).read_bytes()).decode("utf-8", "replace")
        )


class Looks:
    """An archive, and looks at pages as a crawl takes them."""

    def __init__(self, path: Path) -> None:
        self.archive = Archive(path)

    def look(self, url: str, body: str, at: str) -> str:
        """Fetch a page; returns its outcome."""
        archive, source = self.archive, urlsplit(url).netloc
        row: dict[str, str | None] = {
            "id": source,
            "home": f"https://{source}/",
            "name": source,
            "language": "",
            "country": "",
        }
        archive.sources.save([row], at)
        article_id = find_article(archive.db, url)[1]
        page = Page(
            url=url,
            body=body.encode(),
            source_id=source,
            headers=(("Content-Type", "text/html; charset=utf-8"),),
            fetched_at=at,
            home=f"https://{source}/",
        )
        held = archive.articles.get_previous_capture(article_id, archive.path) if article_id else None
        task = Task(0, source, url, Hints(), article_id=article_id)
        return self._store(url_result(FetchedPage(task, page), extract_and_pack(page, held)), at)

    def lose(self, url: str, at: str) -> str:
        """Find that a page is gone."""
        article_id = find_article(self.archive.db, url)[1]
        task = Task(0, urlsplit(url).netloc, url, Hints(), article_id=article_id)
        return self._store(UrlResult(task, at, Outcome.GONE, "404"), at)

    def _store(self, result: UrlResult, at: str) -> str:
        intake = Intake(self.archive, self.archive.crawls.start(at, [], 0, "bench", "0"), at)
        intake.add(result)
        return intake.flush()[0].outcome

    def changes(self, url: str) -> list[dict[str, str]]:
        """The changes of an article, the first one first."""
        article_id = find_article(self.archive.db, url)[1]
        return self.archive.rows(
            "SELECT * FROM changes WHERE article_id = ? ORDER BY seen_at, id", [article_id]
        )


def measure(folder: Path, work: Path, count: int) -> Tally:
    """Edit pages in turn, each kind of edit as often as pages allow, until there are so many edits."""
    tally = Tally()
    looks = Looks(work / "archive.db")
    pages = [(page, extract(Page(url=page.url, body=page.text.encode()))) for page in read_pages(folder)]
    readable = [(page, article) for page, article in pages if article.outcome is None]
    kinds = iter(cycle([*(name for name in EDITORS if "notice" not in name), "notice", "gone"]))
    languages = cycle(NOTICES)
    wanted = next(kinds)
    done: set[tuple[str, str]] = set()
    for turn in range(3):
        for page, article in readable:
            if tally.edits >= count:
                return tally
            for _ in range(len(EDITORS)):
                name = f"notice {next(languages)}" if wanted == "notice" else wanted
                if edit_and_look(looks, tally, page, article, name, turn):
                    done.add((page.url, name))
                    wanted = next(kinds)
                    break
                wanted = next(kinds)
    return tally


def edit_and_look(
    looks: Looks, tally: Tally, page: SavedPage, article: Article, name: str, turn: int
) -> bool:
    """Store a page, look again, edit it, look once more, and count; False where the page has nothing to edit so."""
    url = f"{page.url}{'&' if '?' in page.url else '?'}turn={turn}" if turn else page.url
    text = page.text if not turn else page.text.replace(page.url, url)
    edit = EDITORS[name](text, article) if name != "gone" else None
    if name != "gone" and edit is None:
        return False
    if looks.look(url, text, AT.format(0)) != Outcome.NEW:
        return False
    looks.look(url, stir(text, 1), AT.format(1))
    tally.looks += 1
    if looks.changes(url):
        tally.false += 1
        tally.misses.append(f"a change without an edit: {looks.changes(url)[0]['kinds']} {url}")
        return True
    tally.edits += 1
    if edit is None:
        looks.lose(url, AT.format(2))
        looks.look(url, text, AT.format(3))
        events = [change["kinds"] for change in looks.changes(url)]
        right = events == ["gone", "back"]
        count_edit(tally, name, url, right, right, str(events))
        return True
    outcome = looks.look(url, stir(edit.page, 2), AT.format(2))
    found = looks.changes(url)
    kinds = frozenset(found[0]["kinds"].split("; ")) if len(found) == 1 else frozenset()
    right = edit.kinds == kinds or kinds == {"text", "correction"} == edit.kinds | {"text"}
    shown = len(found) == 1 and are_words_right(edit, found[0])
    said = f"{outcome}: {[(c['kinds'], c['removed'][:80], c['added'][:80]) for c in found]}"
    count_edit(tally, name, url, right, shown, said)
    return True


def are_words_right(edit: Edit, change: dict[str, str]) -> bool:
    """Whether the words put in and taken away are those of the edit and no others, and stand in the places shown."""
    for words, column, kind in ((edit.added, "added", "added"), (edit.removed, "removed", "removed")):
        given = " ".join(change[column].split())
        if "date" in edit.kinds:
            given = given[:10]
        if given != " ".join(words.split()):
            return False
        runs = [
            text
            for _, runs in json.loads(change["places"])
            for name, text in runs
            if name == kind and text.strip()
        ]
        if words and not any(
            run.rstrip("…")[:300].strip() in (words, words[:300].strip()) or "date" in edit.kinds
            for run in runs
        ):
            return False
    return True


def count_edit(tally: Tally, name: str, url: str, named: bool, shown: bool, said: str) -> None:
    """Count one edit."""
    tally.named += named
    tally.shown += shown
    if name.startswith("notice") and named:
        tally.notices[name.removeprefix("notice ")] += 1
    if not (named and shown):
        tally.misses.append(f"{name}: {'kind wrong' if not named else 'words wrong'} {url}\n    {said}")


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=200, help="how many edits (200)")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave the archive there")
    args = parser.parse_args()
    with work_folder(args.keep) as work:
        tally = measure(args.folder, work, args.count)
    print(*tally.misses, sep="\n")
    print(
        f"edits {tally.edits}: kind named rightly {tally.named} ({tally.named / max(tally.edits, 1):.1%}), words shown"
        f" rightly {tally.shown} ({tally.shown / max(tally.edits, 1):.1%})"
    )
    print(f"looks at pages without an edit {tally.looks}: changes {tally.false}")
    print(
        f"languages whose correction notices were found: {len(tally.notices)} ({', '.join(sorted(tally.notices))})"
    )
