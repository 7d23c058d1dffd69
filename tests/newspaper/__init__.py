"""The bundled newspaper: a small news web of our own on 127.0.0.1, for the demo and the tests.

`python -m tests.newspaper` serves it; `tests.newspaper.client.Newspaper` starts and questions it.
"""

from __future__ import annotations
