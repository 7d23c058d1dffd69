"""What systems write where a person wrote nothing, and markup that slipped into a stated value. Pure."""

from __future__ import annotations

import re

_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|center|cite|code|del|div|em|font|h[1-6]|i|ins|mark|p|q|s|small|span|strong|sub|sup|u|wbr)(?:\s[^<>]{0,500})?/?>",
    re.I,
)
_CLOSED = re.compile(r"</[a-z]|<(?:br|wbr)\b", re.I)
_TEMPLATE = re.compile(r"\{\{|\}\}|\{%|<%|%>|\$\{|\[object |^%\w+%$|^\[\w+\]$", re.I)
_NO_TITLE = re.compile(
    r"^\W*(?:untitled(?: (?:document|page|post|article))?|undefined|null|none|nan|no title|title|page title|document|new (?:page|document)|"
    r"home(?: ?page)?|index|loading|false|true|unbenannte[sr]? ?(?:dokument|seite)?|ohne titel|kein titel|sans titre|document sans titre|"
    r"(?:documento )?sin t[íi]tulo|(?:documento )?sem t[íi]tulo|(?:documento )?senza titolo|naamloos(?: document)?|zonder titel|namnlös(?:t dokument)?|"
    r"uten navn|unavngivet|nimetön|bez (?:názvu|tytułu|nazwy)|dokument bez (?:tytułu|nazwy)|névtelen(?: dokumentum)?|fără titlu|без (?:названия|имени|назви)|"
    r"χωρίς τίτλο|adsız(?: belge)?|başlıksız|tanpa judul|không có tiêu đề|无标题(?:文档)?|未命名|無標題|無題(?:ドキュメント)?|제목 ?없음|بدون عنوان|ללא כותרת)\W*$",
    re.I,
)
_NO_AUTHOR = re.compile(
    r"^\W*(?:admin\d*|administrator|wp-?admin|webmaster|web ?admin|site ?admin|super ?user|root|user\d*|guest|test|tester|undefined|null|none|nan|n/?a|"
    r"unknown(?: author)?|no author|author(?: name)?|author_?name|default|false|true|anonymous user|wordpress|demo|array|(?:\w+\.){2,}\w+|"
    r"unbekannt|inconnu|desconocido|desconhecido|sconosciuto|onbekend|okänd|неизвестно|автор|未知)\W*$",
    re.I,
)
_NO_PICTURE = re.compile(
    r"^(?:data|blob|about|javascript|file|cid):|^(?:undefined|null|none|false|#|\[object)|"
    r"/(?:undefined|null|none|\[object[^/]*|blank|spacer|pixel|transparent|1x1|placeholder|no[-_]?image|noimg|default[-_]?image|empty|clear|trans)(?:[-_.]\w{0,12})?"
    r"(?:\.(?:gif|png|jpe?g|svg|webp))?(?:[?#].*)?$|[?&](?:w|width)=1&(?:h|height)=1\b|\{\{|\$\{|^https?:/*$|"
    r"^https?://(?:pixel|track(?:ing|er)?|stats?|analytics|counter|b\.scorecardresearch|sb\.scorecardresearch|www\.facebook\.com/tr)\b",
    re.I,
)


def strip_markup(text: str) -> str:
    """Return a stated value without the tags around its words; a text about tags, which closes none, as it is."""
    if "<" not in text or not _CLOSED.search(text):
        return text
    return " ".join(
        _TAG.sub(lambda tag: " " if tag[0][1:3].lower() in ("br", "p>", "di") else "", text).split()
    )


def is_no_title(text: str) -> bool:
    """Whether a title is a system's word for none, or a template's mark."""
    return bool(_NO_TITLE.match(text) or _TEMPLATE.search(text))


def is_no_author(name: str) -> bool:
    """Whether an author is an account of a system, a word for none, or a template's mark."""
    return bool(_NO_AUTHOR.match(name) or _TEMPLATE.search(name))


def is_no_picture(address: str) -> bool:
    """Whether an image's address is none, a blank one or one that counts readers."""
    return bool(_NO_PICTURE.search(address.strip()))
