"""Make the golden pages: stories in many languages, in the markups and with the residue seen in the wild."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from tests.pages.languages import LANGUAGES, PEOPLE

FOLDER = Path(__file__).parent / "sites"
PAGES = 5
PLACES = {
    "ru": ["Нордвик", "Гавань", "Мелькова", "Тихая", "Озёрск"],
    "el": ["Λιμνάρα", "Αλμυρή", "Βραχώνα", "Ψαρού", "Καλαμιώνα"],
    "ar": ["المرسى", "الخليج", "النورس", "السدرة", "المنارة"],
    "he": ["חופית", "מפרצית", "גלים", "נמלון", "סלעית"],
    "hi": ["सागरपुर", "तटनगर", "लहरगाँव", "नौकाबाद", "द्वीपगढ़"],
    "ja": ["波崎", "潮見", "浜津", "磯部", "灘川"],
    "ko": ["물결", "나루", "바위", "갯벌", "등대"],
    "zh": ["浪川", "潮湾", "沙洲", "海屿", "渔港"],
    "th": ["คลื่นงาม", "ท่าใหม่", "หาดขาว", "เกาะแก้ว", "ลมเย็น"],
}
LATIN_PLACES = ["Norvik", "Saltmere", "Brackenquay", "Vellamo", "Tidewick"]


@dataclass
class Story:
    title: str
    standfirst: str
    section: str
    authors: list[str]
    published_at: str
    caption: str
    credit: str
    blocks: list[tuple[str, str]] = field(default_factory=list)
    """(kind, text): p, h, li, quote, row (cells with ` | ` between)."""


@dataclass
class Site:
    """A made-up newspaper: its language, how it marks up a page, and what it prints on every one of them."""

    id: str
    name: str
    language: str
    layout: str
    by: str
    also: str
    prompts: list[str]
    notes: list[str]
    """House notes in plain paragraphs, known as such only because they recur."""
    pages: int = PAGES


SITES = [
    Site("quay-post", "The Quay Post", "en", "telling", "By", "Read also",
         ["Sign up for our newsletter", "Share this story", "Log in to comment"],
         ["The Quay Post is printed by its readers' cooperative and delivered by boat in all weathers."]),
    Site("hafenblatt", "Hafenblatt", "de", "hashed", "Von", "Mehr zum Thema",
         ["Jetzt Newsletter abonnieren", "Teilen", "Kommentare"],
         ["Unser Hafentelefon ist an Werktagen bis achtzehn Uhr besetzt, auch bei Sturm."]),
    Site("phare-du-port", "Le Phare du Port", "fr", "breaks", "Par", "Lire aussi",
         ["Abonnez-vous à notre infolettre", "Partager", "Commentaires"],
         ["Le Phare paraît chaque matin grâce à ses lecteurs et à deux vieilles presses."]),
    Site("el-faro", "El Faro Diario", "es", "split", "Por", "Lea también",
         ["Suscríbete al boletín", "Compartir", "Comentarios"],
         ["El Faro Diario se imprime en papel reciclado y llega a todas las islas."]),
    Site("o-cais", "O Cais", "pt", "telling", "Por", "Leia também",
         ["Assine a newsletter", "Compartilhar", "Comentários"],
         ["O Cais agradece aos assinantes que mantêm acesa a lâmpada da redação."]),
    Site("il-molo", "Il Molo", "it", "bare", "di", "Leggi anche",
         ["Iscriviti alla newsletter", "Condividi", "Commenti"],
         ["Il Molo esce ogni giorno tranne quando soffia la tramontana."]),
    Site("iskele", "İskele Gazetesi", "tr", "hashed", "Yazar", "Ayrıca bakın",
         ["Bültene abone ol", "Paylaş", "Yorumlar"],
         ["İskele Gazetesi her sabah vapurlarda ücretsiz dağıtılan bağımsız bir yayındır."]),
    Site("prichal", "Северный причал", "ru", "split", "Автор:", "Читайте также",
         ["Подписывайтесь на наш Telegram-канал", "Поделиться", "Комментарии"],
         ["Газета «Северный причал» выходит по будням на средства своих читателей."]),
    Site("limani", "Το Λιμάνι", "el", "telling", "Του", "Διαβάστε επίσης",
         ["Εγγραφείτε στο newsletter", "Σχόλια", "Διαφήμιση"],
         ["Η εφημερίδα μας τυπώνεται στο νησί με χαρτί που έρχεται με το καΐκι."]),
    Site("al-mina", "جريدة الميناء", "ar", "bare", "كتب", "اقرأ أيضا",
         ["اشترك في النشرة البريدية", "مشاركة", "التعليقات"],
         ["تصدر جريدة الميناء كل صباح بدعم من قرائها على الساحل الشرقي."]),
    Site("hof", "קול החוף", "he", "telling", "מאת", "כתבות נוספות",
         ["הירשמו לניוזלטר", "תגובות", "פרסומת"],
         ["קול החוף יוצא לאור מדי בוקר בתמיכת קוראיו לאורך החוף."]),
    Site("sagar", "सागर समाचार", "hi", "hashed", "लेखक", "यह भी पढ़ें",
         ["सब्सक्राइब करें", "शेयर करें", "विज्ञापन"],
         ["सागर समाचार हर सुबह पाठकों के सहयोग से तटीय गाँवों में बाँटा जाता है।"]),
    Site("minato", "みなと日報", "ja", "bare", "文・", "関連記事",
         ["会員登録はこちら", "シェアする", "コメント"],
         ["みなと日報は毎朝、定期船に積まれて沿岸の島々へ届けられています。"]),
    Site("naru", "나루일보", "ko", "breaks", "글", "관련 기사",
         ["로그인 후 댓글을 쓸 수 있습니다", "공유", "인쇄"],
         ["나루일보는 매일 아침 첫 배로 섬마을 독자에게 전해지는 신문입니다."]),
    Site("jiangwan", "江湾日报", "zh", "telling", "记者", "相关阅读",
         ["扫码关注我们", "分享", "评论"],
         ["江湾日报每天清晨随第一班渡轮送到沿江各村读者手中。"]),
    Site("tha-ruea", "ข่าวท่าเรือ", "th", "breaks", "โดย", "อ่านเพิ่มเติม",
         ["สมัครสมาชิกจดหมายข่าว", "แชร์", "ความคิดเห็น"],
         ["ข่าวท่าเรือส่งถึงผู้อ่านทุกเช้าพร้อมเรือเที่ยวแรกของวัน"]),
    Site("saltmere-courier", "Saltmere Courier", "en", "crowded", "By", "You may also like",
         ["Follow the Courier on our WhatsApp channel", "Share this story", "Log in to comment"],
         ["Courier Evening: our quayside letter", "The quayside letter of the Courier, every evening at six",
          "Order the Courier's quayside letter"], 8),
    Site("deichkurier", "Deichkurier", "de", "crowded", "Von", "Mehr zum Thema",
         ["Der Kurier auch bei Social Media", "Teilen", "Kommentare"],
         ["Kurier am Abend: unser Deichbrief", "Der Deichbrief vom Kurier, jeden Abend um sechs",
          "Jetzt den Deichbrief vom Kurier bestellen"], 8),
    Site("pilot-tribune", "The Pilot Tribune", "en", "onward", "By", "More",
         ["Sign up for our newsletter", "Share this story", "Log in to comment"],
         ["The Pilot Tribune is set in type by the apprentices of the harbour school."]),
]  # fmt: skip


def story_of(site: Site, number: int) -> Story:
    """The site's story of this number; the same one each time."""
    chance = random.Random(f"{site.id} {number}")
    sentences, title, standfirst, section, heading, item, quotation, caption = LANGUAGES[site.language]
    people = PEOPLE.get(site.language, PEOPLE["latin"])
    places = PLACES.get(site.language, LATIN_PLACES)
    author = chance.choice(people)

    def filled(text: str) -> str:
        person = chance.choice([p for p in people if p != author])
        return text.format(p=places[number % len(places)], n=chance.randrange(11, 98), a=person)

    day = 3 + number
    story = Story(
        title=filled(title),
        standfirst=filled(standfirst),
        section=section,
        authors=[author],
        published_at=f"2026-03-{day:02}T{number + 4:02}:15:00+0{number % 3 + 1}:00",
        caption=filled(caption),
        credit="Quay Pictures",
    )
    order = chance.sample(sentences, len(sentences))
    gap = "" if site.language in ("ja", "zh") else " "
    for first in range(0, 6, 2):
        story.blocks.append(("p", gap.join(filled(s) for s in order[first : first + 2])))
    story.blocks.append(("h", filled(heading)))
    story.blocks.append(("p", gap.join(filled(s) for s in reversed(order[:3]))))
    if site.layout == "crowded":
        story.blocks += [("row", f"{p} | {chance.randrange(100, 999)}") for p in places]
        story.blocks += [("quote", filled(quotation)), ("quote", f"— {people[0]} (@quay_{number}) 4.3.2026")]
    elif site.layout != "breaks":
        story.blocks += [("li", filled(item)), ("li", filled(item)), ("quote", filled(quotation))]
    story.blocks.append(("p", gap.join(filled(s) for s in order[3:])))
    return story


