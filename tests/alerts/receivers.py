"""What gets reports in tests: a real SMTP server and a web server on loopback, which can be down, slow, or deadly."""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
import os
import signal
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Mailbox:
    """Keeps what the SMTP server takes. `refuse` is a line with which it refuses instead."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return self.refuse
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(mail)  # type: ignore[arg-type]
        return "250 OK"


@contextlib.contextmanager
def mail_server() -> Iterator[tuple[Mailbox, str]]:
    """A mail server with its mailbox, and its address for `smtp`."""
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


class Hook:
    """A web address that takes reports.

    `status` is its answer, `delay` seconds until it comes; the process `kill` is killed before the answer, once.
    """

    def __init__(self) -> None:
        self.reports: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.status = 200
        self.delay = 0.0
        self.kill = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hook.status < 300:
                    hook.reports.append(json.loads(body))
                    hook.keys.append(self.headers["Idempotency-Key"])
                if hook.kill:
                    os.kill(hook.kill, signal.SIGKILL)
                    hook.kill = 0
                    return
                time.sleep(hook.delay)
                with contextlib.suppress(OSError):
                    self.send_response(hook.status)
                    if 300 <= hook.status < 400:
                        self.send_header("Location", "/elsewhere")
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"

    @property
    def events(self) -> list[tuple[str, str]]:
        """What was told, in order: the event and the headline."""
        return [(event["event"], event["title"]) for report in self.reports for event in report["events"]]


@contextlib.contextmanager
def webhook() -> Iterator[Hook]:
    """A web server on loopback."""
    hook = Hook()
    thread = threading.Thread(target=hook.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hook
    finally:
        hook.server.shutdown()
        hook.server.server_close()
        thread.join()
