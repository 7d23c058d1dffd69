"""Inline markup that carries meaning, written out as text in the tree: so every reader of a page reads it alike.

Powers and indices become Unicode signs or `^`, fractions `½` or `1/3`, quotation elements get quotation marks, struck
words go. What is only printed small (ordinals, trade marks, links to footnotes) stays as it is.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, cast

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element

_RAISED = dict(zip("0123456789+-−–=()nixykmt", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱˣʸᵏᵐᵗ", strict=True))
_LOWERED = dict(zip("0123456789+-−–=()nixkmt", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎ₙᵢₓₖₘₜ", strict=True))
_FRACTIONS = {
    "1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾", "1/5": "⅕", "2/5": "⅖", "3/5": "⅗", "4/5": "⅘",
    "1/6": "⅙", "5/6": "⅚", "1/8": "⅛", "3/8": "⅜", "5/8": "⅝", "7/8": "⅞", "1/7": "⅐", "1/9": "⅑", "1/10": "⅒",
}  # fmt: skip
_SLASHES = ("/", "⁄", "∕")
_LONGEST_INDEX = 24
_BASE = re.compile(
    r"(?:[\d)\]}π°µΩ]|(?<![^\W\d_'’])(?:[^\W\d_]|[A-Z][a-z])|\b(?:mc|[kcdmhnµμ]m|in|ft|yd|mi|sec|min|[A-Z][a-z]?[A-Z][a-z]?|log|sin|cos|tan))$"
)
"""What a power or an index hangs on: a number, a bracket, a variable, a unit. A mark at a word is a footnote's."""
_FORMULA = re.compile(r"(?:[A-Z][a-z]?|[)\]₀-₉]|(?<![^\W\d_])[^\W\d_]|log|lim)$")
_FORMULA_SIGNS = re.compile(r"[\d+\-−–=()]")
_EXPONENT = re.compile(r"[-+−–]?[\w.,/+\-−–*·πλωαβθ ()]{1,24}$")
_LETTERS = re.compile(r"[^\W\d_]{2,}\.?$|[eaoº]$")
_STRUCK = ("s", "strike", "del")
_STRUCK_LENGTH = 600
"""Characters of struck words at most; more is an end tag that was lost."""
_STRUCK_STYLE = etree.XPath("//@style[contains(., 'line-through')]/..")

_QUOTES = {
    "en": "“”‘’", "de": "„“‚‘", "fr": "«»“”", "es": "«»“”", "ca": "«»“”", "it": "«»“”", "pt": "“”‘’", "gl": "«»“”",
    "nl": "“”‘’", "sv": "””’’", "fi": "””’’", "da": "“”‘’", "no": "«»‘’", "nb": "«»‘’", "nn": "«»‘’",
    "is": "„“‚‘", "pl": "„”«»", "cs": "„“‚‘", "sk": "„“‚‘", "sl": "„“‚‘", "hr": "„“‚‘", "sr": "„“‘’",
    "bs": "„”‘’", "mk": "„“‚‘", "bg": "„“‘’", "hu": "„”»«", "ro": "„”«»", "et": "„“«»", "lt": "„“‚‘", "lv": "“”„“",
    "ru": "«»„“", "uk": "«»„“", "be": "«»„“", "el": "«»“”", "sq": "«»“”", "eu": "«»“”", "fa": "«»‹›", "hy": "«»“”",
    "ja": "「」『』", "he": "””’’", "ar": "”“’‘",
}  # fmt: skip
_TRADITIONAL = ("zh-tw", "zh-hk", "zh-hant", "zh-mo")
_ANY_QUOTE = "\"“”„«»‹›「」『』‘’‚'"


def write_out(tree: _Element, source: str) -> None:
    """Write powers, fractions, quotations and formulas out as text, and take struck words out.

    `source` is the page as it was parsed: to look through it takes a third of looking through all styles.
    """
    found: dict[str, list[_Element]] = {}
    for element in tree.iter("sup", "sub", "q", "math", *_STRUCK):
        found.setdefault(element.tag, []).append(element)
    for name in _STRUCK:
        for element in found.get(name, ()):
            _strike(element)
    if "line-through" in source:
        for struck in cast("list[_Element]", _STRUCK_STYLE(tree)):
            _strike(struck)
    for element in found.get("math", ()):
        _write_formula(element)
    for element in found.get("sup", ()):
        _raise(element)
    for element in found.get("sub", ()):
        _lower(element)
    for element in found.get("q", ()):
        _quote(element, tree)


def _strike(element: _Element) -> None:
    """Take an element's words out, unless it holds so much that its end tag was lost."""
    size = 0
    for text in element.itertext():
        size += len(text)
        if size > _STRUCK_LENGTH:
            return
    parent = element.getparent()
    if parent is None or element.tag in ("html", "body"):
        return
    before = element.getprevious()
    tail = element.tail or ""
    left = ((before.tail if before is not None else parent.text) or "")[-1:]
    if left.isspace() and tail[:1].isspace():
        tail = tail.lstrip()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _raise(element: _Element) -> None:
    """Write a power as one. A fraction's numerator takes its denominator with it."""
    text = _own_text(element)
    if not text:
        return
    before = _text_before(element)
    if _write_fraction(element, text, before):
        return
    if not before[-1:].strip(" (\n") and text.isdigit() and (element.tail or "")[:1].isupper():
        _set_text(element, "".join(map(_RAISED.__getitem__, text)))  # of an isotope
        return
    if not _BASE.search(before) or _LETTERS.match(text):
        return
    if all(sign in _RAISED for sign in text):
        _set_text(element, "".join(map(_RAISED.__getitem__, text)))
    elif _EXPONENT.match(text):
        _set_text(element, f"^{text}" if text.isalnum() else f"^({text})")