def expected(site: Site, story: Story) -> dict[str, Any]:
    """What an extractor must find on the page of this story."""
    marks = {"p": "", "row": "", "h": "## ", "li": "- ", "quote": "> "}
    text, previous = "", ""
    for kind, block in story.blocks:
        text += (
            ("\n" if kind == previous and kind in ("li", "row") else "\n\n" if text else "")
            + marks[kind]
            + block
        )
        previous = kind
    return {
        "title": story.title,
        "standfirst": story.standfirst,
        "authors": story.authors,
        "published_at": story.published_at,
        "section": story.section,
        "language": site.language,
        "image_caption": story.caption,
        "text": text,
    }


def page_of(site: Site, number: int) -> str:
    """The HTML of a story on its site."""
    story = story_of(site, number)
    others = [story_of(site, n) for n in range(site.pages) if n != number]
    names = NAMES[site.layout]
    text = BODIES[site.layout](story, site, others, names)
    direction = ' dir="rtl"' if site.language in ("ar", "he") else ""
    menu = "".join(
        f'<li><a href="/s/{n}">{escape(s)}</a></li>' for n, s in enumerate([site.name, story.section, "A–Z"])
    )
    related = "".join(f'<li><a href="/news/{n}">{escape(o.title)}</a></li>' for n, o in enumerate(others))
    prompts = "".join(f'<div class="{names["prompt"]}"><p>{escape(p)}</p></div>' for p in site.prompts)
    head = _head(site, story, number)
    return f"""<!doctype html>
<html lang="{site.language}"{direction}>{head}
<body><div class="{names["top"]}"><ul>{menu}</ul></div>
<div class="{names["crumbs"]}"><a href="/">{escape(site.name)}</a> &gt; <a href="/s">{escape(story.section)}</a></div>
<div class="{names["main"]}">
{text}
{prompts}
<div class="{names["related"]}"><h3>{escape(site.also)}</h3><ul>{related}</ul></div>
</div>
<div class="{names["foot"]}"><p>© 2026 {escape(site.name)}</p></div>
</body></html>
"""


