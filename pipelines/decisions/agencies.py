"""Which news agency an article names as its source, in its byline, its dateline or its last line. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

EDGE = 250
"""Signs at the beginning and at the end of a text, where an agency is named as a source and not as a subject."""

# How each agency signs: words that are its name alone, and abbreviations that count in capitals or in brackets only.
_NAMES = {
    "AP": r"Associated Press|(?-i:\bAP\b)",
    "Reuters": r"\bReuters\b|路透社?|ロイター|로이터|رويترز|Рейтер",
    "AFP": r"Agence France-Presse|(?-i:\bAFP\b)|法新社|فرانس برس",
    "dpa": r"Deutsche Presse-Agentur|(?-i:\bdpa\b)(?:-\w+)*|(?-i:\bDPA\b)",
    "EFE": r"Agencia EFE|(?-i:\bEFE\b)",
    "ANSA": r"(?-i:\bANSA\b)",
    "APA": r"Austria Presse Agentur|(?-i:\bAPA\b)",
    "Keystone-SDA": r"Keystone-SDA|(?-i:\b(?:sda|SDA)\b)",
    "PA": r"Press Association|PA Media|(?-i:^PA$|\(PA\))",
    "PTI": r"Press Trust of India|(?-i:\bPTI\b)",
    "ANI": r"Asian News International|(?-i:^ANI$|\(ANI\))",
    "Yonhap": r"\bYonhap\b|연합뉴스",
    "Xinhua": r"\bXinhua\b|新华社|新華社",
    "Kyodo": r"\bKyodo\b|共同通信|^共同$",
    "Jiji": r"\bJiji(?: Press)?\b|時事通信",
    "TASS": r"(?-i:\bTASS\b)|\bТАСС\b",
    "Interfax": r"\bInterfax\b|\bИнтерфакс\b",
    "Anadolu": r"\bAnadolu\b|(?-i:^AA$|\(AA\))",
    "Lusa": r"(?-i:\b(?:Lusa|LUSA)\b)",
    "Belga": r"(?-i:\b(?:Belga|BELGA)\b)",
    "ANP": r"(?-i:\bANP\b)",
    "TT": r"(?-i:\bTT\b)(?= |/|\)|$)",
    "NTB": r"(?-i:\b(?:NTB|©NTB)\b)",
    "Ritzau": r"\bRitzau\b",
    "PAP": r"(?-i:\bPAP\b)",
    "ČTK": r"(?-i:\bČTK\b)",
    "CNA": r"中央社",
    "UPI": r"(?-i:\bUPI\b)",
    "IANS": r"(?-i:\bIANS\b)",
    "Bloomberg": r"(?-i:^Bloomberg$|\(Bloomberg\))",
    "Canadian Press": r"(?:The )?Canadian Press",
    "AAP": r"Australian Associated Press|(?-i:\bAAP\b)",
    "RIA Novosti": r"\bRIA Novosti\b|РИА Новости",
    "Ukrinform": r"\bUkrinform\b|Укрінформ",
    "BelTA": r"(?-i:\bBelTA\b)|БЕЛТА",
    "Newsis": r"\bNewsis\b|뉴시스",
    "News1": r"(?-i:\bNews1\b)|뉴스1",
    "China News Service": r"China News Service|中新社|中新网",
    "KCNA": r"(?-i:\bKCNA\b)|조선중앙통신",
    "VNA": r"Vietnam News Agency|(?-i:\bTTXVN\b)",
    "Antara": r"(?-i:\b(?:Antara|ANTARA)\b)",
    "Bernama": r"\bBernama\b",
    "APP": r"Associated Press of Pakistan|(?-i:^APP$|\(APP\))",
    "BSS": r"Bangladesh Sangbad Sangstha|(?-i:^BSS$|\(BSS\))",
    "UNB": r"United News of Bangladesh|(?-i:^UNB$|\(UNB\))",
    "UNI": r"United News of India|(?-i:^UNI$|\(UNI\))",
    "IRNA": r"(?-i:\bIRNA\b)|ایرنا",
    "SPA": r"Saudi Press Agency|(?-i:^SPA$|\(SPA\))|^واس$",
    "WAM": r"Emirates News Agency|(?-i:\bWAM\b)|^وام$",
    "QNA": r"Qatar News Agency|(?-i:\bQNA\b)|^قنا$",
    "Petra": r"Jordan News Agency|^بترا$",
    "MENA": r"Middle East News Agency|^أ\s?ش\s?أ$",
    "MAP": r"Maghreb Arabe Presse|(?-i:^MAP$|\(MAP\))",
    "APS": r"Algérie Presse Service|(?-i:^APS$|\(APS\))",
    "NAN": r"News Agency of Nigeria|(?-i:^NAN$|\(NAN\))",
    "PANA": r"(?-i:\bPANA\b)|Panapress",
    "STT": r"(?-i:\bSTT\b)",
    "BNS": r"Baltic News Service|(?-i:\bBNS\b)",
    "LETA": r"(?-i:\bLETA\b)",
    "ELTA": r"(?-i:\bELTA\b)",
    "MTI": r"(?-i:\bMTI\b)",
    "TASR": r"(?-i:\bTASR\b)",
    "SITA": r"(?-i:\bSITA\b)(?= |/|\)|$)",
    "Agerpres": r"\bAgerpres\b",
    "BTA": r"Bulgarian News Agency|(?-i:\bБТА\b)",
    "Tanjug": r"\bTanjug\b|Танјуг",
    "Hina": r"(?-i:\b(?:Hina|HINA)\b)",
    "STA": r"(?-i:\bSTA\b)(?= |/|\)|$)",
    "ANA-MPA": r"(?-i:\bANA-MPA\b)|ΑΠΕ-ΜΠΕ",
    "Adnkronos": r"\bAdnkronos\b",
    "AGI": r"(?-i:\bAGI\b)",
    "Europa Press": r"\bEuropa Press\b",
    "Télam": r"\bT[ée]lam\b",
    "Agência Brasil": r"\bAg[êe]ncia Brasil\b",
    "Prensa Latina": r"\bPrensa Latina\b",
    "SID": r"Sport-Informations-Dienst|(?-i:\bSID\b)",
    "epd": r"Evangelischer Pressedienst|(?-i:\bepd\b)",
    "KNA": r"Katholische Nachrichten-Agentur|(?-i:\bKNA\b)",
}
_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _NAMES.items()}

# A dateline or a signature: brackets, slashes or dashes around, or the last words. A sentence about an agency is none.
_SIGNED = re.compile(
    r"\(([^()\n]{2,40})\)|（([^（）\n]{2,20})）|【([^【】\n]{2,20})】|/([^/\n]{2,20})/"
    r"|[—–-]\s*([^—–\n]{2,40})$|^([^\n.]{2,40})\s[—–-]\s",
    re.MULTILINE,
)


def find_agencies(authors: Iterable[str], text: str) -> tuple[str, ...]:
    """The agencies named as the source of an article, by their short names, in the order of the list above."""
    places = [*authors]
    for edge in (text[:EDGE], text[-EDGE:]):
        places += [next(filter(None, match.groups())) for match in _SIGNED.finditer(edge)]
    return tuple(
        name for name, pattern in _PATTERNS.items() if any(pattern.search(place) for place in places)
    )
