"""The HTTP server: a forward proxy for `http://` addresses that also answers by `Host` header."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import answers, control, faults, routes
from .answers import text

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

    from .answers import Answer
    from .control import Control
    from .faults import Rule

FILLER = b"<p>This line only makes the page long.</p>\n" * 2000


@dataclass(frozen=True)
class Request:
    """One request; `target` is path and query as they were sent."""

    method: str
    host: str
    target: str
    headers: dict[str, str]

    @property
    def url(self) -> str:
        """The whole address."""
        return f"http://{self.host}{self.target}"


class DroppedError(Exception):
    """The connection has to end here, its answer whole or not."""


async def serve(desk: Control, port: int) -> asyncio.Server:
    """Listen on 127.0.0.1; port 0 takes a free one."""

    async def connected(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            while await one(desk, reader, writer):
                pass
        except (DroppedError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:
            pass  # the server stops; a task that ends as cancelled would be reported as an error
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    return await asyncio.start_server(connected, "127.0.0.1", port, limit=1 << 20)


async def one(desk: Control, reader: StreamReader, writer: StreamWriter) -> bool:
    """Read and answer one request; False when the connection is not to be used again."""
    request = await read(reader)
    if request.target.startswith(control.ROOT):
        answer, rule = desk.answer(request.target), None
    elif request.method not in ("GET", "HEAD"):
        answer, rule = text(405, "Only GET and HEAD of http:// addresses are served."), None
    else:
        answer, rule = await answered(desk, request)
    answer = (
        answers.finish(answer, request.headers)
        if answer.status == 200 and not coded(answer)
        else plain(answer)
    )
    await send(writer, answer, request, rule)
    return request.headers.get("connection", "").lower() != "close"


async def read(reader: StreamReader) -> Request:
    """One request's head; a body is read and dropped."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    try:
        # Some clients send the bytes of an address that should have been escaped.
        method, address, _ = head[0].encode("latin-1").decode("utf-8", "replace").split(" ")
    except ValueError:
        raise DroppedError from None
    headers = {}
    for line in head[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    await reader.readexactly(int(headers.get("content-length") or 0))
    if address.startswith("http://"):
        host, slash, rest = address[7:].partition("/")
        target = slash + rest or "/"
    else:
        host, target = headers.get("host", ""), address
    return Request(method, host.partition(":")[0].lower(), target, headers)


async def answered(desk: Control, request: Request) -> tuple[Answer, Rule | None]:
    """The answer after faults and conditions, and the fault that still concerns the sending. Logs it."""
    row = {
        "time": time.time(),
        "monotonic": time.monotonic(),
        "method": request.method,
        "host": request.host,
        "path": request.target,
        "url": request.url,
        "user_agent": request.headers.get("user-agent", ""),
        "if_none_match": request.headers.get("if-none-match", ""),
        "if_modified_since": request.headers.get("if-modified-since", ""),
        "status": 0,
        "fault": "",
    }
    desk.log.append(row)
    answer = routes.answer(desk.press, request.host, request.target)
    matching = [r for r in desk.rules if r.applies(request.host, request.target, answer.kind)]
    for rule in matching:
        if rule.kind == "latency":
            await asyncio.sleep(rule.get("ms", 100) / 1000)
    rule = next((r for r in matching if r.kind != "latency"), None)
    if rule is None:
        answer = answers.not_modified(answer, request.headers)
    else:
        row["fault"] = rule.kind
        if rule.kind == "hang":
            await asyncio.sleep(rule.get("seconds", 3600))
            raise DroppedError
        answer = faults.instead(rule, request.url) or faults.spoil(rule, answer)
    row["status"], row["kind"] = answer.status, answer.kind
    return answer, rule


def coded(answer: Answer) -> bool:
    """Whether a fault has already named a Content-Encoding."""
    return any(name == "Content-Encoding" for name, _ in answer.headers)


def plain(answer: Answer) -> Answer:
    """An answer finished without compression."""
    return answers.finish(answer, {})


async def send(writer: StreamWriter, answer: Answer, request: Request, rule: Rule | None) -> None:
    """Write the answer, or as much of it as the fault lets through."""
    kind = rule.kind if rule else ""
    body = b"" if request.method == "HEAD" else answer.body
    if rule and kind == "huge":
        answer.headers = [pair for pair in answer.headers if pair[0] != "Content-Encoding"]
        answer.length = int(rule.get("mb", 200) * 1_000_000)
        await pour(writer, answer)
        return
    if rule and kind == "length":
        answer.length = max(0, len(answer.body) + int(rule.get("by", 100)))
    writer.write(answers.head(answer))
    if rule and kind == "slow":
        await drip(writer, body, max(1, int(rule.get("bps", 1000))))
    elif rule and kind in ("truncate", "reset"):
        keep = len(body) * rule.get("keep", 0.5) if kind == "truncate" else rule.get("bytes", 0)
        writer.write(body[: int(keep)])
    else:
        writer.write(body)
    await writer.drain()
    if kind == "reset":
        abort(writer)
    if kind in ("truncate", "reset", "length"):
        raise DroppedError


async def pour(writer: StreamWriter, answer: Answer) -> None:
    """Send a body of `answer.length` bytes: the page, then filler."""
    writer.write(answers.head(answer))
    left = answer.length or 0
    while left > 0:
        part = FILLER[:left]
        writer.write(part)
        left -= len(part)
        await writer.drain()


async def drip(writer: StreamWriter, body: bytes, rate: int) -> None:
    """Send a body at `rate` bytes a second, ten times a second."""
    step = max(1, rate // 10)
    for start in range(0, len(body), step):
        writer.write(body[start : start + step])
        await writer.drain()
        await asyncio.sleep(0.1)


def abort(writer: StreamWriter) -> None:
    """End the connection with RST rather than FIN."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
