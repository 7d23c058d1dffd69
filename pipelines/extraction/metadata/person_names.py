"""What names of people and desks look like, in any script, and what separates several of them in a line."""

from __future__ import annotations

import re

from pipelines.extraction.content import phrases
from pipelines.extraction.tokens import WIDE

_SHORTEST, _LONGEST = 2, 50  # characters of a name
_LONGEST_EAST_ASIAN = 12
_MOST_WORDS = 5

BY = re.compile(
    r"^\W*(?:(?:written|words|story|text|posted|reported|reporting|article|edited|review|interview|ein \w+|eine \w+) (?:and \w+ )?"
    r"(?:by|von)|by|von|vom|par|por|di|av|af|door|przez|autor(?:in|en|es|a)?|auteurs?|autore|authors?|texte?|texto|tekst|skribent|"
    r"от|автор(?:ы|и)?|текст|作者|责编|责任编辑|責任編輯|编辑|文|記者|记者|撰文|著者|글|tác giả|oleh|yazar|penulis|reporter|كتب|كتبت|بقلم|מאת|โดย|लेखक|του|της|a cura di|(?:redacción|redaktion)(?=\s*:))\s*[:：|・]?\s*(?<=[\s:：|・])|^By(?=(?-i:[A-Z][a-z]))",
    re.I,
)
SPLIT = re.compile(
    r"\s*(?:[;|•·]|,|，|、|\s/\s|\s(?:and|und|et|y|e|og|och|ja|en|и|та|i|dan|và|ve|και|şi|și)\s|\s?&\s?|\s(?:with|mit|avec)\s)\s*",
    re.I,
)
STOP = re.compile(
    r"\s+[–—|•·\-]\s+.*$|\s+(?:on|am|le|el|il|em) (?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d|(?-i:[A-Z][a-z]{2,8}\.? \d)).*$|\s*[|•·].*$|\s*\((?:text|foto|photo|fotos|bild|video|dpa|afp|reuters|ap)\b.*$|\s*(?:published|updated|posted|reviewed|medically|fact[- ]checked|last|edited|"
    r"aktualisiert|veröffentlicht|publié|mis à jour|publicado|actualizado|pubblicato|\d{1,2}[./]\d|\d{4}).*$",
    re.I,
)
_PARTICLES = frozenset(
    """de da do dos das del della di du des d' van von der den ter ten zu la le el al bin ibn ben af av y e
    i und the""".split()
)
_ROLE = re.compile(
    r"\b(?:staff|writers?|reporters?|editors?|correspond\w*|journalists?|contributors?|author|columnist|producer|team|newsroom|desk|bureau|redaktion|redakteur\w*|"
    r"redacción|rédaction|redazione|redação|redactie|redakcja|редакция|агентство|news|press|media|online|magazine|agency|agentur|agence|agencia|"
    r"md|m\.d\.|phd|ph\.d\.?|mba|rd|rdn|cfp|cpa|esq|jr|dds|reviewed|checked|by|photo\w*|foto\w*)\b|編集部|記者|记者|기자|通讯员|特派員",
    re.I,
)
ROLE_ONLY = re.compile(
    r"^(?:(?:senior|chief|staff|associate|managing|contributing|deputy|special|political|foreign|sports?|business|health|science|tech\w*|our|for|the)\s+)*"
    r"(?:writers?|reporters?|editors?(?: in chief)?|correspondents?|journalists?|contributors?|author|columnist|producer|md|m\.d\.?|phd|ph\.d\.?|mba|rdn?|cfp|cpa|esq|jr|"
    r"(?:vice[ -])?(?:president|chair(?:man|woman)?|director|head|professor|minister|chief|founder|co-founder|fellow|manager|analyst)(?: (?:of|for|at) .+)?|"
    r"(?:\w+ ){1,3}(?:officer|director|executive)|sponsored|log ?out|"
    r"journalistin|redakteur(?:in)?|freier? \w+|\w*korrespondent(?:in)?|reporterin|redactor[ae]?|periodista|journaliste)\.?$",
    re.I,
)
_OFFICE = re.compile(
    r"\b(?:secretaria|assessoria|coordenadoria|departamento|prefeitura|ayuntamiento|ministerio|gobierno|ministry|department|city council|"
    r"government|pressestelle|stadtverwaltung|landratsamt|mairie|préfecture|ministère|comune|regione|urząd|администрация|министерство)\b",
    re.I,
)
"""Words of public offices, which sign what they publish."""
_AGENCIES = frozenset(
    """afp ap dpa reuters efe ansa apa sda kna epd sid tass pti ani ians lusa belga xinhua yonhap kyodo
    jiji tt ntb ritzau stt""".split()
)


