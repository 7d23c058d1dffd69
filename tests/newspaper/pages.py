"""Article pages: a story put into its site's layout, in each of the forms it is served in.

page: as readers see it · print: bare, `?print=1` · amp and mobile: slim, with rel=canonical ·
part N: page N of a story in several ·
copy: the page again, canonical to the first · also: again, and its own canonical · moved: 301 ·
refresh: a meta refresh.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from string import Template
from typing import TYPE_CHECKING

from . import evidence
from .answers import Answer, text
from .sites import LAYOUTS, Site
from .stories import INLINE

if TYPE_CHECKING:
    from .press import Article, Entry, Press

SLIM = """<!doctype html>
{top}>
<head>
<title>{title}</title>
<link rel="canonical" href="{url}">
{head}</head>
<body><header><a href="{home}">{name}</a></header>
<article><h1>{title}</h1>
<p class="standfirst">{standfirst}</p>
{by}<time>{date}</time>
{body}
</article>
<footer><a href="{url}">{url}</a></footer></body></html>
"""


@cache
def layout(name: str) -> Template:
    """One template file."""
    return Template((LAYOUTS / f"{name}.html").read_text("utf-8"))


def article(press: Press, found: Article, form: str, views: int = 0) -> Answer:
    """The answer at one of an article's addresses."""
    if found.removed:
        return text(410, "This article was removed.", "article")
    if form == "moved":
        return text(301, "", "article", Location=found.url)
    if form == "refresh":
        html = (
            f'<!doctype html><meta http-equiv="refresh" content="0; url={escape(found.url)}"><title>…</title>'
        )
        return encoded(found.site, html, found)
    if form in ("print", "amp", "mobile"):
        html = slim(found, form)
    else:
        here = found.site.root + found.story.flags["also"] if form == "also" else found.url
        number = int(form.removeprefix("part ")) if form.startswith("part ") else 1
        html = full(press, found, found.page_url(number) if number > 1 else here, views, number)
    answer = encoded(found.site, html, found)
    answer.version = f"{form} {found.url} {found.revision}"
    if "noarchive-header" in found.story.flags:
        answer.headers.append(("X-Robots-Tag", "noarchive"))
    return answer


def encoded(site: Site, html: str, found: Article | None = None) -> Answer:
    """HTML in its site's charset, declared as the site (or this one article) declares it."""
    flags = found.story.flags if found else {}
    encoding = flags.get("encoding", site.encoding)
    declared = flags.get("declare", encoding)
    if declared != "nowhere" and "meta" in site.declared:
        html = html.replace("<head>", f'<head>\n<meta charset="{declared}">', 1)
    return Answer(
        body=html.encode(encoding, "xmlcharrefreplace"),
        charset=declared if "header" in site.declared and declared != "nowhere" else "",
        kind="article" if found else "list",
        modified=found.modified if found else None,
        weak=site.weak,
    )


def full(press: Press, found: Article, here: str, views: int, number: int = 1) -> str:
    """The page with all that surrounds the text on its site."""
    site, story = found.site, found.story
    others = [e for e in press.first[site.host] if e.title != story.title]
    # Which headlines stand beside the text must not change with every edit elsewhere, or each page would.
    turn = sum(map(ord, story.slug)) % max(1, len(others))
    others = others[turn:] + others[:turn]
    slots = {
        "title": escape(found.title),
        "standfirst": inline(story.standfirst),
        "authors": escape(", ".join(story.by)),
        "author": escape(story.by[0]) if story.by else "",
        "email": escape(story.email),
        "date": site.visible(found.published),
        "edited": site.visible(found.modified),
        "iso": found.published.isoformat(),
        "section": escape(site.sections[story.section]),
        "section_url": site.section_url(story.section),
        "url": escape(here),
        "body": body(site, found.blocks_of(number) if found.pages > 1 else found.visible)
        + pager(found, number),
        "image": escape(evidence.image(found)),
        "caption": escape(story.caption),
        "credit": escape(story.credit),
        "related": links(others[:3]),
        "popular": links(others[3:8]),
        "tags": " ".join(
            f'<a href="/tag/{i}" rel="tag">{escape(t)}</a>' for i, t in enumerate(story.tags, 1)
        ),
        "number": found.path.rstrip("/").rpartition("/")[2],
        "views": str(1000 + views),
    }
    content = layout(f"{site.template}-article").substitute(slots)
    if not story.caption:
        content = re.sub(r"<!--photo-->.*?<!--/photo-->", "", content, flags=re.DOTALL)
    content = re.sub(r"<!--/?photo-->", "", content)
    if "paywall" not in story.flags:
        content = re.sub(r"<!--wall-->.*?<!--/wall-->", "", content, flags=re.DOTALL)
    content = re.sub(r"<!--/?wall-->", "", content)
    head = evidence.tags(found, here)
    if number < found.pages and "silent" not in site.evidence:
        head += f'<link rel="next" href="{escape(found.page_url(number + 1))}">\n'
    return framed(site, f"{found.title} - {site.name}", content, head)


