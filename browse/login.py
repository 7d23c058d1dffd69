"""The login of a newsroom: datasette-auth-passwords checks it; here a reader without one is led to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from datasette.utils.asgi import Response

from browse.writing import SAFE, read_desk_settings

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from browse.spreadsheets import App, Scope, Send
    from browse.writing import DeskSettings


TEMPLATES: Final = Path(__file__).parent / "templates" / "login"
"""The page of the login as ours look; a folder of its own, so that it comes before the plugin's."""


def lead_to_login(datasette: Datasette, request: Request) -> Response | None:
    """A redirect to the login; None for who has one, and where there is none."""
    if read_desk_settings(datasette).served != "login" or request.actor or request.method not in SAFE:
        return None
    return Response.redirect(datasette.urls.path("/-/login"), status=303)


def harden_cookies(app: App, settings: DeskSettings) -> App:
    """The application, whose cookies no script reads, and which go by HTTPS only where the web server in front has it."""
    if settings.served != "login":
        return app

    async def wrapped(scope: Scope, receive: Any, send: Send) -> None:
        by_https = (b"x-forwarded-proto", b"https") in scope.get("headers", ())

        async def send_hardened(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = [
                    (name, harden_cookie(value, by_https) if name.lower() == b"set-cookie" else value)
                    for name, value in message.get("headers", ())
                ]
                message = {**message, "headers": headers}
            await send(message)

        await app(scope, receive, send_hardened)

    return wrapped


def harden_cookie(value: bytes, by_https: bool) -> bytes:
    """A cookie with `HttpOnly`, and `Secure` where it came by HTTPS. Pure."""
    said = {part.strip().lower() for part in value.split(b";")}
    value += b"" if b"httponly" in said else b"; HttpOnly"
    return value + (b"; Secure" if by_https and b"secure" not in said else b"")
