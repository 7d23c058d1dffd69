"""One delivery: what each receiver may do to it, in which words that is said, and that no password is in them."""

from __future__ import annotations

import logging
import smtplib
import socket
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from crawler.alerts import send as sending
from crawler.alerts.send import SendError, make_mail, post_json, push, send_mail, within_time
from pipelines.alerts.destinations import MailServer, parse_mail_server
from pipelines.alerts.render import ArchiveAddress
from tests.alerts.receivers import mail_server, webhook
from tests.alerts.test_render import REPORT

if TYPE_CHECKING:
    from collections.abc import Callable

NOWHERE = ArchiveAddress()


def mail() -> Any:
    return make_mail(REPORT, "clippings@example.org", "desk@example.org", NOWHERE, test=False)


def test_a_mail_is_the_same_at_every_try() -> None:
    first, second = mail(), mail()
    assert first["Message-ID"] == second["Message-ID"] == "<6f3a@clippings.invalid>"
    assert first["Date"] == second["Date"]
    assert make_mail(REPORT, "a@b", "c@d", NOWHERE, test=True)["Subject"] == "[test] Harbour: 1 changed"


def test_a_mail_server_may_refuse_by_each_step() -> None:
    with mail_server() as (box, address):
        server = parse_mail_server(address)
        send_mail(mail(), server)
        assert [one["Subject"] for one in box.mails] == ["Harbour: 1 changed"]
        box.refuse = "554 No"
        with pytest.raises(SendError, match=r"refuses the mail \(554 No\)"):
            send_mail(mail(), server)
        with pytest.raises(SendError, match="cannot take it") as raised:
            send_mail(mail(), server._replace(user="ada", password="word"))
        assert "word" not in str(raised.value)
        assert len(box.mails) == 1


def test_a_password_goes_by_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server on another machine that offers no TLS never hears the user and password."""
    with mail_server() as (box, address):
        port = parse_mail_server(address).port
        real = socket.create_connection
        monkeypatch.setattr(
            smtplib.socket,
            "create_connection",
            lambda to, *rest, **named: real(("127.0.0.1", port), *rest, **named),
        )
        with pytest.raises(SendError, match="a password is not sent without"):
            send_mail(mail(), MailServer("mail.example.org", 25, False, "ada", "word"))
        assert not box.mails


def test_a_webhook_may_answer_anything() -> None:
    with webhook() as hook:
        post_json(REPORT, hook.address, NOWHERE, test=False)
        for status, says in (
            (500, "it answers 500"),
            (404, "it answers 404"),
            (302, "it answers 302"),
            (307, "it answers 307"),
        ):
            hook.status = status
            with pytest.raises(SendError, match=says):
                post_json(REPORT, hook.address, NOWHERE, test=False)
    assert hook.keys == ["6f3a"]


def test_nobody_answers() -> None:
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
    for send in (
        lambda: post_json(REPORT, f"http://127.0.0.1:{port}/", NOWHERE, test=False),
        lambda: send_mail(mail(), MailServer("127.0.0.1", port, False)),
    ):
        with pytest.raises(SendError, match="Connection refused"):
            within_time(send)


def slow() -> None:
    time.sleep(20)


def wrong() -> None:
    raise RuntimeError("https://user:word@example.org")


@pytest.mark.parametrize(("send", "says"), [(slow, "no end within 0.2 seconds"), (wrong, "^RuntimeError$")])
def test_what_hangs_or_fails_ends_in_words(send: Callable[[], None], says: str) -> None:
    with pytest.raises(SendError, match=says):
        within_time(send, 0.2)


def test_a_push_service_gets_the_text_and_the_log_has_no_key(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with webhook() as hook, caplog.at_level(logging.DEBUG):
        push(REPORT, hook.address.replace("http://", "json://key:word@"), NOWHERE, test=True)
        [sent] = hook.reports
        assert sent["title"] == "[test] Harbour: 1 changed"
        assert "Ferry sails [-again-]{+at last+}" in sent["message"]
        hook.status = 500
        with pytest.raises(SendError, match="did not take it"):
            push(REPORT, hook.address.replace("http://", "json://key:word@"), NOWHERE, test=False)
        with pytest.raises(SendError, match="does not know this kind"):
            push(REPORT, "nothing://key", NOWHERE, test=False)
    assert "word" not in caplog.text
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(SendError, match=r"pip install 'clippings-archive\[push\]'"):
        push(REPORT, "json://localhost", NOWHERE, test=False)
    assert sending.SEND_SECONDS
