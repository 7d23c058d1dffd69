"""`python -m tests.newspaper`: serve the newspaper until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from datetime import UTC, datetime

from . import faults
from .control import Control
from .press import Press
from .server import serve


def options() -> argparse.Namespace:
    """The command line."""
    kinds = "\n".join(f"  {name:10} {words}" for name, words in faults.KINDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.newspaper",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"faults ('KIND key=value ...'; all take host=GLOB path=REGEX p=0..1 times=N):\n{kinds}",
    )
    parser.add_argument("--port", type=int, default=0, help="0 (the default) picks a free one")
    parser.add_argument("--now", type=datetime.fromisoformat, help="stop the clock at this ISO time")
    parser.add_argument(
        "--started",
        type=datetime.fromisoformat,
        help="count the ages of articles from this ISO time, not from now",
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="RULE", help="see below; may be repeated"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the faults' draws")
    parser.add_argument("--crawl-delay", type=float, help="Crawl-delay of every site, 0 for none")
    parser.add_argument("--demo", action="store_true", help="serve the sites of `make demo` too")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    args = parser.parse_args()
    for name in ("now", "started"):
        if (moment := getattr(args, name)) and moment.tzinfo is None:
            setattr(args, name, moment.replace(tzinfo=UTC))
    try:
        args.rules = [faults.parse(words, number, args.seed) for number, words in enumerate(args.fault)]
    except ValueError as error:
        parser.error(str(error))
    return args


async def run(args: argparse.Namespace) -> None:
    """Serve until SIGTERM, SIGINT or, if asked, the end of standard input."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if args.until_eof:
        loop.add_reader(sys.stdin, lambda: sys.stdin.buffer.read1(1024) or stop.set())
    press = Press(args.now, args.crawl_delay, args.demo, args.started)
    server = await serve(Control(press, args.rules, args.seed), args.port)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()
    server.close()


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(run(options()))
