"""Compressed bodies: article pages stay as sent, for their captures and the workers; the rest is decompressed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware

if TYPE_CHECKING:
    from scrapy.http import Request, Response


class CompressionMiddleware(HttpCompressionMiddleware):
    """Scrapy's, but for requests with `raw` in their meta, whose responses pass untouched."""

    def process_response(
        self, request: Request, response: Response, spider: object = None
    ) -> Request | Response:
        if request.meta.get("raw"):
            return response
        return super().process_response(request, response)
