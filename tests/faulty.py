"""Hosts that answer as no web server should: raw bytes by path, and TLS with certificates that are wrong."""

from __future__ import annotations

import gzip
import random
import shutil
import socket
import sqlite3
import ssl
import threading
import time
import zlib
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipelines.urls.normalize import key
from pipelines.zstd import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

HOST = "127.0.0.5"


def page(title: str, sentence: str = "") -> bytes:
    things = "the tide gauge,the new crane,the fish market,the ferry timetable,the old customs house,the pilots".split(
        ","
    )
    text = (
        f"<p>{sentence}</p>"
        if sentence
        else "".join(
            f"<p>On {thing} the {title.lower()} committee heard {n + 2} engineers, who said that repairs of {thing} would"
            f" take until {2027 + n} and cost {n + 3} million crowns, most of it paid by the {title.lower()} fund.</p>"
            for n, thing in enumerate(things)
        )
    )
    head = f'<title>{title}</title><meta property="og:type" content="article">'
    day = '<meta property="article:published_time" content="2026-11-20T08:00:00+00:00">'
    return f"<!doctype html>{head}{day}<article><h1>{title}</h1>{text}</article>".encode()


def answer(
    body: bytes, *headers: str, status: str = "200 OK", version: str = "1.1", length: int | None = None
) -> bytes:
    lines = [
        f"HTTP/{version} {status}",
        "Content-Type: text/html; charset=utf-8",
        "Connection: close",
        *headers,
    ]
    if length != -1:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


NOISE = random.Random(3).randbytes(3000)
WALL = "We value your privacy. We and our 812 partners store and access information on your device."
PAGES: dict[str, tuple[bytes, set[str]]] = {
    "http-1-0": (answer(page("Old harbour"), version="1.0", length=-1), {"new"}),
    "no-length": (answer(page("New pier"), length=-1), {"new"}),
    "half-closed": (answer(page("Long ferry")[:200], length=5000), {"failed"}),
    "short-length": (answer(page("Tall crane"), length=120), {"new", "empty", "failed", "not_article"}),
    "broken-gzip": (answer(NOISE, "Content-Encoding: gzip"), {"empty", "not_article"}),
    "cut-gzip": (
        answer(gzip.compress(page("Cut rope"))[:120], "Content-Encoding: gzip"),
        {"empty", "new", "not_article"},
    ),
    "brotli": (answer(brotli.compress(page("Small boat")), "Content-Encoding: br"), {"new"}),
    "zstd": (answer(zstd.compress(page("Big ship")), "Content-Encoding: zstd"), {"new"}),
    "deflate": (answer(zlib.compress(page("Steep quay")), "Content-Encoding: deflate"), {"new"}),
    "broken-brotli": (answer(NOISE, "Content-Encoding: br"), {"empty", "not_article"}),
    "broken-zstd": (answer(NOISE, "Content-Encoding: zstd"), {"empty", "not_article"}),
    "unknown-coding": (answer(page("Strange coding"), "Content-Encoding: rot13"), {"new", "empty"}),
    "bad-chunks": (answer(b"zz\r\nnot chunks", "Transfer-Encoding: chunked", length=-1), {"failed"}),
    "no-http": (b"SSH-2.0-OpenSSH_9.2\r\n", {"failed"}),
    "nothing": (b"", {"failed"}),
    "head-only": (b"HTTP/1.1 200 OK\r\nContent-Ty", {"failed"}),
    "bad-status": (b"HTTP/1.1 999 Strange\r\nContent-Length: 0\r\n\r\n", {"failed"}),
    "loop": (answer(b"", f"Location: http://{HOST}:PORT/story/loop", status="302 Found"), {"failed"}),
    "elsewhere": (answer(b"", "Location: http://127.0.0.9:PORT/", status="301 Moved"), {"excluded"}),
    "refused-port": (
        answer(b"", f"Location: http://{HOST}:9/story/refused-port", status="302 Found"),
        {"failed"},
    ),
    "no-location": (answer(b"", status="302 Found"), {"failed"}),
    "bad-location": (answer(b"", "Location: http://[", status="302 Found"), {"failed", "excluded"}),
    "soft-404": (
        answer(page("Page not found", "Sorry, this page could not be found.")),
        {"not_article", "empty"},
    ),
    "captcha": (
        answer(page("Just a moment...", "Checking your browser before accessing the site.")),
        {"not_article", "empty"},
    ),
    "consent": (answer(page("The Daily", WALL)), {"not_article", "empty"}),
    "binary": (answer(b"\x89PNG\r\n\x1a\n" + NOISE), {"not_article"}),
    "nulls": (answer(b"\0" * 5000), {"empty", "not_article"}),
    "cookies": (b"", {"new"}),
    "well": (answer(page("Calm sea")), {"new"}),
}
"""Path below /story/: the raw answer (PORT is the server's), and the outcomes that are right."""


