"""The user agent, with an address at which a publisher reaches whoever crawls."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_OF_A_SPIDER = 30  # Scrapy's own priority for what a spider sets


def name_contact(settings: BaseSettings) -> None:
    """Put CONTACT into USER_AGENT; after all settings are read, because the command line may set both."""
    agent = settings["USER_AGENT"].replace("{contact}", settings["CONTACT"] or "no contact given")
    settings.set("USER_AGENT", agent, priority=max(_OF_A_SPIDER, settings.getpriority("USER_AGENT") or 0))
