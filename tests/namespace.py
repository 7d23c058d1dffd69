"""A web with a DNS of its own, in a network namespace: `unshare -rnm python -m tests.namespace FOLDER`.

Names of a public publisher lead to private addresses, and at each of these a server listens, so that a crawl that follows
one reaches it. Prints what was asked of whom, as JSON. Nothing leaves the namespace.
"""

from __future__ import annotations

import http.server
import json
import os
import socket
import socketserver
import struct
import subprocess
import sys
import threading
from itertools import count
from pathlib import Path
from xml.sax.saxutils import escape

from tests.conftest import ROOT
from tests.faulty import page

PUBLIC = "93.184.216.34"
HOME = "daily.example"
RESOLVER = "127.0.0.53"
PRIVATE = {
    "loop": "127.0.0.1",
    "loop9": "127.9.9.9",
    "ten": "10.1.2.3",
    "shared": "100.64.0.7",
    "cloud": "169.254.169.254",
    "home": "192.168.7.7",
    "office": "172.16.9.9",
    "this": "0.0.0.0",
    "six": "::1",
    "mapped": "::ffff:127.0.0.1",
    "mapped-ten": "::ffff:10.1.2.3",
    "unique": "fc00::7",
    "nat64": "64:ff9b::7f00:1",
}
"""Name below the publisher's domain, or of a domain of its own, to its address."""
OTHERS = ("alias", "turning", "both")
"""A CNAME of `loop`; a name that is public when first asked for; a name with a public and a private address."""
WAYS = ("feed", "sitemap", "home", "redirect", "refresh", "canonical", "image", "listing")


class Names(socketserver.BaseRequestHandler):
    """A DNS server over UDP: answers A and AAAA, with a time to live of nothing."""

    turns = count()

    def handle(self) -> None:
        data, sock = self.request
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += data[at] + 1
        (kind,) = struct.unpack("!H", data[at + 1 : at + 3])
        name = ".".join(labels).lower()
        answers = [record(kind, address) for address in self.addresses(name)]
        answers = [answer for answer in answers if answer]
        head = data[:2] + struct.pack("!HHHHH", 0x8180, 1, len(answers), 0, 0)
        sock.sendto(head + data[12 : at + 5] + b"".join(answers), self.client_address)

    def addresses(self, name: str) -> list[str]:
        label = name.partition(".")[0]
        if name in (HOME, f"www.{HOME}"):
            return [PUBLIC]
        if label == "turning":
            return [PUBLIC if next(self.turns) < 2 else "127.0.0.1"]
        if label == "both":
            return ["127.0.0.1", PUBLIC] if next(self.turns) % 2 else [PUBLIC, "127.0.0.1"]
        return [PRIVATE.get("loop" if label == "alias" else label, "")]


def record(kind: int, address: str) -> bytes:
    """An answer of this type; empty when the address is of the other."""
    family, wanted = (socket.AF_INET6, 28) if ":" in address else (socket.AF_INET, 1)
    if not address or kind != wanted:
        return b""
    packed = socket.inet_pton(family, address)
    return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(packed)) + packed


class Web(http.server.BaseHTTPRequestHandler):
    """Answers for the publisher at its public address, and anything elsewhere; remembers both."""

    pages: dict[str, tuple[int, str, str]]
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.headers['Host']}{self.path}")
        missing = (404, "text/plain", "") if self.pages else (200, "text/html", page("Inside").decode())
        status, content_type, body = self.pages.get(self.path, missing)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", body)
            body = ""
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        pass