def _head(site: Site, story: Story, number: int) -> str:
    address = f"https://{site.id}.example/news/2026/03/{site.id}-ferry-story-{number}"
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": story.published_at,
        "articleSection": story.section,
        "publisher": {"@type": "Organization", "name": site.name},
    }
    if site.layout in ("telling", "hashed", "crowded", "onward"):
        data["author"] = [{"@type": "Person", "name": name} for name in story.authors]
    linked = f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
    if site.layout == "breaks":
        linked = f'<meta property="article:published_time" content="{story.published_at}"><meta property="article:section" content="{story.section}">'
    return f"""<head><meta charset="utf-8"><title>{escape(story.title)} | {escape(site.name)}</title>
<link rel="canonical" href="{address}"><meta property="og:type" content="article">
<meta property="og:site_name" content="{escape(site.name)}"><meta property="og:title" content="{escape(story.title)}">
<meta property="og:description" content="{escape(story.standfirst)}"><meta property="og:image" content="/img/{number}.jpg">
{linked}</head>"""


NAMES = {
    "telling": {
        "top": "main-nav",
        "crumbs": "breadcrumb",
        "main": "page",
        "prompt": "newsletter-signup",
        "related": "related-articles",
        "foot": "site-footer",
        "standfirst": "article-standfirst",
        "byline": "byline",
        "share": "share-bar",
    },
    "hashed": {
        "top": "css-1a2b",
        "crumbs": "css-9zz1",
        "main": "css-77ab",
        "prompt": "css-3kq9",
        "related": "css-0pp2",
        "foot": "css-8dd3",
        "standfirst": "css-5ty8",
        "byline": "css-2wx4",
        "share": "css-6yt1",
    },
    "breaks": {
        "top": "gnb",
        "crumbs": "loc",
        "main": "wrap",
        "prompt": "login_box",
        "related": "relate_list",
        "foot": "foot",
        "standfirst": "sub_tit",
        "byline": "writer",
        "share": "sns_area",
    },
    "split": {
        "top": "menu-top",
        "crumbs": "migas",
        "main": "columna",
        "prompt": "caja-suscripcion newsletter",
        "related": "mas-noticias",
        "foot": "pie footer",
        "standfirst": "entradilla",
        "byline": "autor",
        "share": "compartir",
    },
    "crowded": {
        "top": "css-1a2b",
        "crumbs": "css-9zz1",
        "main": "page-wrap",
        "prompt": "css-3kq9",
        "related": "css-0pp2",
        "foot": "css-8dd3",
        "standfirst": "article-standfirst",
        "byline": "css-2wx4",
        "share": "css-6yt1",
    },
    "onward": {
        "top": "css-1a2b",
        "crumbs": "css-9zz1",
        "main": "css-77ab",
        "prompt": "css-3kq9",
        "related": "css-0pp2",
        "foot": "css-8dd3",
        "standfirst": "article-standfirst",
        "byline": "byline",
        "share": "share-bar",
    },
    "bare": {
        "top": "a",
        "crumbs": "b",
        "main": "c",
        "prompt": "d",
        "related": "e",
        "foot": "f",
        "standfirst": "g",
        "byline": "h",
        "share": "i",
    },
}


