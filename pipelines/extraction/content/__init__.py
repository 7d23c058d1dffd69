"""Blocks of a page, and which of them are the article's text.

Nothing here knows metadata; that is `pipelines.extraction.metadata`'s.
"""
