"""Charts as files that are PNG, drawn by a process of their own: no other reader waits for a picture."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from browse.responses import file_response, refusal_response
from pipelines.charts.png import PngMissingError, png_process, svg_to_png

if TYPE_CHECKING:
    from collections.abc import Callable

    from datasette.utils.asgi import Response

    DrawPng = Callable[[str], bytes]


def open_png(form: str | None) -> AbstractContextManager[DrawPng]:
    """What draws a picture, where the form is one: its process starts at once, while the numbers are counted."""
    return png_process() if form == "png" else nullcontext(svg_to_png)


async def png_response(svg: str, draw: DrawPng, name: str) -> Response:
    """The picture as a file of this name, or why there is none."""
    try:
        picture = await asyncio.to_thread(draw, svg)
    except PngMissingError as error:
        return refusal_response(str(error))
    return file_response(picture, name, "image/png")