def respond(request: str, port: int) -> bytes:
    """The answer of the faulty host to a request's head."""
    path = request.split(" ")[1] if request.count(" ") > 1 else "/"
    name = path.removeprefix("/story/")
    home = f"http://{HOST}:{port}"
    if name == "cookies":
        if "cookie: seen=1" in request.lower():
            return answer(page("Fresh bread"))
        return answer(
            b"", f"Location: {home}/story/cookies", "Set-Cookie: seen=1; Path=/", status="302 Found"
        )
    if name in PAGES:
        return PAGES[name][0].replace(b":PORT/", f":{port}/".encode())
    if path == "/robots.txt":
        return answer(f"User-agent: *\nSitemap: {home}/map-a.xml\n".encode())
    if path == "/feed":
        items = "".join(f"<item><title>{n}</title><link>{home}/story/{n}</link></item>" for n in PAGES)
        return answer(f"<rss version='2.0'><channel><title>F</title>{items}</channel></rss>".encode())
    if path == "/long":
        items = "".join(
            f"<item><title>{n}</title><link>{home}/long/{n}</link></item>" for n in range(100_000)
        )
        return answer(f"<rss version='2.0'><channel><title>F</title>{items}</channel></rss>".encode())
    if path.startswith("/map-"):
        if "map-c" in path:
            own = f"<url><loc>{home}/story/well</loc><lastmod>{datetime.now(UTC).date()}</lastmod></url>"
            return answer(
                f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{own}</urlset>".encode()
            )
        maps = "".join(f"<sitemap><loc>{home}/map-{n}.xml</loc></sitemap>" for n in "abc")
        return answer(
            f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{maps}</sitemapindex>".encode()
        )
    if path.startswith("/long/") or path == "/":
        return answer(page(f"Story {path}"))
    return answer(b"", status="404 Not Found")


@contextmanager
def listening(
    host: str, respond: Callable[[str, int], bytes], context: ssl.SSLContext | None = None
) -> Iterator[int]:
    """A server of raw answers; its port."""
    server = socket.create_server((host, 0))
    port = server.getsockname()[1]

    def one(connection: socket.socket) -> None:
        try:
            if context is not None:
                connection = context.wrap_socket(connection, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head and (data := connection.recv(65536)):
                head += data
            connection.sendall(respond(head.decode("latin-1"), port))
            connection.shutdown(socket.SHUT_WR)
            time.sleep(0.05)
        except OSError:
            pass
        finally:
            connection.close()

    def run() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=one, args=[connection], daemon=True).start()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield port
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


OLD_ARCHIVE = Path(__file__).parent / "data" / "archive-before-0.1.0.db"
"""A small archive as the code just before 0.1.0 wrote it (tests/data/make_old_archive.py)."""


