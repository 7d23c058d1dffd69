"""The web: which URLs, when, how politely.

Ends with a `Page`; it never reads an article's text.
"""
