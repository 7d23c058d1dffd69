"""Under which names anybody may register one of their own: `com`, `co.uk`, and of hosting companies `blogspot.com`.

The list is the one inside tldextract's package; nothing is fetched. Read by tldextract itself it takes a tenth of a second of
CPU and 6 MB in every process: two trees of it are built, and requests is loaded.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

LIST = ".tld_set_snapshot"
"""The list's file in tldextract's package, as https://publicsuffix.org/list/ describes it."""


@cache
def read_rules() -> frozenset[str]:
    """The list's rules, private ones too: two blogs of one hosting company are two sites."""
    package = find_spec("tldextract")
    try:
        text = Path((package and package.origin) or "").with_name(LIST).read_text(encoding="utf-8")
    except (OSError, ValueError):  # a later tldextract may keep its list elsewhere
        from tldextract import TLDExtract

        packed = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
        return frozenset(packed.tlds)
    return frozenset(line for line in text.split("\n") if line and not line.startswith("//"))


def count_suffix_labels(host: str) -> int:
    """How many labels of an ASCII host are its public suffix: 2 of `news.bbc.co.uk`; 0 where no rule knows any."""
    rules = read_rules()
    labels = [_decode(label) for label in host.split(".")]
    tails = [".".join(labels[at:]) for at in range(len(labels))]
    for at in range(1, len(tails)):
        before = tails[at - 1]
        if f"*.{tails[at]}" not in rules or before in rules:
            continue
        if not any(rule.endswith(f".{before}") for rule in rules):  # else longer rules decide
            return len(labels) - at + (f"!{before}" not in rules)
    return next((len(labels) - at for at, tail in enumerate(tails) if tail in rules), 0)


def _decode(label: str) -> str:
    """The label as the list writes it: in its own script."""
    if not label.startswith("xn--"):
        return label
    import idna  # its tables take a few milliseconds to load, and few addresses need them

    try:
        return idna.decode(label)
    except (UnicodeError, IndexError):
        return label
