"""See the package's docstring."""

from __future__ import annotations

import json
import sys

from tests.pages import build, measure

if "--build" in sys.argv:
    print(build.build(), "pages written")
found = measure.scores()
pinned = measure.floor()
for name, value in found.items():
    print(
        f"{name:14} {value:.4f}   floor {pinned.get(name, 0.0):.4f}{'   FELL' if value < pinned.get(name, 0) else ''}"
    )
for page, (answer, article, text) in measure.extracted().items():
    wrong = [n for n in measure.FIELDS if n not in ("authors",) and answer[n] != getattr(article, n)]
    wrong += ["authors"] * (answer["authors"] != list(article.authors)) + ["text"] * (text != answer["text"])
    if wrong:
        print(f"{page}: {', '.join(wrong)}")
if "--raise" in sys.argv:
    measure.FLOOR.write_text(json.dumps(measure.raised(pinned, found), indent=1) + "\n", encoding="utf-8")
