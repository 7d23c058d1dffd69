"""Text and the archive: a `Page` in, an `Article` out, stored.

Nothing here asks the web anything.
"""