def _tops(story: Story, site: Site, names: dict[str, str]) -> str:
    return (
        f"<h1>{escape(story.title)}</h1>\n"
        f'<p class="{names["standfirst"]}">{escape(story.standfirst)}</p>\n'
        f'<div class="{names["byline"]}">{site.by} {escape(story.authors[0])}</div>\n'
        f'<div class="{names["share"]}"><a href="#">Facebook</a> <a href="#">X</a> <a href="#">{escape(site.prompts[1])}</a></div>\n'
        f'<figure><img src="/i.jpg" alt="{escape(story.caption)}">'
        f"<figcaption>{escape(story.caption)} [{escape(story.credit)}]</figcaption></figure>\n"
    )


def _marked(blocks: list[tuple[str, str]]) -> list[str]:
    out: list[str] = []
    for kind, block in blocks:
        text = escape(block)
        if kind == "li" and out and out[-1].startswith("<ul>"):
            out[-1] = out[-1].replace("</ul>", f"<li>{text}</li></ul>")
        else:
            out.append(
                {"p": f"<p>{text}</p>", "h": f"<h2>{text}</h2>", "li": f"<ul><li>{text}</li></ul>",
                 "quote": f"<blockquote><p>{text}</p></blockquote>"}[kind]
            )  # fmt: skip
    return out


def _notes(site: Site) -> str:
    return "".join(f"<p>{escape(note)}</p>" for note in site.notes)


def _one_body(story: Story, site: Site, others: list[Story], names: dict[str, str]) -> str:
    blocks = _marked(story.blocks)
    teaser = f'<p>{escape(site.also)}: <a href="/news/x">{escape(others[0].title)}</a></p>'
    blocks.insert(2, teaser)
    wrapper = {"telling": "article-body", "hashed": "css-4b4b", "bare": "k"}[site.layout]
    return f'<article>{_tops(story, site, names)}<div class="{wrapper}">{"".join(blocks)}{_notes(site)}</div></article>'


def _split_body(story: Story, site: Site, others: list[Story], names: dict[str, str]) -> str:
    blocks = _marked(story.blocks)
    parts = [blocks[:2], blocks[2:5], blocks[5:]]
    ad = f'<div class="publicidad banner">{escape(site.prompts[2])}</div>'
    body = ad.join(f'<section class="cuerpo-texto">{"".join(p)}</section>' for p in parts)
    return f"<article>{_tops(story, site, names)}{body}{_notes(site)}</article>"


def _broken_body(story: Story, site: Site, others: list[Story], names: dict[str, str]) -> str:
    lines = [f"<b>{escape(text)}</b>" if kind == "h" else escape(text) for kind, text in story.blocks]
    body = "<br><br>\n".join([*lines, *(escape(n) for n in site.notes)])
    return f'{_tops(story, site, names)}<div id="article_txt">{body}</div>'


ASKING = {
    "en": (
        "Got a tip about the harbour?",
        "Tell the evening desk.",
        "Subscribe now for two weeks",
        "The Courier tells what the harbour office would rather keep to itself, and it comes by the first boat of the day.",
    ),
    "de": (
        "Sie haben Hinweise zu diesem Thema?",
        "Schreiben Sie dem Abenddienst.",
        "Zwei Wochen kostenlos testen",
        "Der Kurier erzählt, was das Hafenamt lieber für sich behielte, und kommt mit dem ersten Boot des Tages.",
    ),
}
"""What the site asks for: in a box set into the text, and after it."""


