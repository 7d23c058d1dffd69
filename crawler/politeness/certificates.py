"""Says why a certificate is refused: OpenSSL says only that it is.

Scrapy and OpenSSL decide whether it is refused; nothing here changes that.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from OpenSSL import SSL
from twisted import __version__ as twisted_version
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.python.failure import Failure
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer  # type: ignore[import-untyped, unused-ignore]

from crawler.exceptions import CertificateRefusedError
from crawler.politeness.connections import HttpHandler

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from scrapy.crawler import Crawler
    from twisted.protocols.tls import TLSMemoryBIOProtocol

CERTIFICATE_EXPIRED, UNKNOWN_CA = 45, 48
"""Descriptions of TLS alerts, which the side that refuses sends (RFC 8446, section 6)."""
NAME_CHECKED_APART = (26, 4)
"""Since this version of Twisted, the check of the name does not use the callback that is set here."""


def why_refused(alert: int, certificate: Certificate | None, now: datetime) -> str:
    """Why we sent this alert about a host's certificate; empty when it was for another reason. Pure."""
    if alert not in (CERTIFICATE_EXPIRED, UNKNOWN_CA):
        return ""
    if certificate is not None and now > certificate.not_valid_after_utc:
        return f"its certificate expired on {certificate.not_valid_after_utc.date()}"
    if alert == CERTIFICATE_EXPIRED:
        return "a certificate that its certificate rests on has expired"
    if certificate is not None and certificate.issuer == certificate.subject:
        return "its certificate is self-signed: nobody known vouches for it"
    return "its certificate is of an unknown authority"


@implementer(IOpenSSLClientConnectionCreator)
class ExplainingCreator:
    """Connections as `creator` makes them, that say why they refused a certificate."""

    def __init__(self, creator: Any) -> None:
        self.creator = creator

    def clientConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802
        connection: SSL.Connection = self.creator.clientConnectionForTLS(protocol)

        def explain_alert(connection: SSL.Connection, where: int, alert: int) -> None:
            if where != SSL.SSL_CB_WRITE_ALERT:
                return
            chain = connection.get_peer_cert_chain() or []
            first = chain[0].to_cryptography() if chain else None
            words = why_refused(alert & 0xFF, first, datetime.now(UTC))
            if words:
                protocol.failVerification(Failure(CertificateRefusedError(words)))  # type: ignore[no-untyped-call]

        connection.set_info_callback(explain_alert)
        return connection


@implementer(IPolicyForHTTPS)
class ExplainingPolicy:
    def __init__(self, policy: Any) -> None:
        self.policy = policy

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802
        return ExplainingCreator(self.policy.creatorForNetloc(hostname, port))


class HttpsHandler(HttpHandler):
    """Its connections say why they refused a certificate."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        if tuple(map(int, twisted_version.split(".")[:2])) >= NAME_CHECKED_APART:
            policy: Any = ExplainingPolicy(self._contextFactory)
            self._contextFactory = policy
