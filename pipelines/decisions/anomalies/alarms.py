"""The alarms of one source after a crawl, one for each cause, with what to try. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.decisions.anomalies.agreements import find_redesign
from pipelines.decisions.anomalies.article_counts import find_fewer
from pipelines.decisions.anomalies.lengths import find_shorter
from pipelines.decisions.anomalies.shares import SHARES, find_share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipelines.decisions.anomalies.source_days import Alarm, Day


ADVICE = {
    "nothing": "Open one of the pages in a browser; clippings fetch --explain URL says what is read from it.",
    "excluded": "The reason says by what. ignore_urls, article_urls and noarchive in its seed file decide; robots.txt is the publisher's.",
    "listing": "A feed or sitemap it lived on no longer answers. Look for where it went: clippings add URL finds the new one.",
    "moved": "Put the new address into its seed file. The old one works only as long as the site sends on from it.",
    "stale": "A feed or sitemap has stopped being updated while others go on. Look for its successor: clippings add URL.",
    "failed": "Open one of the pages in a browser. If it shows, the site may refuse us: raise `delay` in its seed file, set CONTACT.",
    "refused": "Its robots.txt has changed. Ask the publisher, or leave the closed part out with ignore_urls.",
    "empty": "The site may have been rebuilt. Open one of the pages; if the text is there, give its place with [[rules]] body.",
    "prompts": "The site shows a wall in place of the article. Open one of the pages; prune the wall with [[rules]] prune.",
    "alike": "A block of the template is taken for text. Open two of the pages; leave the block out with [[rules]] prune.",
    "shorter": "Only the beginning of the articles may be read. Compare one with its page; give the text's place with [[rules]] body.",
    "redesign": "The site may have been rebuilt. See what either reads: clippings fetch --explain --compare URL. Where our text is wrong, give its place with [[rules]] body, or set extractor in its seed file; where it is right, nothing need be done.",
    "paywalled": "The publisher may have closed its articles. What is free is still archived; nothing is bypassed.",
    "untitled": "The site may have been rebuilt. Give the headline's place with [[rules]] title.",
    "unsigned": "The byline may have moved. Give its place with [[rules]] authors.",
    "undated": "The date may have moved. Give its place with [[rules]] date.",
    "fewer": "Open the site: if it goes on publishing, its feeds or sections have moved; clippings add URL looks for them.",
}
"""What to try, by kind of alarm; in the order in which causes come before their effects."""

EFFECTS = {
    "nothing": {"fewer", "failed", "refused", "empty", "listing"},
    "excluded": {"fewer", "refused"},
    "listing": {"fewer", "stale"},
    "stale": {"fewer"},
    "failed": {"fewer", "empty"},
    "refused": {"fewer"},
    "empty": {"fewer", "shorter", "alike", "redesign"},
    "prompts": {"alike", "shorter", "redesign", "paywalled", "untitled", "unsigned", "undated"},
    "alike": {"redesign"},
    "paywalled": {"shorter", "redesign"},
}
"""What follows from a trouble, and needs no alarm of its own while that lasts."""


def find_alarms(
    days: Sequence[Day], open_alarms: Mapping[str, str], peers: Callable[[int], float] = lambda window: 1.0
) -> list[Alarm]:
    """The alarms of one source after the last of `days`, in the order of `ADVICE`, one a cause.

    `days` are its crawled days in order, complete ones only. `open_alarms` maps the kinds that are open to their
    `since`; those not in the result are over. `peers(window)` is what part of their usual number of articles comparable
    sources had in the last so many days: on a holiday everyone has less.
    """
    found = [alarm for share in SHARES if (alarm := find_share(share, days, open_alarms.get(share.kind, "")))]
    if alarm := find_shorter(days, open_alarms.get("shorter", "")):
        found.append(alarm)
    if alarm := find_redesign(days, open_alarms.get("redesign", "")):
        found.append(alarm)
    if alarm := find_fewer(days, open_alarms.get("fewer", ""), peers):
        found.append(alarm)
    return found


def drop_effects(found: Sequence[Alarm], open_alarms: Mapping[str, str]) -> list[Alarm]:
    """Leave out what follows from another alarm, unless it was raised before that one was."""
    kinds = {alarm.kind for alarm in found}
    effects = {effect for kind in kinds for effect in EFFECTS.get(kind, ())}
    order = list(ADVICE)
    kept = [alarm for alarm in found if alarm.kind not in effects or alarm.kind in open_alarms]
    return sorted(kept, key=lambda alarm: order.index(alarm.kind))
