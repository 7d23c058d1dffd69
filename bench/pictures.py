"""Take the README's pictures of the reading room: each page on a desktop, a phone and in the dark.

python -m bench pictures            # writes docs/pictures/*.png; needs Chromium, and pngquant to make them small
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from playwright.sync_api import sync_playwright

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


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
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
                    "article": f"{place}/search?q=harbour+tunnel&changed=1",
                    "difference": f"{place}/changes?source=harbour-herald&kind=correction",
                    "changes": f"{place}/changes?kind=headline",
                    "source": f"{place}/sources/harbour-herald",
                    "sources": f"{place}/sources",
                    "coverage": f"{place}/coverage",
                    "listed": f"{place}/coverage/urls?source=market-ledger",
                    "alarms": f"{place}/alarms",
                }.items():
                    page.goto(url)
                    if title == "attention":
                        page.wait_for_selector("#chart svg")
                    if title == "article":
                        page.click("article.hit h3 a >> nth=0")
                    if title == "difference":
                        page.click("article.hit:has(.flag:text('Headline')) h2 a >> nth=0")
                    page.evaluate("document.activeElement.blur()")
                    page.screenshot(path=FOLDER / f"{title}-{name}.png")
                context.close()
            browser.close()
    if shutil.which("pngquant"):
        pictures = sorted(str(path) for path in FOLDER.glob("*.png"))
        subprocess.run(["pngquant", "--force", "--ext", ".png", "--speed", "1", "48", *pictures], check=True)
