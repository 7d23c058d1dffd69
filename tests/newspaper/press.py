"""The newspaper's state: its sites, its articles as they stand now, and what editors did since the start."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from . import sites, stories
from .stories import Story, plain

if TYPE_CHECKING:
    from .sites import Extra, Site

WINDOW = timedelta(days=7)
CORRECTIONS = {
    "en": "Correction number {n}: an earlier version of this article gave a wrong figure.",
    "ko": "정정 {n}: 이 기사의 이전 판에 잘못된 수치가 있어 바로잡습니다.",
    "de": "Korrektur {n}: In einer früheren Fassung dieses Artikels stand eine falsche Zahl.",
    "ja": "訂正{n}：この記事の以前の版に誤った数値がありましたので改めました。",
    "ru": "Поправка {n}: в прежней версии этой заметки была указана неверная цифра.",
    "ar": "تصحيح رقم {n}: ورد في نسخة سابقة من هذا المقال رقم غير صحيح.",
    "es": "Corrección {n}: una versión anterior de esta noticia daba una cifra equivocada.",
    "zh": "更正{n}：本文此前版本中的一个数字有误，现予更正。",
}


@dataclass
class Article:
    """A story on its site: where it is, when it came out, and what was done to it since."""

    site: Site
    story: Story
    path: str
    published: datetime
    modified: datetime
    revision: int = 0
    titles: int = 0
    sentences: list[str] = field(default_factory=list)
    removed: bool = False
    headline: str = ""
    rewritten: tuple[str, ...] | None = None

    @property
    def url(self) -> str:
        """The canonical address."""
        return self.site.root + self.path

    @property
    def title(self) -> str:
        """The headline as it stands."""
        return (self.headline or self.story.title) + (f" ({self.titles + 1})" if self.titles else "")

    @property
    def blocks(self) -> tuple[str, ...]:
        """All the text's blocks, paywalled ones too."""
        written = self.story.blocks if self.rewritten is None else self.rewritten
        return (*written, *self.sentences)

    @property
    def visible(self) -> tuple[str, ...]:
        """The blocks that a reader without a subscription sees, on all pages that are there."""
        wall = self.story.flags.get("paywall")
        if wall:
            return self.blocks[: int(wall)]
        lost = int(self.story.flags.get("lost", 0))
        return tuple(b for n in range(1, self.pages + 1) if n != lost for b in self.blocks_of(n))

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return int(self.story.flags.get("pages", 1))

    def blocks_of(self, page: int) -> tuple[str, ...]:
        """The blocks of one of its pages; sentences added later are on the last."""
        written = self.story.blocks if self.rewritten is None else self.rewritten
        size = -(-len(written) // self.pages)
        own = written[(page - 1) * size : page * size]
        return (*own, *self.sentences) if page == self.pages else own

    def page_url(self, page: int) -> str:
        """The address of one of its pages: `-2` before the suffix where there is one, else `?page=2`."""
        if page == 1:
            return self.url
        stem, dot, suffix = self.url.rpartition(".html")
        return f"{stem}-{page}{dot}{suffix}" if dot else f"{self.url}?page={page}"

    @property
    def addresses(self) -> dict[str, str]:
        """Every address of this article, and what it shows there: see pages.py for the forms."""
        flags = self.story.flags
        found = {self.url: "page", f"{self.url}{'&' if '?' in self.path else '?'}print=1": "print"}
        if "amp" in flags:
            found[self.url.rstrip("/") + "/amp"] = "amp"
        if self.site.mobile:
            found[f"http://{self.site.mobile}{self.path}"] = "mobile"
        lost = int(flags.get("lost", 0))
        found |= {self.page_url(n): f"part {n}" for n in range(2, self.pages + 1) if n != lost}
        for flag, form in (("moved", "moved"), ("refresh", "refresh"), ("copy", "copy"), ("also", "also")):
            if flag in flags:
                found[self.site.root + flags[flag]] = form
        return found

    @property
    def listed(self) -> list[str]:
        """The addresses under which lists and feeds name this article."""
        forms = {form: url for url, form in self.addresses.items()}
        usual = forms.get(self.story.flags.get("listed", "page"), self.url)
        first = forms.get("moved") or forms.get("refresh") or usual
        return [first, *(forms[form] for form in ("copy", "also") if form in forms)]


@dataclass(frozen=True)
class Entry:
    """One line of a list, feed or sitemap."""

    url: str
    title: str
    published: datetime
    modified: datetime
    section: str = ""
    standfirst: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Press:
    """All sites at one moment. `now` stops the clock, and each edit then moves it a minute.

    Without it articles are as old as at `started`, and an edit is made now.
    """

    def __init__(
        self,
        now: datetime | None = None,
        crawl_delay: float | None = None,
        demo: bool = False,
        started: datetime | None = None,
    ) -> None:
        self.frozen = now is not None
        self.started = (now or started or datetime.now(UTC)).replace(microsecond=0)
        self.crawl_delay = crawl_delay
        self.sites = sites.load(demo)
        self.reset()

    def reset(self) -> None:
        """Undo all edits."""
        self.edits = 0
        self.articles: list[Article] = []
        self.by_url: dict[str, tuple[Article, str]] = {}
        self.reserve: dict[str, list[Story]] = {}
        self.published: dict[str, int] = {}
        self.views: Counter[str] = Counter()
        for site in self.sites.values():
            written = stories.load(site.id)
            self.reserve[site.host] = [s for s in written if "reserve" in s.flags]
            for story in written:
                if "reserve" not in story.flags:
                    self._add(site, story, self.started - story.age)
        # What stands beside the text of every article; fixed, so that an edit changes one page only.
        self.first = {host: self.entries(site, "home") for host, site in self.sites.items()}

    def clock(self) -> datetime:
        """The time of an edit."""
        self.edits += 1
        if self.frozen:
            return self.started + timedelta(minutes=self.edits)
        return datetime.now(UTC).replace(microsecond=0)

    def _add(self, site: Site, story: Story, published: datetime) -> Article:
        count = sum(1 for a in self.articles if a.site is site)
        local = published.astimezone(site.zone)
        path = site.path.format(
            date=local, slug=story.slug, section=story.section, number=site.number + count
        )
        edited = self.started - story.edited if story.edited else published
        article = Article(
            site, story, tidy(story.flags.get("path", path)), local, edited.astimezone(site.zone)
        )
        self.articles.append(article)
        for url, form in article.addresses.items():
            self.by_url[tidy(url)] = (article, form)
        return article

    # ---- what editors do

    def find(self, url: str) -> Article:
        """The article at any of its addresses; KeyError when there is none."""
        return self.by_url[tidy(url.partition("#")[0])][0]

    def revise(self, url: str, what: str = "text") -> Article:
        """Edit an article: a new sentence, or (`what="title"`) a new headline."""
        article = self.find(url)
        article.revision += 1
        if what == "title":
            article.titles += 1
        else:
            sentence = CORRECTIONS[article.site.language].format(n=len(article.sentences) + 1)
            article.sentences.append(sentence)
        article.modified = self.clock().astimezone(article.site.zone)
        return article

    def rewrite(self, url: str, **edit: str) -> Article:
        """Edit an article as editors do: `title` is its new headline; `old` becomes `new` in its text; the paragraph that
        begins with `drop` goes; `note` is printed at its end. ValueError when the text has no such words.
        """
        article = self.find(url)
        written = article.story.blocks if article.rewritten is None else article.rewritten
        for words in (edit.get("old", ""), edit.get("drop", "")):
            if words and not any(words in block for block in written):
                raise ValueError(f"{url} has no text {words!r}")
        if edit.get("old"):
            written = tuple(block.replace(edit["old"], edit.get("new", "")) for block in written)
        if edit.get("drop"):
            written = tuple(block for block in written if not block.startswith(edit["drop"]))
        article.rewritten = written
        article.headline = edit.get("title", "") or article.headline
        article.sentences += [edit["note"]] if edit.get("note") else []
        article.revision += 1
        article.modified = self.clock().astimezone(article.site.zone)
        return article

    def remove(self, url: str) -> Article:
        """Take an article down: 410 from now on, and in no list."""
        article = self.find(url)
        article.removed = True
        return article

    def publish(self, host: str) -> Article:
        """Add a fresh article: one held in reserve, or a new mix of paragraphs the site already printed."""
        site = self.sites[host]
        number = self.published[host] = self.published.get(host, 0) + 1
        if self.reserve[host]:
            story = self.reserve[host].pop(0)
        else:
            story = _mixed([a.story for a in self.articles if a.site is site], number)
        return self._add(site, story, self.clock())

    # ---- what lists are made of

    def of(self, host: str) -> list[Article]:
        """A site's articles that are up, newest first."""
        own = [a for a in self.articles if a.site.host == host and not a.removed]
        return sorted(own, key=lambda a: a.published, reverse=True)

    def entries(self, site: Site, place: str, section: str = "") -> list[Entry]:
        """The lines of one of a site's lists; `place` is home, section, feed or sitemap."""
        found = [
            Entry(url, a.title, a.published, a.modified, s.section, plain(s.standfirst), s.by, s.tags)
            for a in self.of(site.host)
            for s in [a.story]
            if section in ("", s.section) and f"no-{place}" not in s.flags
            for address in (a.listed if place != "sitemap" or "moved" in s.flags else [a.url])
            for url in [unquote(address) if site.raw_links else address]
        ]
        found += [self._extra(site, e) for e in site.extras if place in e.listed and not section]
        return sorted(found, key=lambda e: e.published, reverse=True)

    def _extra(self, site: Site, extra: Extra) -> Entry:
        when = (self.started - stories.duration(extra.age)).astimezone(site.zone)
        return Entry(site.root + extra.path, extra.title, when, when, next(iter(site.sections)), extra.text)

    # ---- what is true

    def wanted(self, host: str | None = None) -> list[str]:
        """The canonical URLs a polite crawl with a window of seven days should archive."""
        return [
            a.url
            for a in self.articles
            if host in (None, a.site.host)
            and not a.removed
            and a.published > self.started - WINDOW
            and not a.site.refused(a.path)
        ]

    def truth(self, url: str) -> dict[str, object]:
        """What extraction should find on the page at any of an article's addresses."""
        article = self.find(url)
        story, site = article.story, article.site
        blocks = [plain(line) for block in article.visible for line in _lines(block)]
        day = article.published.date().isoformat()
        edited = article.modified != article.published
        told = {"article", "jsonld", "graph"} & set(site.evidence)
        return {
            "url": article.url,
            "source": site.id,
            "title": article.title,
            "standfirst": plain(story.standfirst),
            "authors": list(story.by),
            "published_at": day if site.date_only else article.published.isoformat(),
            "modified_at": article.modified.isoformat() if edited and told else None,
            "section": site.sections[story.section],
            "tags": list(story.tags),
            "language": site.language,
            "paragraphs": blocks,
            "text": "\n\n".join(blocks),
            "caption": story.caption,
            "credit": story.credit,
            "access": "paywalled" if "paywall" in story.flags else None,
            "wire": story.flags.get("wire", ""),
            "evidence": list(site.evidence),
            "addresses": list(article.addresses),
        }


def tidy(url: str) -> str:
    """A URL or path in the one spelling by which we know it: escaped where it has to be, and no more."""
    return quote(unquote(url), safe="/:?=&+,()~!*'@;$")


def _lines(block: str) -> list[str]:
    return block.splitlines() if block.startswith("- ") else [" ".join(block.split())]


def _mixed(printed: list[Story], number: int) -> Story:
    """A story of one paragraph each from four printed ones, so that it repeats none of them."""
    base = printed[number % len(printed)]
    parts = [printed[(number + step) % len(printed)] for step in range(4)]
    blocks = tuple(s.blocks[(number + i) % len(s.blocks)] for i, s in enumerate(parts))
    title = f"{base.title} / {parts[1].title} {number}"
    slug = f"{base.slug}-{number}"
    return replace(base, title=title, slug=slug, blocks=blocks, flags={}, age=timedelta(0), edited=None)