def _crowded_body(story: Story, site: Site, others: list[Story], names: dict[str, str]) -> str:
    """A post in an embed wrapper, a table whose rows are named, a card over a name, a last line without a `p`,

    a line of credits, and the beginnings of other stories after it.
    """
    *texts, last = [block for block in story.blocks if block[0] not in ("row", "quote")]
    post, by = (escape(text) for kind, text in story.blocks if kind == "quote")
    rows = [block.split(" | ") for kind, block in story.blocks if kind == "row"]
    table = "".join(
        f'<tr class="row player-{n}"><td>{escape(a)}</td><td>{b}</td></tr>' for n, (a, b) in enumerate(rows)
    )
    embed = f'<div class="social-media-embed"><blockquote class="twitter-tweet"><p>{post}</p>{by}</blockquote></div>'
    blocks = _marked(texts)
    card = '<span class="css-pop"><img src="/p.jpg"><a href="/p/1">Mara Lindqvist</a><a href="/news/2">{}</a></span>'
    cut = blocks[0].index(" ")
    tip, link, trial, praise = ASKING[site.language]
    blocks.insert(2, f'<div class="css-ask"><p>{tip} <a href="/tip">{link}</a></p></div>')
    blocks[0] = blocks[0][:cut] + card.format(escape(others[0].title)) + blocks[0][cut:]
    credits = (
        "Text: Mara Lindqvist, Redaktion: Jonas Weil"
        if site.language == "de"
        else "Text: Mara Lindqvist, Photos: Jonas Weil"
    )
    cards = "".join(
        f'<div class="css-card"><h3><a href="/news/{n}">{escape(o.title)}</a></h3><p class="css-cardtext">{escape(o.standfirst)}</p></div>'
        for n, o in enumerate(others[:4])
    )
    whole = "".join(
        f'<article class="css-next post-{n}"><h2><a href="/news/{n}">{escape(o.title)}</a></h2><p>{escape(o.blocks[0][1])}</p></article>'
        for n, o in enumerate(others[4:6])
    )
    return (
        f'<article class="css-story">{_tops(story, site, names)}<div class="css-4b4b">{"".join(blocks)}'
        f"<table>{table}</table>{embed}{escape(last[1])}{_notes(site)}<p>{credits}</p></div>"
        f'<div class="css-4b4b mt-5"><p class="css-bold">{trial}</p><p>{praise}</p></div></article>'
        f"{cards}<h3>{escape(site.also)}</h3>{whole}"
    )


RIGHTS = (
    "Disclaimer: The Tribune does not answer for letters, tide tables and the prices of fish, and whoever prints its "
    "stories again must name it and ask the harbour school in writing."
)


def _onward_body(story: Story, site: Site, others: list[Story], names: dict[str, str]) -> str:
    """A story with no end of its own: the house's rights, readers' letters, a column of snippets, the next story.

    The column has more words than the story, and only its name tells it.
    """
    whole = " ".join(text for _, text in others[0].blocks)
    column = "".join(
        f'<div class="css-snip"><div class="css-q">{escape(whole[n * 40 : n * 40 + 700])}.</div></div>'
        for n in range(9)
    )
    letters = "".join(
        f'<tr><td class="css-who">{who}, 7 March 2026, 1{n}:20</td></tr><tr><td class="css-said">{escape(other.blocks[1][1])}</td></tr>'
        for n, (who, other) in enumerate(zip(("Gull", "Oar", "Tar", "Rope"), others, strict=True))
    )
    onward = others[1]
    return (
        f'<div class="css-view"><div class="css-head">{_tops(story, site, names)}</div>'
        f'<div class="css-text">{"".join(_marked(story.blocks))}{_notes(site)}<p>{RIGHTS}</p><p>© {site.name}</p></div>'
        f'<table class="css-tab">{letters}</table></div><div class="sidebar">{column}</div>'
        f'<div class="css-view"><div class="css-head">{_tops(onward, site, names)}</div>'
        f'<div class="css-text css-on">{"".join(_marked(onward.blocks))}</div></div>'
    )


BODIES = {
    "onward": _onward_body,
    "crowded": _crowded_body,
    "telling": _one_body,
    "hashed": _one_body,
    "bare": _one_body,
    "split": _split_body,
    "breaks": _broken_body,
}


def build(folder: Path = FOLDER) -> int:
    """Write every page and its answer; returns how many."""
    for site in SITES:
        (folder / site.id).mkdir(parents=True, exist_ok=True)
        for number in range(site.pages):
            (folder / site.id / f"{number}.html").write_text(page_of(site, number), encoding="utf-8")
            answer = json.dumps(expected(site, story_of(site, number)), ensure_ascii=False, indent=1)
            (folder / site.id / f"{number}.json").write_text(answer + "\n", encoding="utf-8")
    return sum(site.pages for site in SITES)
