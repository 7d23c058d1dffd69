"""Faults that tests ask for: `KIND key=value ...`, by which rule a request gets one, and what it does.

Kinds that change the answer are functions here; those that change how it is sent are in server.py.
"""

from __future__ import annotations

import fnmatch
import gzip
import random
import re
import shlex
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from .answers import Answer, text

KINDS = {
    "status": "answer code= (503), with Retry-After when retry_after= is given",
    "ratelimit": "429 beyond rps= (1) requests a second and host, Retry-After: retry_after= (1)",
    "latency": "wait ms= (100) before the answer; another fault may follow",
    "hang": "no answer; close after seconds= (3600)",
    "reset": "reset the connection after bytes= (0) of the body",
    "truncate": "send keep= (0.5) of the body under the full Content-Length, then close",
    "slow": "send the body at bps= (1000) bytes a second",
    "huge": "send filler after the page, mb= (200) megabytes in all",
    "redirect": "302 without end (hops=0), for hops= times, or to= another address",
    "charset": "name declare= (iso-8859-1) as the charset, in header and page",
    "badgzip": "say Content-Encoding: gzip over a plain body",
    "bomb": "a gzip body of some kB that unpacks to mb= (200) megabytes",
    "empty": "200 without a body",
    "binary": "an image's bytes as text/html",
    "html": "an HTML page in place of a feed or sitemap",
    "malformed": "a feed or sitemap cut off at keep= (0.5), well sent",
    "headers": "headers of kb= (512) kilobytes",
    "length": "a Content-Length that is off by by= (100) bytes",
}
LISTS = {"html", "malformed"}
COMMON = {"host", "path", "p", "times"}


@dataclass
class Rule:
    """One fault: its kind, where (`host=` glob, `path=` regex), how often (`p=` share, `times=` a URL)."""

    kind: str
    host: str
    path: re.Pattern[str] | None
    p: float
    times: int
    values: dict[str, str]
    number: int
    seed: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def get(self, key: str, default: float) -> float:
        """A numeric setting."""
        return float(self.values.get(key, default))

    def applies(self, host: str, target: str, kind: str) -> bool:
        """Whether this request is to have the fault. Without `path=` only articles (or lists) do."""
        usual = ("feed", "sitemap") if self.kind in LISTS else ("article",)
        if not fnmatch.fnmatchcase(host, self.host):
            return False
        if not (self.path.search(target) if self.path else kind in usual):
            return False
        url = host + target
        self.asked[url] += 1
        if self.times and self.asked[url] > self.times:
            return False
        if self.kind == "ratelimit":
            return self._over(host)
        # With times= one draw stands for all requests of a URL, so that a retry ends well.
        turn = 0 if self.times else self.asked[url]
        return self.p >= 1 or random.Random(f"{self.seed} {self.number} {url} {turn}").random() < self.p

    def _over(self, host: str) -> bool:
        rate, now = self.get("rps", 1), time.monotonic()
        most = max(1.0, rate)
        tokens, at = self.buckets.get(host, (most, now))
        tokens = min(most, tokens + (now - at) * rate)
        self.buckets[host] = (tokens if tokens < 1 else tokens - 1, now)
        return tokens < 1


def parse(words: str, number: int = 0, seed: int = 0) -> Rule:
    """A rule from its text; ValueError says what is wrong with it."""
    kind, *pairs = shlex.split(words) or [""]
    if kind not in KINDS:
        raise ValueError(f"unknown fault {kind!r}; known are {', '.join(KINDS)}")
    if wrong := [pair for pair in pairs if "=" not in pair]:
        raise ValueError(f"fault {kind}: expected key=value, not {wrong[0]!r}")
    values = dict(pair.split("=", 1) for pair in pairs)
    path = re.compile(values["path"]) if "path" in values else None
    rest = {key: value for key, value in values.items() if key not in COMMON}
    share, times = float(values.get("p", 1)), int(values.get("times", 0))
    return Rule(kind, values.get("host", "*"), path, share, times, rest, number, seed)


def instead(rule: Rule, url: str) -> Answer | None:
    """The answer of a fault that lets none through (status, ratelimit, redirect); else None."""
    if rule.kind in ("status", "ratelimit"):
        code = 429 if rule.kind == "ratelimit" else int(rule.get("code", 503))
        wait = rule.values.get("retry_after", "1" if rule.kind == "ratelimit" else "")
        return text(code, f"fault: {rule.kind}", **({"Retry_After": wait} if wait else {}))
    if rule.kind == "redirect":
        if to := rule.values.get("to"):
            return text(302, "", Location=to)
        hop = re.search(r"[?&]_hop=(\d+)$", url)
        done, hops = int(hop[1]) if hop else 0, int(rule.get("hops", 0))
        if not hops or done < hops:
            bare = url[: hop.start()] if hop else url
            mark = f"{'&' if '?' in bare else '?'}_hop={done + 1}"
            return text(302, "", Location=bare + mark)
    return None


def spoil(rule: Rule, answer: Answer) -> Answer:
    """Change an answer that is about to be finished; see `KINDS`."""
    if change := CHANGES.get(rule.kind):
        change(rule, answer)
    return answer


def _charset(rule: Rule, answer: Answer) -> None:
    wrong = rule.values.get("declare", "iso-8859-1")
    answer.charset = wrong
    answer.body = re.sub(rb'(<meta charset=")[^"]*', rb"\g<1>" + wrong.encode(), answer.body)


def _badgzip(rule: Rule, answer: Answer) -> None:
    answer.headers.append(("Content-Encoding", "gzip"))


def _bomb(rule: Rule, answer: Answer) -> None:
    answer.body = _packed_zeros(int(rule.get("mb", 200)))
    answer.headers.append(("Content-Encoding", "gzip"))


def _empty(rule: Rule, answer: Answer) -> None:
    answer.body = b""


def _binary(rule: Rule, answer: Answer) -> None:
    answer.body = b"\x89PNG\r\n\x1a\n" + random.Random(rule.seed).randbytes(40_000)


def _html(rule: Rule, answer: Answer) -> None:
    answer.body = (
        b"<!doctype html><html><head><title>Oops</title></head><body><p>Please try later.</body></html>"
    )
    answer.type = "text/html"


def _malformed(rule: Rule, answer: Answer) -> None:
    answer.body = answer.body[: int(len(answer.body) * rule.get("keep", 0.5))]


def _headers(rule: Rule, answer: Answer) -> None:
    answer.headers += [(f"X-Filler-{n}", "x" * 1000) for n in range(int(rule.get("kb", 512)))]


CHANGES = {
    "charset": _charset,
    "badgzip": _badgzip,
    "bomb": _bomb,
    "empty": _empty,
    "binary": _binary,
    "html": _html,
    "malformed": _malformed,
    "headers": _headers,
}


@cache
def _packed_zeros(megabytes: int) -> bytes:
    # Members of one file may follow each other, so one packed megabyte repeats.
    return gzip.compress(b" " * 1_000_000, 9, mtime=0) * megabytes