def serve(address: str, pages: dict[str, tuple[int, str, str]], asked: list[str]) -> None:
    handler = type("Handler", (Web,), {"pages": pages, "asked": asked})
    server_type = type(
        "Server",
        (http.server.ThreadingHTTPServer,),
        {"address_family": socket.AF_INET6 if ":" in address else socket.AF_INET},
    )
    server = server_type((address, 80), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def hosts() -> list[str]:
    """Every name that leads to a private address."""
    return [f"{label}.{domain}" for label in (*PRIVATE, *OTHERS) for domain in (HOME, "elsewhere.example")]


def publish() -> dict[str, tuple[int, str, str]]:
    """The publisher's site: each name in each way."""
    home, names = f"http://{HOME}", hosts()
    story = page("The ferry pier").decode()
    pages = {"/story/own": (200, "text/html", story)}
    for n, host in enumerate(names):
        evil = f"http://{host}"
        pages[f"/story/redirect-{n}"] = (302, "text/plain", f"{evil}/redirect")
        refresh = f"<meta http-equiv='refresh' content='0; url={evil}/refresh'>"
        pages[f"/story/refresh-{n}"] = (200, "text/html", refresh)
        told = f'<link rel="canonical" href="{evil}/canonical"><meta property="og:image" content="{evil}/image.jpg">'
        pages[f"/story/told-{n}"] = (
            200,
            "text/html",
            page(f"Pier {n}").decode().replace("<article>", f"{told}<article>"),
        )
    own = [f"{home}{path}" for path in pages]
    links = [*own, *(f"http://{host}/feed" for host in names)]
    items = "".join(f"<item><title>S {n}</title><link>{escape(u)}</link></item>" for n, u in enumerate(links))
    pages["/feed"] = (
        200,
        "application/rss+xml",
        f"<rss version='2.0'><channel><title>D</title>{items}</channel></rss>",
    )
    entries = "".join(f"<url><loc>http://{host}/sitemap</loc></url>" for host in names)
    urlset = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entries}</urlset>"
    pages["/sitemap.xml"] = (200, "text/xml", urlset)
    sitemaps = "".join(f"Sitemap: http://{host}/listing.xml\n" for host in names)
    pages["/robots.txt"] = (200, "text/plain", f"Sitemap: {home}/sitemap.xml\n{sitemaps}")
    feeds = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="http://{host}/listing">' for host in names
    )
    anchors = "".join(
        f'<a href="http://{host}/home/2026/11/a-story-of-the-pier.html">A story</a>' for host in names
    )
    pages["/"] = (200, "text/html", f"<html><head>{feeds}</head><body><nav>{anchors}</nav></body></html>")
    return pages


def main(folder: Path) -> None:
    """Make the namespace's web, crawl it twice, and say what was reached."""
    (folder / "resolv.conf").write_text(f"nameserver {RESOLVER}\n")
    subprocess.run(["mount", "--bind", folder / "resolv.conf", "/etc/resolv.conf"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    private = sorted({a for a in PRIVATE.values() if not a.startswith(("127.", "0.", "::", "64:"))})
    for address in (PUBLIC, *private):
        subprocess.run(
            ["ip", "addr", "add", f"{address}/{128 if ':' in address else 32}", "dev", "lo"], check=True
        )
    names = socketserver.ThreadingUDPServer((RESOLVER, 53), Names)
    threading.Thread(target=names.serve_forever, daemon=True).start()
    asked: list[str] = []
    reached: list[str] = []
    serve(PUBLIC, publish(), asked)
    for address in ("127.0.0.1", "127.9.9.9", "::1", *(a for a in private if a != "fc00::7"), "fc00::7"):
        serve(address, {}, reached)
    # The names lead where they say, and somebody listens there: else nothing reached would mean nothing.
    for label in ("loop", "ten", "cloud", "six"):
        with socket.create_connection((f"{label}.{HOME}", 80), 5) as connection:
            connection.sendall(b"GET /check HTTP/1.0\r\nHost: check\r\n\r\n")
            connection.recv(100)
    checked, reached[:] = list(reached), []
    (folder / "seeds").mkdir()
    seed = f'home = "http://{HOME}/"\nfeeds = ["http://{HOME}/feed"]\nimages = true\n'
    (folder / "seeds" / "daily.toml").write_text(seed)
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    options = "DOWNLOAD_DELAY=0 RETRY_TIMES=0 DOWNLOAD_TIMEOUT=60 HOST_FAILURES_MAX=9999".split()
    words = [word for option in options for word in ("-s", option)]
    command = [sys.executable, "-m", "crawler", "crawl", "archive.db", *words]
    for _ in range(2):  # what the first found, the second would follow
        done = subprocess.run(
            command,
            cwd=folder,
            env={**environment, "PYTHONPATH": str(ROOT)},
            text=True,
            capture_output=True,
            check=False,
        )
    print(json.dumps({"checked": checked, "reached": reached, "asked": asked, "error": done.stderr}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