def pager(found: Article, number: int) -> str:
    """The links to the other pages of a story in several."""
    if found.pages == 1:
        return ""
    links = (
        f"<b>{n}</b>" if n == number else f'<a href="{escape(found.page_url(n))}">{n}</a>'
        for n in range(1, found.pages + 1)
    )
    return f'\n<div class="pages">{" ".join(links)}</div>'


def framed(site: Site, title: str, content: str, head: str = "") -> str:
    """Content inside the header, menus and footer of its site."""
    menu = "".join(
        f'<li><a href="{site.section_url(k)}">{escape(v)}</a></li>' for k, v in site.sections.items()
    )
    feeds = "".join(evidence.feed_link(site, feed) for feed in site.feeds if feed.linked)
    return layout(site.template).substitute(
        title=escape(title),
        head=head + feeds,
        content=content,
        menu=menu,
        home=site.root + "/",
        name=escape(site.name),
    )


def slim(found: Article, form: str) -> str:
    """The print, AMP and mobile forms: text and a way back, canonical to the full page."""
    site, story = found.site, found.story
    root = '<html amp lang="' if form == "amp" else '<html lang="'
    by = f'<p class="byline">{escape(", ".join(story.by))}</p>' if story.by else ""
    text_direction = ' dir="rtl"' if site.language == "ar" else ""
    return SLIM.format(
        top=f'{root}{site.language}"{text_direction}',
        head=evidence.tags(found, found.url, bare=True),
        title=escape(found.title),
        url=escape(found.url),
        home=site.root + "/",
        name=escape(site.name),
        standfirst=inline(story.standfirst),
        by=by,
        date=site.visible(found.published),
        body=body(site, found.visible, inserts=False),
    )


# ---- the text


def inline(block: str) -> str:
    """`[text](address)` and `*stress*` as HTML."""

    def mark(m: re.Match[str]) -> str:
        return f'<a href="{m[2]}">{m[1]}</a>' if m[1] else f"<em>{m[3]}</em>"

    return INLINE.sub(mark, escape(block, quote=False))


def body(site: Site, blocks: tuple[str, ...], inserts: bool = True) -> str:
    """The text in its site's kind of markup, with what the site puts between paragraphs."""
    out = []
    for place, block in enumerate(blocks, 1):
        out.append(_block(site, " ".join(block.split()) if not block.startswith("- ") else block))
        if inserts and str(place) in site.inserts and place < len(blocks):
            out.append(site.inserts[str(place)])
    return "\n".join(out)


def _block(site: Site, block: str) -> str:
    kind = f' class="{site.block_class}"' if site.block_class else ""
    if site.body == "br":
        if block.startswith("## "):
            return f"<b>{inline(block[3:])}</b><br><br>"
        if block.startswith("- "):
            return "".join(f"• {inline(line[2:])}<br>" for line in block.splitlines()) + "<br>"
        return f"{inline(block.removeprefix('> '))}<br><br>"
    if block.startswith("## "):
        return f"<h2>{inline(block[3:])}</h2>"
    if block.startswith("- "):
        return "<ul>" + "".join(f"<li>{inline(line[2:])}</li>" for line in block.splitlines()) + "</ul>"
    if block.startswith("> "):
        return f"<blockquote><p>{inline(block[2:])}</p></blockquote>"
    tag = "div" if site.body == "div" else "p"
    return f"<{tag}{kind}>{site.indent}{inline(block)}</{tag}>"


def links(entries: list[Entry]) -> str:
    """Headlines as list items."""
    return "".join(f'<li><a href="{escape(e.url)}">{escape(e.title)}</a></li>' for e in entries)
