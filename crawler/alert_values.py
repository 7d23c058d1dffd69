"""Values of clippings.toml that say where alerts report to, each with a remedy for a wrong one."""

from __future__ import annotations

from crawler.sources.toml_values import BadValueError, read_string, read_strings
from pipelines.alerts.destinations import has_password, parse_destination, parse_mail_server
from pipelines.urls.normalize import is_http


def read_destinations(value: object) -> tuple[str, ...]:
    words = read_strings(value)
    for word in words:
        check_destination(word)
    return words


def check_destination(word: str) -> None:
    """Raises `BadValueError` for a word of `to` that is no destination, or that belongs into the secrets file."""
    if has_password(word):
        raise BadValueError(
            "has an address with a password or key in it",
            "Put it into your secrets file under a name, and write the name here: docs/alerts.md.",
        )
    try:
        parse_destination(word)
    except ValueError as error:
        raise BadValueError(str(error).rstrip(".")) from None


def read_mail_server(value: object) -> str:
    text = read_string(value)
    if has_password(text):
        raise BadValueError(
            "has a password in it", 'Put smtp = "..." into your secrets file: docs/alerts.md.'
        )
    try:
        parse_mail_server(text)
    except ValueError as error:
        raise BadValueError(str(error).rstrip(".")) from None
    return text


def read_mailbox(value: object) -> str:
    text = read_string(value)
    if text and ("@" not in text or "://" in text):
        raise BadValueError("is no e-mail address", "Write it as clippings@example.org.")
    if text:
        check_destination(text)
    return text


def read_web_address(value: object) -> str:
    text = read_string(value)
    if text and not is_http(text):
        raise BadValueError("is no web address", "Write it as https://clippings.example.org/.")
    return text
