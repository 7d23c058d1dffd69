"""Feed the extractor with broken and hostile pages and count what becomes of them.

    python -m bench fuzz [--pages 20000] [--seed 1] [--limit 30]

Pages are the golden pages, bent: bytes changed, cut, doubled, tags nested, attributes swollen, JSON-LD
broken; and some known attacks in full size. Each must end in an article or an outcome with a reason
within `--limit` seconds; anything else is printed with the seed that makes it again.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

from bench.harness import ROOT, argument_parser
from pipelines.extraction.extract import extract
from pipelines.items import Page

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = ROOT / "tests" / "pages" / "sites"

HOSTILE: dict[str, Callable[[], bytes]] = {
    "nesting 100,000 deep": lambda: b"<div>" * 100_000 + b"text" + b"</div>" * 100_000,
    "inline nesting 100,000 deep": lambda: b"<b><i><span>" * 33_000 + b"text",
    "a colspan of 9 quadrillion": lambda: (
        b"<table>" + b"<tr><td colspan=9000000000000000 rowspan=9e15>x</td></tr>" * 99
    ),
    "50 MB of one line": lambda: b"<p>" + b"word " * 10_000_000,
    "19 MB of one line": lambda: b"<p>" + b"word " * 3_800_000,
    "19 MB without a space": lambda: b"<p>" + b"w" * 19_000_000,
    "a million paragraphs": lambda: b"<p>A sentence of a few words here.</p>" * 400_000,
    "a million line breaks": lambda: b"<div>" + b"A line.<br><br>" * 400_000,
    "invalid bytes": lambda: bytes(range(256)) * 4000,
    "null bytes": lambda: b"<html>\0<body>\0<p>" + b"te\0xt " * 2000,
    "JSON-LD that is a list": lambda: (
        b'<script type="application/ld+json">[[[[1,2]],"x",null]]</script><p>x</p>'
    ),
    "JSON-LD that is a string": lambda: b'<script type="application/ld+json">"x"</script><p>x</p>',
    "JSON-LD that is broken": lambda: (
        b'<script type="application/ld+json">{"@type":"NewsArticle",</script><p>x</p>'
    ),
    "JSON-LD nested 50,000 deep": lambda: (
        b'<script type="application/ld+json">' + b"[" * 50_000 + b"</script>"
    ),
    "JSON-LD of 10 MB": lambda: (
        b'<script type="application/ld+json">{"a":"' + b"x" * 10_000_000 + b'"}</script><p>x</p>'
    ),
    "JSON-LD with every type wrong": lambda: (
        b'<script type="application/ld+json">{"@type":["NewsArticle",5,null],"headline":{"a":[1]},"author":[[["x"]],7,'
        b'{"name":{"name":{}}}],"datePublished":[{}],"keywords":{"x":1},"image":[[[]]],"url":9,"@id":{}}</script><p>x</p>'
    ),
    "100,000 classes": lambda: b'<p class="' + b"a-b " * 100_000 + b'">text</p>',
    "a class of 1 MB": lambda: b'<div class="' + b"-" * 1_000_000 + b'"><p>text</p></div>',
    "an unclosed comment": lambda: b"<p>text</p><!--" + b"-" * 1_000_000,
    "100,000 meta tags": lambda: b'<meta name="author" content="A B, C D and E F">' * 100_000 + b"<p>x</p>",
    "a title of 1 MB": lambda: b"<title>" + b"A - B | " * 120_000 + b"</title><h1>A - B</h1><p>x</p>",
    "a date line of 1 MB": lambda: (
        b"<h1>Head line here</h1><p>" + b"published updated on 1. " * 40_000 + b"</p>"
    ),
    "a byline of 1 MB": lambda: b"<h1>Head line here</h1><p>By " + b"Ann, " * 200_000 + b"</p>",
    "spaces without end": lambda: b"<p>" + b" " * 5_000_000 + b"x</p>",
    "gzip bomb behind HTML": lambda: b"\x1f\x8b\x08" + b"\0" * 1000,
}


def bent(page: bytes, chance: random.Random) -> bytes:
    """The page with one to four things done to it."""
    for _ in range(chance.randrange(1, 5)):
        page = chance.choice(BENDS)(page, chance)
    return page


def _bytes(page: bytes, chance: random.Random) -> bytes:
    out = bytearray(page)
    for _ in range(chance.randrange(1, 60)):
        out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)


def _cut(page: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(page))
    return page[:start] + page[start + chance.randrange(1, 3000) :] or b"<"


def _doubled(page: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(page))
    return page[:start] + page[start : start + 2000] * chance.randrange(2, 9) + page[start:]


def _nested(page: bytes, chance: random.Random) -> bytes:
    tag = chance.choice(
        [b"<div>", b"<table><tr><td>", b"<ul><li>", b"<a href=x>", b"<button>", b"<h1>", b"<form>", b"<svg>"]
    )
    start = chance.randrange(len(page))
    return page[:start] + tag * chance.randrange(1, 400) + page[start:]


def _entities(page: bytes, chance: random.Random) -> bytes:
    what = chance.choice(
        [
            b"&#0;",
            b"&#xD800;",
            b"&#1114112;",
            b"&amp;amp;",
            b"\xed\xa0\x80",
            b"\xe2\x80\xae",
            b"]]>",
            b"<![CDATA[",
            b"<!--",
            b"\0",
        ]
    )
    start = chance.randrange(len(page))
    return page[:start] + what * chance.randrange(1, 30) + page[start:]


def _shuffled(page: bytes, chance: random.Random) -> bytes:
    parts = page.split(b">")
    chance.shuffle(parts)
    return b">".join(parts)


def _words(page: bytes, chance: random.Random) -> bytes:
    old, new = chance.choice(
        [(b"</p>", b""), (b"<p>", b"<br><br>"), (b'class="', b'class="' + b"share-comment-ad " * 20), (b'"@type"', b'"@type":[],"x"'),
         (b"</script>", b""), (b"2026", b"99999999999999999999"), (b"content=", b"content=''"), (b"<h1>", b"<h1><h1><span class=kicker>"),
         (b"utf-8", b"utf-7"), (b"<", b"< ")]
    )  # fmt: skip
    return page.replace(old, new, chance.randrange(1, 50))


BENDS = (_bytes, _cut, _doubled, _nested, _entities, _shuffled, _words)


class TooLong(BaseException):
    """Raised inside an extraction that passed the limit; not an `Exception`, so that nothing swallows it."""


def _stop(*_: object) -> None:
    raise TooLong


def outcome_of(body: bytes, limit: float) -> tuple[str, float]:
    """How the extraction of a body ends, and its seconds."""
    started = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        article = extract(Page(url="https://fuzz.example/news/2026/03/a-story-of-some-kind", body=body))
        ending = article.outcome.value if article.outcome else "article"
        if article.outcome and not article.reason:
            ending = "NO REASON"
        elif article.reason.startswith("extraction failed"):
            ending = f"CAUGHT: {article.reason[:150]}"
    except TooLong:
        ending = "TOO LONG"
    except BaseException as error:
        ending = f"RAISED {type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return ending, time.monotonic() - started


def main() -> int:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=30.0, help="seconds a page")
    args = parser.parse_args()
    signal.signal(signal.SIGALRM, _stop)
    golden = [path.read_bytes() for path in sorted(PAGES.glob("*/*.html"))]
    endings: Counter[str] = Counter()
    slowest = (0.0, "")
    cases = [(name, make()) for name, make in HOSTILE.items()]
    for number in range(args.pages + len(cases)):
        if number < len(cases):
            name, body = cases[number]
        else:
            chance = random.Random(f"{args.seed} {number}")
            name, body = f"seed {args.seed} {number}", bent(chance.choice(golden), chance)
        ending, seconds = outcome_of(body, args.limit)
        endings[ending.split(":")[0]] += 1
        slowest = max(slowest, (seconds, name))
        if ending.isupper() or ending.startswith(("RAISED", "CAUGHT")):
            print(f"{name}: {ending}")
        if number < len(cases):
            print(f"{name}: {ending}, {seconds:.2f} s")
            cases[number] = (name, b"")
    print(dict(endings), f"slowest {slowest[0]:.2f} s ({slowest[1]})")
    return int(any(key.isupper() or key.startswith(("RAISED", "CAUGHT")) for key in endings))
