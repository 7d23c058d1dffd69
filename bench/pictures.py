"""Take the pictures of docs/pictures: each page of the reading room on a desktop, a phone and in the dark.

python -m bench pictures            # writes docs/pictures/*.png; needs Chromium, and pngquant to make them small
python -m bench pictures --demo     # the two of the README, of what `make demo` left in demo/
python -m bench pictures --saved    # those of saved searches and of a dossier alone
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from playwright.sync_api import Page, ViewportSize, sync_playwright

from bench.harness import argument_parser
from tests.archives import build
from tests.browse.test_browse_chromium import FLAGS
from tests.reading_room import served

FOLDER = Path(__file__).parent.parent / "docs/pictures"
Scheme = Literal["dark", "light"]
SCREENS: dict[str, tuple[int, int, Scheme]] = {
    "desktop": (1280, 800, "light"),
    "phone": (390, 780, "light"),
    "dark": (1280, 800, "dark"),
}
ARTICLES = 3000


DEMO = {
    "demo-search": "search?q=harbour+OR+eel*",
    "demo-difference": "changes?source=morning&kind=headline",
}
"""The README's pictures, side by side there, so narrower than a desktop."""
SIDE: ViewportSize = {"width": 760, "height": 900}


def main() -> None:
    args = argument_parser(__name__, __doc__)
    args.add_argument("--demo", action="store_true", help="take the README's two pictures")
    args.add_argument(
        "--saved", action="store_true", help="take the pictures of saved searches and of a dossier"
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    given = args.parse_args()
    if given.saved:
        take_saved()
        make_small(sorted([*FOLDER.glob("saved-*.png"), *FOLDER.glob("dossier-*.png")]))
        return
    if given.demo:
        take_demo(FOLDER.parent.parent / "demo/archive.db")
        make_small(sorted(FOLDER.glob("demo-*.png")))
        return
    take_all()
    take_saved()
    make_small(sorted(FOLDER.glob("*.png")))


def take_demo(archive: Path) -> None:
    """A search over the demo's archive, and the difference of the headline that was softened."""
    with served(archive) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        context = browser.new_context(viewport=SIDE, color_scheme="light")
        page = context.new_page()
        for title, query in DEMO.items():
            page.goto(f"{address}/-/clippings/archive/{query}")
            if title == "demo-difference":
                page.click("article.hit h3 a >> nth=0")
            page.evaluate("document.activeElement.blur()")
            page.screenshot(path=FOLDER / f"{title}.png")
        context.close()
        browser.close()


def take_all() -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = build(Path(folder) / "archive.db", ARTICLES)
        with served(archive) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            place = f"{address}/-/clippings/archive"
            hits = f"{place}/search?q={quote('harbour tunnel OR 港湾')}"
            for name, (width, height, scheme) in SCREENS.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme
                )
                page = context.new_page()
                for title, url in {
                    "front": address,
                    "results": hits,
                    "attention": hits.replace("/search", "/attention"),
                    "compare": f"{place}/compare?q=council&q=harbour&q={quote('東京')}&unit=week&share=1",
                    "article": f"{place}/search?q=harbour+tunnel&changed=1",
                    "difference": f"{place}/changes?source=harbour-herald&kind=correction",
                    "changes": f"{place}/changes",
                    "source": f"{place}/sources/harbour-herald",
                    "sources": f"{place}/sources",
                    "coverage": f"{place}/coverage",
                    "listed": f"{place}/coverage/urls?source=market-ledger",
                    "alarms": f"{place}/alarms",
                }.items():
                    page.goto(url)
                    if title == "article":
                        page.click("article.hit h3 a >> nth=0")
                    if title == "difference":
                        page.click("article.hit:has(.flag:text('Headline')) h3 a >> nth=0")
                    page.evaluate("document.activeElement.blur()")
                    page.screenshot(path=FOLDER / f"{title}-{name}.png")
                context.close()
            browser.close()


SAVED = """
[alerts]
to = ["stdout", "newsroom@example.org"]
[[alert]]
name = "Ferries"
query = "ferry OR boat*"
on = ["new", "correction"]
"""


def take_saved() -> None:
    """A search about to be saved, in `clippings browse`, beside one of clippings.toml; a dossier of five articles with a note."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "archive.db", ARTICLES // 10)
        (Path(folder) / "clippings.toml").write_text(SAVED, encoding="utf-8")
        command = [sys.executable, "-m", "crawler", "browse", "archive.db", "-p", "0"]
        environment = {**os.environ, "PYTHONPATH": str(FOLDER.parent.parent)}
        with (
            subprocess.Popen(
                command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
            ) as process,
            sync_playwright() as playwright,
        ):
            assert process.stdout is not None
            address = process.stdout.readline().split()[1]
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            for name, (width, height, scheme) in SCREENS.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme
                )
                page = context.new_page()
                page.goto(f"{address}-/clippings/archive/saved?q=harbour+tunnel&source=harbour-herald")
                page.screenshot(path=FOLDER / f"saved-{name}.png")
                if name == "desktop":
                    make_dossier(page, f"{address}-/clippings/archive/search?q=ferry")
                page.goto(f"{address}-/clippings/archive/dossier/1")
                page.screenshot(path=FOLDER / f"dossier-{name}.png")
                context.close()
            browser.close()
            process.terminate()


def make_dossier(page: Page, search: str) -> None:
    """Tick five articles of a search, save them, and write a note to the first."""
    page.goto(search)
    for _ in range(5):
        page.keyboard.press("j")
        page.keyboard.press("s")
    page.fill("#keep input[name=name]", "The ferry question")
    page.click("#keep button:not([name])")
    page.click(".items summary >> nth=0")
    page.fill("#note-1", "First with the figures. The port has not answered our question of Tuesday.")
    page.fill("#tags-1", "figures, port")
    page.click("text=Save the note >> nth=0")


def make_small(pictures: list[Path]) -> None:
    """Reduce pictures to 48 colours, where pngquant is installed."""
    if shutil.which("pngquant"):
        words = ["pngquant", "--force", "--ext", ".png", "--speed", "1", "48"]
        subprocess.run([*words, *map(str, pictures)], check=True)