_NEWSROOM = re.compile(
    r"\b(?:staff|editors?|editorial|team|newsroom|desk|bureau|redaktion|redacción|rédaction|redazione|redação|redactie|redakcja|редакция)\b|編集部",
    re.I,
)


def is_newsroom(name: str) -> bool:
    """Whether a name is that of a part of a publisher: its newsroom, a team, a desk."""
    return bool(_NEWSROOM.search(name))


def is_desk(name: str) -> bool:
    """Whether a name is that of an organisation or a desk and not of a person."""
    return (
        name.casefold() in _AGENCIES
        or bool(_ROLE.search(name))
        or bool(_OFFICE.search(name))
        or len(name.split()) > _MOST_WORDS
        or (name.isascii() and " " not in name)
    )


def looks_like_name(text: str, loosely: bool = False, by: bool = False) -> bool:
    """Whether a text is two to five capitalised words, or a few ideographs behind the word for author.

    `loosely` also takes one word, and ideographs alone; `by` says that the word for author stands before.
    """
    text = re.sub(r"\s*\([^()]*\)$", "", text).strip(" ,.:")
    if BY.match(text + " "):
        return False
    if (
        not _SHORTEST <= len(text) <= _LONGEST
        or re.search(r"[\d@/:?!]", text)
        or ROLE_ONLY.match(text)
        or phrases.LABEL.match(text)
    ):
        return False
    if WIDE.match(text):
        return (loosely or by) and len(text) <= _LONGEST_EAST_ASIAN
    parts = text.split()
    if len(parts) > _MOST_WORDS or (len(parts) == 1 and not loosely):
        return False
    return (
        all(p[0].isupper() or p.casefold() in _PARTICLES or not p[0].isascii() for p in parts)
        and not parts[-1][0].islower()
    )


_LABEL = re.compile(
    r"\b(?:bio|settings|account|library|profile|posts?|more|view|all|follow|about|contact|home|menu|log ?in|sign|read|full|meet|our|page|"
    r"website|e-?mail|share|video|photo|subscribe|free|get|how|what|why|best|guide|news|blog|articles?|posted|updated|published|written|min)\b",
    re.I,
)


def is_label(text: str) -> bool:
    """Whether a link or a line is worded as a control or a section and not as a name."""
    return bool(_LABEL.search(text))


_BESIDE = re.compile(
    r"\s*[-–—|•·,]?\s*(?:(?<!\w)@\w{2,30}|\((?:photos?|fotos?|pictures?|images?|bild(?:er)?|text|texte?|texto|video|grafik|graphics?|illustrations?|photographs?)\b[^()]{0,80}\)|"
    r"(?:reading time:?\s*|lesezeit:?\s*)?\b\d{1,3}\s*-?(?:min(?:ute[ns]?|uti|utos?|s)?\.?)\s*(?:read(?:ing time)?|lesezeit|de lecture|de lectura|di lettura|leestijd|lästid)?(?![\w])(?!\s*ago)|"
    r"(?:\b(?:\d{1,3}|an?)\s*(?:min(?:ute)?s?|h(?:ou)?rs?|days?|weeks?|months?|years?|[hd])\.?\s+ago)|"
    r"\b(?:vor|il y a|hace|há|för|for|przed|před)\s+(?:\d{1,3}|einer|einem|un|une|una|um|uma)\s+[^\W\d_]{1,12}(?:\s+(?:sedan|siden))?|"
    r"\b\d{1,3}\s+[^\W\d_]{1,12}\s+(?:fa|geleden|temu|назад|тому|önce|lalu|sitten|siden|sedan|trước)\b|\d{1,3}\s*(?:分钟|小时|天|分|時間|日|시간|일)\s*(?:前|전))",
    re.I,
)


def strip_beside(line: str) -> str:
    """Return a byline without what stands beside its names: how long ago, how long to read, a handle, the photographer."""
    return line if line.isalpha() else " ".join(_BESIDE.sub(" ", line).split()).strip(" ,|•·–—")


_ROLE_BEHIND = re.compile(
    r"(?<=\w)\s+(?:Staff )?(?:Writer|Reporter|Correspondent|Contributor|Journalist)$|\s+[-–—]\s+.*\b(?:Team|Staff|Redaktion|Newsroom|Desk)\b.*$"
)
"""A role or a newsroom behind a name."""


def trim_name(name: str) -> str:
    """Return a name without the marks around it, but with the point of a last initial."""
    name = name.strip(' ,-–—|:;"[]')
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1].strip()
    if name.count("(") != name.count(")"):
        name = name.strip("() ")
    if name.isupper() and " " in name and name.isascii():  # capitals are a matter of type
        name = name.title()
    name = _ROLE_BEHIND.sub("", name)
    return name if re.search(r"\b\w\.$", name) else name.rstrip(".")
