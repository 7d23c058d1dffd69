"""Errors that a request ends in when politeness or safety refuses it."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class PrivateAddress(IgnoreRequest):
    """A link led to an address that is not on the public internet."""


class UnusableAddress(IgnoreRequest):
    """A redirect led to what is no web address; the message says why."""


class UnreadableBody(IgnoreRequest):
    """A listing or a robots.txt came in a form that cannot be unpacked; the message says why."""


class RobotsForbid(IgnoreRequest):
    """robots.txt forbids this URL."""


class RobotsUnreachable(IgnoreRequest):
    """robots.txt could not be fetched, or asks for a pause too long for this crawl; the message says why."""


class HostClosed(IgnoreRequest):
    """The host gets no more requests in this crawl. `not_before` (ISO 8601) is when its pages are due again, or empty."""

    def __init__(self, reason: str, not_before: str = "") -> None:
        super().__init__(reason)
        self.not_before = not_before


class CertificateRefusedError(Exception):
    """The host's certificate cannot be trusted; the message says why."""