def older_archive(path: Path, home: str, held: str, pending: str) -> None:
    """An archive in the shape of before 0.1.0, with one article and one pending URL."""
    shutil.copy(OLD_ARCHIVE, path)
    db = sqlite3.connect(path, isolation_level=None)
    for table in (
        *(
            "outcomes",
            "wavering",
            "boilerplate_evidence",
            "boilerplate",
            "source_figures",
            "alarms",
            "listings",
        ),
        *(
            "revisions",
            "urls",
            "articles",
            "captures",
            "crawls",
            "replays",
            "forgotten",
            "passed_over",
            "sources",
        ),
    ):
        db.execute(f"DELETE FROM {table}")
    db.execute(
        "INSERT INTO sources (id, name, home, added_at) VALUES ('morning', 'M', ?, '2026-01-02')", [home]
    )
    db.execute(
        "INSERT INTO articles (id, source_id, url, title, text, word_count, first_seen_at, checked_at, content_hash,"
        " extractor) VALUES (1, 'morning', ?, 'Old pier', 'The pier of old stands.', 5, '2026-01-02', '2026-01-02',"
        " '1:old', 'clippings-0')",
        [held],
    )
    for url, state, article in ((held, "done", 1), (pending, "due", None)):
        db.execute(
            "INSERT INTO urls (url, key, source_id, found_at, via, state, due_at, article_id)"
            " VALUES (?, ?, 'morning', '2026-01-02', 'feed', ?, '2026-01-02', ?)",
            [url, key(url), state, article],
        )
    db.execute(
        "INSERT INTO crawls (id, started_at, finished_at, exit_code, found) VALUES (1, '2026-01-02', '2026-01-02', 0, 1)"
    )
    db.execute(
        "INSERT INTO outcomes (crawl_id, source_id, url, outcome, at) VALUES (1, 'morning', ?, 'new', '2026-01-02')",
        [held],
    )
    db.close()


TLS = {
    "expired": "127.0.0.21",
    "wrong-name": "127.0.0.22",
    "self-signed": "127.0.0.23",
    "unknown-authority": "127.0.0.25",
    "trusted": "127.0.0.24",
    "wrong-domain": "localhost",
    "trusted-domain": "localhost",
}
"""Source to the host it is on; what is wrong with its certificate is in its name."""


def certificate(
    subject: str, address: str, days: int, issuer: tuple[x509.Certificate, EllipticCurvePrivateKey] | None
) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    start = datetime.now(UTC) - timedelta(days=30)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer[0].subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30 + days))
        .add_extension(x509.BasicConstraints(ca=not address, path_length=None), critical=True)
    )
    if address:
        other = x509.IPAddress(ip_address(address)) if address[0].isdigit() else x509.DNSName(address)
        builder = builder.add_extension(x509.SubjectAlternativeName([other]), False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


@contextmanager
def tls_hosts(folder: Path) -> Iterator[dict[str, str]]:
    """Hosts with wrong certificates, and one with a right one: name to home. `ca.pem` in the folder is their authority."""
    authority, stranger = (certificate(name, "", 365, None) for name in ("Test CA", "Nobody's CA"))
    (folder / "ca.pem").write_bytes(authority[0].public_bytes(serialization.Encoding.PEM))
    homes = {}
    with ExitStack() as stack:
        for name, host in TLS.items():
            address = {"wrong-name": "127.0.0.99", "wrong-domain": "other.example"}.get(name, host)
            issuer = {"self-signed": None, "unknown-authority": stranger}.get(name, authority)
            made, key = certificate(name, address, -1 if name == "expired" else 30, issuer)
            file = folder / f"{name}.pem"
            file.write_bytes(
                key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
                + made.public_bytes(serialization.Encoding.PEM)
            )
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(file)
            port = stack.enter_context(listening(host, secure(host), context))
            homes[name] = f"https://{host}:{port}/"
        yield homes


def secure(host: str) -> Callable[[str, int], bytes]:
    def answers(request: str, port: int) -> bytes:
        if request.startswith("GET /feed"):
            link = f"<item><title>S</title><link>https://{host}:{port}/story</link></item>"
            return answer(f"<rss version='2.0'><channel><title>F</title>{link}</channel></rss>".encode())
        return (
            answer(page("Safe harbour"))
            if "/story" in request.split("\r\n")[0]
            else answer(b"", status="404 Not Found")
        )

    return answers