def _lower(element: _Element) -> None:
    """Write an index as one, as in the formulas of chemistry."""
    text = _own_text(element)
    if not text or not all(sign in _LOWERED for sign in text) or not _FORMULA.search(_text_before(element)):
        return
    if _FORMULA_SIGNS.search(text) or len(text) == 1:
        _set_text(element, "".join(map(_LOWERED.__getitem__, text)))


def _write_fraction(element: _Element, numerator: str, before: str) -> bool:
    """Write `1/2` of two small numbers and a slash; a whole number before stands apart from it."""
    slash = (element.tail or "").strip()
    if not numerator.isdigit():
        return False
    glue = " " if before[-1:].isdigit() else ""
    below = element.getnext()
    if slash in _SLASHES and below is not None and below.tag == "sub" and _own_text(below).isdigit():
        value = f"{numerator}/{_own_text(below)}"
        _set_text(element, _FRACTIONS.get(value) or glue + value)
        element.tail = None
        _set_text(below, "")
        return True
    if slash[:1] in _SLASHES and slash[1:2].isdigit():
        _set_text(element, glue + numerator)
        return True
    return False


def _own_text(element: _Element) -> str:
    """Return the short text of an element without links; "" when it is a link or long."""
    if next(element.iter("a", "img", "br", "p"), None) is not None:
        return ""
    text = _first_text(element)
    return text if len(text) <= _LONGEST_INDEX else ""


def _first_text(element: _Element) -> str:
    return "".join(map(str, islice(element.itertext(), _LONGEST_INDEX))).strip()


def _set_text(element: _Element, text: str) -> None:
    for child in list(element):
        element.remove(child)
    element.text = text


def _text_before(element: _Element) -> str:
    """Return the last signs before an element on its line; "" when a space or nothing stands there."""
    before = element.getprevious()
    if before is not None:
        tail = before.tail
        if tail:
            return str(tail[-_LONGEST_INDEX:])
        return "" if before.tag == "br" else str((before.text or "")[-_LONGEST_INDEX:])
    parent = element.getparent()
    if parent is None:
        return ""
    if parent.text:
        return str(parent.text[-_LONGEST_INDEX:])
    return _text_before(parent) if parent.tag in ("i", "em", "b", "strong", "span", "a") else ""


def _quote(element: _Element, tree: _Element) -> None:
    """Set a quotation element in the marks of its language, unless it has some already."""
    text = _first_text(element)
    if not text or text[0] in _ANY_QUOTE or _text_before(element)[-1:] in tuple(_ANY_QUOTE):
        return
    depth = sum(1 for _ in element.iterancestors("q")) % 2
    marks = _marks(element, tree)
    left, right = marks[2 * depth], marks[2 * depth + 1]
    element.text = left + (element.text or "").lstrip()
    if len(element):
        element[-1].tail = (element[-1].tail or "").rstrip() + right
    else:
        element.text = element.text.rstrip() + right


def _marks(element: _Element, tree: _Element) -> str:
    """Return the outer and the inner marks of the language around an element."""
    around = (one.get("lang") for one in (element, *element.iterancestors()))
    language = (
        (next((name for name in around if name), "") or tree.get("lang") or "").lower().replace("_", "-")
    )
    if language.startswith(_TRADITIONAL):
        return _QUOTES["ja"]
    if language == "pt-pt":
        return _QUOTES["es"]
    return _QUOTES.get(language.split("-")[0], _QUOTES["en"])


def _write_formula(element: _Element) -> None:
    """Make a line of text of MathML."""
    written = " ".join(_formula_text(element).split())
    element.tag = "span"
    element.attrib.clear()
    _set_text(element, written)


def _formula_text(element: _Element) -> str:
    name = element.tag if isinstance(element.tag, str) else ""
    if name in ("annotation", "annotation-xml"):
        return ""
    parts = [text for child in element if (text := _formula_text(child).strip())]
    if name == "mfrac" and len(parts) > 1:
        value = f"{_bracket(parts[0])}/{_bracket(parts[1])}"
        return _FRACTIONS.get(value, value)
    if name == "msup" and len(parts) > 1:
        raised = all(sign in _RAISED for sign in parts[1])
        power = "".join(map(_RAISED.__getitem__, parts[1])) if raised else f"^{_bracket(parts[1])}"
        return _bracket(parts[0]) + power
    if name == "msub" and len(parts) > 1 and all(sign in _LOWERED for sign in parts[1]):
        return parts[0] + "".join(map(_LOWERED.__getitem__, parts[1]))
    if name == "msqrt":
        return f"√{_bracket(''.join(parts))}"
    if name == "mo" and (sign := (element.text or "").strip()) in tuple("=≈≠<>≤≥+−-×±→∼"):
        return f" {sign} "
    if parts:
        return "".join(_formula_text(child) for child in element)
    return (element.text or "").strip()


def _bracket(text: str) -> str:
    return text if text.isalnum() or len(text) == 1 else f"({text})"
