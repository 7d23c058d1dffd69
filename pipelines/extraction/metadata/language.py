"""The language of an article: what the page declares, unless it is silent, no language, or plainly wrong."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.core import get_global

from pipelines.extraction import jsonld

if TYPE_CHECKING:
    from pipelines.extraction.document import Document
    from pipelines.items import Hints

_ENOUGH = 80
"""Letters below which no text is judged: a Chinese sentence or two, a line of Latin ones."""
_ENOUGH_TO_CONTRADICT = 400
_READ = 1500
"""Signs that are read; a seventh of a millisecond."""
_SURE = 0.99
_LIKELY = 0.8

# Languages that writing alone hardly tells apart: one of them declared is never overruled by another of its group.
_KIN = (
    {"sr", "hr", "bs", "sh", "me", "sl", "mk", "bg"},
    {"id", "ms", "jv", "su", "min"},
    {"no", "nb", "nn", "da", "sv", "fo", "is"},
    {"pt", "gl", "es", "an", "ast", "ca", "oc", "ext", "eu"},
    {"cs", "sk"},
    {"zu", "xh", "nd", "nr", "ss", "st", "tn", "nso"},
    {"hi", "mr", "ne", "bho", "mai", "sa"},
    {"fa", "ps", "ur", "tg", "ckb", "ku", "sdh"},
    {"ar", "ary", "arz"},
    {"ru", "uk", "be", "rue", "kk", "ky", "tt", "ba"},
    {"fil", "tl", "ceb", "bcl"},
    {"de", "gsw", "lb", "nds", "als", "bar"},
    {"nl", "af", "fy", "li", "vls"},
    {"it", "vec", "lij", "co", "scn", "rm", "fur"},
    {"fr", "wa", "oc", "br", "gcf", "gcr", "ht"},
    {"zh", "yue", "wuu", "nan", "hak", "ja"},
    {"en", "sco", "pcm", "cy", "ga", "gd"},
    {"tr", "az", "tk", "crh", "uz", "uzs", "ug"},
)


def language(document: Document, hints: Hints, given: str, text: str) -> str:
    """A code of ISO 639-1 (of 639-3 where that has none); empty when nothing tells.

    `given` is the source's own. A declaration is overruled only when a text of some length is, with hardly a doubt
    and in both its halves, in another language that is no near relation.
    """
    stated = (
        jsonld.text(document.article.get("inLanguage")),
        document.language,
        document.first("content-language", "og:locale", "language", "dc.language"),
        hints.language,
        given,
    )
    declared = next((code for value in stated if (code := normal(value))), "")
    sample = text[:_READ]
    if len(sample) < _ENOUGH:
        return declared
    if not declared:
        code, chance = _read(sample)
        return code if chance > _LIKELY else ""
    if len(sample) < _ENOUGH_TO_CONTRADICT or declared not in _known():
        return declared
    found, chance = _read(sample)
    if found == declared or chance < _SURE or not found or any({found, declared} <= kin for kin in _KIN):
        return declared
    middle = len(sample) // 2
    halves = {_read(sample[:middle])[0], _read(sample[middle:])[0]}
    return found if halves == {found} else declared


def normal(stated: str) -> str:
    """`en` of `en_GB`, `eng` or `EN`; empty when it names no language."""
    parts = re.match(r"([A-Za-z]{2,3})(?=$|[-_,; ])", stated.strip())
    if not parts:
        return ""
    code = parts[1].lower()
    code = _aliases().get(code, code).split("_")[0]
    return code if code in _languages() else ""


@cache
def _aliases() -> dict[str, str]:
    """Older and three-letter codes to today's, of Unicode's CLDR."""
    return dict(get_global("language_aliases"))


@cache
def _languages() -> frozenset[str]:
    return frozenset(Locale("en").languages) - {"und", "mul", "zxx", "mis", "root"}


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # half a second and 60 MB: once a process

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@cache
def _known() -> frozenset[str]:
    """What the identifier can tell, in the codes that we use."""
    return frozenset(code for label in _identifier().labels if (code := normal(label))) | {"nb", "nn"}


def _read(sample: str) -> tuple[str, float]:
    """The language that a text is most likely in, and how likely."""
    label, chance = _identifier().classify(sample)
    return normal(label), float(chance)
