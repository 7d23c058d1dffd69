"""Compressed bodies: article pages stay as sent, for their captures and the workers; the rest is decompressed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware

from crawler.exceptions import UnreadableBody
from crawler.responses import headers_of
from pipelines.extraction.decoding import BodyError, decode_body

if TYPE_CHECKING:
    from scrapy.http import Request, Response


class CompressionMiddleware(HttpCompressionMiddleware):
    """Asks as Scrapy's does, but decompresses as extraction does, and not what has `raw` in its meta."""

    def process_response(
        self, request: Request, response: Response, spider: object = None
    ) -> Request | Response:
        if request.meta.get("raw") or "Content-Encoding" not in response.headers:
            return response
        limit = request.meta.get("download_maxsize", self._max_size)
        try:
            body = decode_body(response.body, headers_of(response), limit, whole=False)
        except BodyError as error:
            raise UnreadableBody(str(error)) from error
        response = response.replace(body=body)
        del response.headers["Content-Encoding"]
        return response
