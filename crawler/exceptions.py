"""What our own manners and safety say no to, as errors that a request ends in."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class PrivateAddress(IgnoreRequest):
    """A link led to an address that is nobody's public web site."""


class RobotsForbid(IgnoreRequest):
    """robots.txt forbids this URL."""


class RobotsUnreachable(IgnoreRequest):
    """robots.txt could not be had, or cannot be kept in this crawl; the message says why."""
