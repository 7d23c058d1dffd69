"""Text and the archive: a `Page` in, an `Article` out, stored.

Nothing here asks the web anything.
"""

VERSION = "0.1.0"
"""The program's version. pyproject.toml reads it here, so that no part has to know what the distribution is called."""
