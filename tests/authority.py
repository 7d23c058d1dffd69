"""A time-stamping authority of our own on loopback, made with openssl: a root, a certificate under it, and a server."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.reading_room import absent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
[req]
distinguished_name = dn
prompt = no
x509_extensions = root
[dn]
CN = Root of a test
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[stamping]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = authority
[authority]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""
COMMANDS = (
    "req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 3650 -config tsa.cnf",
    "req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=Test-authority -config tsa.cnf",
    "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -out tsa.pem -days 3650 -extfile tsa.cnf"
    " -extensions stamping",
)


@dataclass
class Authority:
    """A running authority. `root` is its certificate in PEM; `asked` counts requests."""

    folder: Path
    url: str = ""
    asked: int = 0
    broken: list[bytes] = field(default_factory=list)
    """Answers to give in place of a stamp, once each."""

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def stamp(self, query: bytes) -> bytes:
        """The answer to a request."""
        self.asked += 1
        if self.broken:
            return self.broken.pop()
        (self.folder / "query").write_bytes(query)
        openssl(self.folder, "ts -reply -config tsa.cnf -queryfile query -out answer")
        return (self.folder / "answer").read_bytes()


def openssl(folder: Path, command: str) -> None:
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)


@contextlib.contextmanager
def running_authority(folder: Path) -> Iterator[Authority]:
    """Make an authority in a folder and let it answer."""
    if shutil.which("openssl") is None:
        absent("no openssl")
    folder.mkdir(exist_ok=True)
    (folder / "tsa.cnf").write_text(CONFIG)
    (folder / "serial").write_text("01\n")
    for command in COMMANDS:
        openssl(folder, command)
    authority = Authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = authority.stamp(self.rfile.read(int(self.headers["Content-Length"])))
            moved = answer.startswith(b"http")
            self.send_response(302 if moved else 200)
            if moved:
                self.send_header("Location", answer.decode())
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(b"" if moved else answer)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        authority.url = f"http://127.0.0.1:{server.server_address[1]}/tsa"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield authority
        server.shutdown()
        thread.join()
