"""Sends one report to one destination. What it raises is a `SendError` in words, without passwords or keys."""

from __future__ import annotations

import json
import logging
import smtplib
import ssl
import threading
import urllib.error
import urllib.request
import warnings
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipelines import VERSION, timestamps
from pipelines.alerts.destinations import is_loopback
from pipelines.alerts.render import ArchiveAddress, as_dict, as_html, as_text, subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.alerts.destinations import MailServer
    from pipelines.desk.records import Report

SEND_SECONDS = 15
"""Seconds that one connection may wait, and twice as many in all that one delivery may take."""


class SendError(Exception):
    """A report could not be delivered; the message says why."""


def within_time(send: Callable[[], None], seconds: float = 2 * SEND_SECONDS) -> None:
    """Run `send` in a thread and wait so long at most. Raises `SendError`.

    What is too slow is left to itself; its report is sent again, with the same id.
    """
    errors: list[BaseException] = []

    def run() -> None:
        try:
            send()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise SendError(f"no end within {seconds:g} seconds")
    if not errors:
        return
    if isinstance(errors[0], SendError):
        raise errors[0]
    raise SendError(_describe(errors[0])) from errors[0]


def _describe(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError):
        return f"its certificate or its TLS is not right ({getattr(error, 'verify_message', '') or error.reason})"
    if isinstance(error, TimeoutError):
        return f"no answer within {SEND_SECONDS} seconds"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


# --- mail


def make_mail(report: Report, sender: str, to: str, address: ArchiveAddress, *, test: bool) -> EmailMessage:
    """The mail of a report. Its Message-ID is made of the report alone: a second copy is known as one. Pure."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = f"{'[test] ' if test else ''}{subject(report)}"
    mail["From"] = sender
    mail["To"] = to
    made = timestamps.parse(report.made_at)
    if made is not None:
        mail["Date"] = format_datetime(made)
    mail["Message-ID"] = f"<{report.uid}@clippings.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(as_text(report, address, test=test))
    mail.add_alternative(as_html(report, address), subtype="html")
    return mail


def send_mail(mail: EmailMessage, server: MailServer) -> None:
    """Hand a mail to the server. A password, and any mail to another machine, goes by TLS only where that is offered."""
    connect = smtplib.SMTP_SSL if server.tls else smtplib.SMTP
    options: dict[str, Any] = {"context": ssl.create_default_context()} if server.tls else {}
    try:
        with connect(
            server.host, server.port, local_hostname="localhost", timeout=SEND_SECONDS, **options
        ) as smtp:
            smtp.ehlo()
            if not server.tls and not is_loopback(server.host) and smtp.has_extn("starttls"):
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo()
            elif server.user and not server.tls and not is_loopback(server.host):
                raise SendError(
                    "the mail server offers no TLS, and a password is not sent without; write smtps://"
                )
            if server.user:
                smtp.login(server.user, server.password)
            smtp.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        raise SendError("the mail server refuses the user or the password of the secrets file") from error
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise SendError(f"the mail server refuses the recipient ({code} {_said(said)})") from error
    except smtplib.SMTPResponseException as error:
        raise SendError(
            f"the mail server refuses the mail ({error.smtp_code} {_said(error.smtp_error)})"
        ) from error
    except smtplib.SMTPServerDisconnected as error:
        raise SendError("the mail server ended the connection") from error
    except smtplib.SMTPException as error:
        raise SendError(f"the mail server cannot take it ({error})") from error


def _said(text: bytes | str) -> str:
    return (text.decode("utf-8", "replace") if isinstance(text, bytes) else text)[:200]


# --- webhook


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would arrive as a GET without the report."""

    def redirect_request(self, *args: Any, **named: Any) -> None:
        return None


def post_json(report: Report, url: str, address: ArchiveAddress, *, test: bool) -> None:
    """POST a report as JSON. `Idempotency-Key` is the report's id: a second copy is known as one."""
    body = json.dumps(as_dict(report, address, test=test), ensure_ascii=False).encode("utf-8", "replace")
    request = urllib.request.Request(  # noqa: S310  parse_destination has seen that it is http or https
        url,
        data=body,
        method="POST",
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"Clippings/{VERSION}",
            "Idempotency-Key": report.uid,
        },
    )
    handlers: list[Any] = [_NoRedirect()]
    if is_loopback(urlsplit(url).hostname or ""):
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        urllib.request.build_opener(*handlers).open(request, timeout=SEND_SECONDS).close()
    except urllib.error.HTTPError as error:
        error.close()
        raise SendError(f"it answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise SendError(
            _describe(error.reason) if isinstance(error.reason, OSError) else str(error.reason)
        ) from error


# --- chat and push


def push(report: Report, url: str, address: ArchiveAddress, *, test: bool) -> None:
    """Send a report by Apprise. Raises `SendError`, also without that library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its plugins use old modules of Python
        _push(report, url, address, test=test)


def _push(report: Report, url: str, address: ArchiveAddress, *, test: bool) -> None:
    try:
        import apprise
    except ImportError:
        raise SendError("push services need a library. Run: pip install 'clippings-archive[push]'") from None
    logging.getLogger("apprise").disabled = True  # what it logs may have the key in it
    services = apprise.Apprise()
    if not services.add(url):
        raise SendError(
            "Apprise does not know this kind of address. See https://github.com/caronc/apprise/wiki"
        )
    title = f"{'[test] ' if test else ''}{subject(report)}"
    if not services.notify(as_text(report, address, test=test), title=title, body_format="text"):
        raise SendError("the push service did not take it")
