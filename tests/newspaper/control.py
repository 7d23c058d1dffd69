"""What a test can ask the server itself, below /__newspaper__/ on any host."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from . import faults
from .answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from .faults import Rule
    from .press import Press

ROOT = "/__newspaper__/"


class Control:
    """The log, the fault rules and the editors' desk of a running server."""

    def __init__(self, press: Press, rules: list[Rule], seed: int = 0) -> None:
        self.press = press
        self.seed = seed
        self.given = list(rules)
        self.rules = list(rules)
        self.log: list[dict[str, Any]] = []

    def answer(self, target: str) -> Answer:
        """The JSON answer to one question; 404 and 400 say what was wrong."""
        name, _, query = target.removeprefix(ROOT).partition("?")
        asked = {key: values[-1] for key, values in parse_qs(query).items()}
        try:
            found, status = QUESTIONS[name](self, **asked), 200
        except KeyError as error:
            found, status = {"error": f"unknown: {error}"}, 404
        except (TypeError, ValueError) as error:
            found, status = {"error": str(error)}, 400
        body = json.dumps(found, ensure_ascii=False).encode()
        return Answer(status, body, "application/json", kind="control")

    def read_log(self) -> list[dict[str, Any]]:
        """Every request since the start or the last reset."""
        return self.log

    def reset(self) -> str:
        """Forget the log, the edits and the faults added at run time."""
        self.press.reset()
        self.rules = list(self.given)
        for rule in self.rules:
            rule.asked.clear()
            rule.buckets.clear()
        self.log.clear()
        return "ok"

    def forget(self) -> str:
        """Forget the log only."""
        self.log.clear()
        return "ok"

    def revise(self, url: str, what: str = "text") -> dict[str, Any]:
        """Edit an article; `what=title` changes its headline."""
        return {"url": self.press.revise(url, what).url, "truth": self.press.truth(url)}

    def rewrite(
        self, url: str, title: str = "", old: str = "", new: str = "", drop: str = "", note: str = ""
    ) -> dict[str, Any]:
        """Edit an article as editors do."""
        edited = self.press.rewrite(url, title=title, old=old, new=new, drop=drop, note=note)
        return {"url": edited.url, "truth": self.press.truth(url)}

    def remove(self, url: str) -> dict[str, Any]:
        """Take an article down."""
        return {"url": self.press.remove(url).url}

    def publish(self, host: str) -> dict[str, Any]:
        """Add a fresh article to a site."""
        return {"url": self.press.publish(host).url}

    def fault(self, rule: str) -> dict[str, Any]:
        """Add a fault."""
        self.rules.append(faults.parse(rule, len(self.rules), self.seed))
        return {"rules": len(self.rules)}

    def heal(self) -> str:
        """Drop all faults."""
        self.rules.clear()
        return "ok"

    def articles(self, host: str | None = None) -> list[str]:
        """The URLs a crawl should archive."""
        if host is not None and host not in self.press.sites:
            raise KeyError(host)
        return self.press.wanted(host)

    def truth(self, url: str) -> dict[str, Any]:
        """What extraction should find."""
        return self.press.truth(url)

    def sites(self) -> dict[str, Any]:
        """Each site's name, language and number of articles."""
        return {
            site.host: {
                "name": site.name,
                "language": site.language,
                "articles": len(self.press.of(site.host)),
            }
            for site in self.press.sites.values()
        }


QUESTIONS: dict[str, Callable[..., Any]] = {
    "log": Control.read_log,
    "reset": Control.reset,
    "forget": Control.forget,
    "revise": Control.revise,
    "rewrite": Control.rewrite,
    "remove": Control.remove,
    "publish": Control.publish,
    "fault": Control.fault,
    "heal": Control.heal,
    "articles": Control.articles,
    "truth": Control.truth,
    "sites": Control.sites,
}
