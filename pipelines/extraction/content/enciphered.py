"""Text that a page prints enciphered for whoever is no subscriber: each sign but the blank is the next one of Unicode.

`Xjs tjoe ijfs/` for `Wir sind hier.`: a script of the paywall puts it right for those who are let in. Nobody can read it, and a
search would find words in it that nobody wrote. It is left out and never put right: what a publisher closed stays closed.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from pipelines.extraction.content.blocks import DropReason
from pipelines.patterns import compile_when_used

if TYPE_CHECKING:
    from pipelines.extraction.content.blocks import Block

_PLAIN = compile_when_used(r"[.,](?<=\w.) ")
_MOVED = compile_when_used(r"[/\-?;](?:(?<=\w[/-])(?: |$)|(?<=\?)=|(?<=;)00)")
"""What becomes of a full stop or comma after a word, of `><` and of `://`. A text without any is short, and too rare to look for."""
_LETTERS = 40
_OF_THOUSAND = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        (98, 14, 38, 43, 124, 12, 20, 23, 85, 6, 13, 45, 27, 76, 71, 25, 2, 66, 60, 62, 32, 9, 16, 1, 14, 18),
        strict=True,
    )
)
"""How often each letter stands in a thousand of news, the mean of five languages; others that Latin letters write are near enough."""
_GAIN = {
    chr(ord(sign) + 1): log(often / _OF_THOUSAND.get(chr(ord(sign) + 1), 1))
    for sign, often in _OF_THOUSAND.items()
}
"""How much likelier a letter is as the one before it: by its logarithm. Summed up over a sentence, it is above zero only where the sentence is
enciphered: of 735,000 blocks of real pages that nobody enciphered none has the signs above and such a sum."""


def drop_enciphered(blocks: list[Block]) -> None:
    """Drop the blocks that are enciphered."""
    for block in blocks:
        if is_enciphered(block.text):
            block.dropped_because = DropReason.ENCIPHERED


def is_enciphered(text: str) -> bool:
    """Whether a text in Latin letters reads as a language when each sign is replaced by the one before it. It takes 1 µs."""
    if len(text) < _LETTERS or _PLAIN.search(text) or not _MOVED.search(text):
        return False
    gains = [_GAIN[sign] for sign in text.lower() if sign in _GAIN]
    return len(gains) >= _LETTERS and sum(gains) > 0
