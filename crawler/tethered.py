"""A command that ends with the program that started it: `python -m crawler.tethered WORDS...` is `clippings WORDS...`.

Its standard input is a pipe of which the program holds the other end. When that is closed, also by `kill -9`, the command
stops as by SIGTERM, and with all its workers when that takes too long.
"""

from __future__ import annotations

import os
import signal
import threading
import time

SECONDS_TO_STOP = 20.0


def main() -> None:
    """Run a command, with an eye on standard input."""
    threading.Thread(target=_end_with_starter, daemon=True).start()
    from crawler.cli import main as run

    run()


def _end_with_starter() -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        return  # there is no standard input: nobody holds us
    signal.raise_signal(signal.SIGTERM) if os.name == "nt" else os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_STOP)
    if os.name != "nt" and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
