"""The style of a press review: on a screen, in the dark, on a phone and on paper. It names no font or picture elsewhere."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --paper: #fdfcf9; --ink: #1d1c1a; --soft: #5b5750; --line: #d8d3c8; --panel: #f3f0e8;
  --link: #0b4f8a; --mark: #ffe58a; --mark-ink: #1d1c1a; --alarm: #9b1c12; }
@media (prefers-color-scheme: dark) { :root { --paper: #171614; --ink: #ece8df; --soft: #b3aca0; --line: #45413a;
  --panel: #23211d; --link: #8ec5f5; --mark: #6b5300; --mark-ink: #fff6d6; --alarm: #ff9d92; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK JP", Helvetica, Arial, sans-serif; overflow-wrap: break-word; }
h1, h2, h3, .text { font-family: Charter, "Source Serif 4", "Noto Serif", "Noto Serif CJK JP", Georgia, serif; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; }
h1 { font-size: 2rem; margin: .5rem 0; }
h2 { font-size: 1.6rem; margin: .25rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 1.25rem 0 .25rem; }
a { color: var(--link); }
p { margin: 0 0 .75rem; }
.soft { color: var(--soft); font-size: .9rem; }
.flag { color: var(--alarm); font-weight: 600; }
.lines { white-space: pre-line; }
nav ol { padding: 0; margin: .5rem 0 1.5rem; list-style: none; counter-reset: n; }
nav li { counter-increment: n; display: grid; grid-template-columns: 2rem minmax(0, 1fr); padding: .35rem 0; border-bottom: 1px solid var(--line); }
nav li::before { content: counter(n); color: var(--soft); font-variant-numeric: tabular-nums; }
nav li a { display: block; min-height: 24px; }
#holds { margin-top: 3rem; }
article { border-top: 2px solid var(--ink); margin-top: 3rem; padding-top: .75rem; }
.text { font-size: 1.1rem; line-height: 1.6; }
.text :lang(ja), .text:lang(ja), .text:lang(zh), .text:lang(ko), .text:lang(th) { line-height: 1.85; }
.standfirst { font-size: 1.15rem; color: var(--soft); }
blockquote { margin: 0 0 .75rem; padding-inline-start: 1rem; border-inline-start: 3px solid var(--line); }
aside { background: var(--panel); border-inline-start: 4px solid var(--line); padding: .5rem .9rem; margin: 0 0 1rem; }
aside > :last-child { margin-bottom: 0; }
mark { background: var(--mark); color: var(--mark-ink); }
dl { display: grid; grid-template-columns: 9rem minmax(0, 1fr); gap: .2rem 1rem; font-size: .85rem; margin: 1rem 0 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .9em; overflow-wrap: anywhere; }
@media (max-width: 34rem) { dl { grid-template-columns: minmax(0, 1fr); } dt { margin-top: .3rem; } h1, h2 { font-size: 1.5rem; } }
@page { size: A4; margin: 18mm 16mm 20mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 9pt; } }
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #000; --soft: #333; --line: #999; --panel: #f4f4f4; --link: #000; --mark: #eee;
    --mark-ink: #000; --alarm: #000; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  .text { font-size: 11pt; line-height: 1.45; }
  .screen { display: none; }
  a { text-decoration: none; }
  mark { border-bottom: 1px solid #000; }
  article { break-before: page; margin-top: 0; border-top: 0; }
  h1, h2, h3 { break-after: avoid; }
  p, li { orphans: 2; widows: 2; }
  dl, aside { break-inside: avoid; font-size: 9pt; }
}
"""

STYLE_HASH: Final = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""By which a Content-Security-Policy lets this style pass, and nothing else."""
POLICY: Final = f"default-src 'none'; style-src '{STYLE_HASH}'"
"""The policy of the file: it asks nobody for anything and runs nothing, also opened from a disk."""
