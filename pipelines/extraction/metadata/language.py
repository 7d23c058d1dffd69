"""The language of an article: what the page declares, unless it is silent, no language, or plainly wrong."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from babel import Locale
from babel.core import get_global

from pipelines.extraction import jsonld

if TYPE_CHECKING:
    from pipelines.extraction.document import Document
    from pipelines.extraction.metadata.language_model import Identifier
    from pipelines.items import Hints

_ENOUGH = 80
"""Letters below which no text is judged: a Chinese sentence or two, a line of Latin ones."""
_ENOUGH_TO_CONTRADICT = 400
_SAMPLE = 1500
"""Characters that are read; it takes a seventh of a millisecond."""
_SURE = 0.99  # probability that overrules a declaration
_LIKELY = 0.8  # probability that replaces a missing one

# Languages that writing alone hardly tells apart: one of them declared is never overruled by another of its group.
_RELATED = (
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


def find_language(document: Document, hints: Hints, given: str, text: str) -> str:
    """Return a code of ISO 639-1 (of 639-3 where that has none); "" when nothing tells.

    `given` is the source's own. A declaration is overruled only when a text of some length is, with hardly a doubt
    and in both its halves, in another language that is no near relation.
    """
    stated = (
        jsonld.to_text(document.article.get("inLanguage")),
        document.language,
        document.first("content-language", "og:locale", "language", "dc.language"),
        hints.language,
        given,
    )
    declared = next((code for value in stated if (code := normalize_code(value))), "")
    sample = text[:_SAMPLE]
    if not declared:
        return identify_language(sample)
    if len(sample) < _ENOUGH_TO_CONTRADICT or declared not in _identifiable():
        return declared
    middle = len(sample) // 2
    first_half = _identify(sample[:middle])[0]
    if first_half == declared:  # whatever the rest is, the halves are not both in another language
        return declared
    found, chance = _identify(sample)
    if (
        found == declared
        or chance < _SURE
        or not found
        or any({found, declared} <= group for group in _RELATED)
    ):
        return declared
    return found if found == first_half == _identify(sample[middle:])[0] else declared


def identify_language(text: str) -> str:
    """Return the language in which a text likely is; "" when it is short, or nothing tells."""
    sample = text[:_SAMPLE]
    if len(sample) < _ENOUGH:
        return ""
    code, chance = _identify(sample)
    return code if chance > _LIKELY else ""


def normalize_code(stated: str) -> str:
    """Return `en` for `en_GB`, `eng` or `EN`; "" when it names no language."""
    parts = re.match(r"([A-Za-z]{2,3})(?=$|[-_,; ])", stated.strip())
    if not parts:
        return ""
    code = parts[1].lower()
    code = _aliases().get(code, code).split("_")[0]
    return code if code in _languages() else ""


@cache
def _aliases() -> dict[str, str]:
    """Return older and three-letter codes to today's, of Unicode's CLDR."""
    return dict(get_global("language_aliases"))


@cache
def _languages() -> frozenset[str]:
    return frozenset(Locale("en").languages) - {"und", "mul", "zxx", "mis", "root"}


@cache
def _identifier() -> Identifier:
    """Return py3langid's; it and numpy, with 60 MB, are for processes that read texts."""
    from pipelines.extraction.metadata.language_model import load_identifier

    return load_identifier()


@cache
def _identifiable() -> frozenset[str]:
    """Return the languages that the identifier knows, in the codes that we use."""
    return frozenset(code for label in _identifier().labels if (code := normalize_code(label))) | {"nb", "nn"}


def _identify(sample: str) -> tuple[str, float]:
    """Return the language that a text is most likely in, and how likely, 0 to 1."""
    label, chance = _identifier().classify(sample)
    return normalize_code(label), float(chance)
