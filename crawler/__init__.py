"""The web: which URLs, when, how politely.

Ends with a `Page`; it never reads an article's text.
"""

VERSION = "0.1.0"
"""The program's version: pyproject.toml reads it here, so that a checkout knows it without being installed."""
