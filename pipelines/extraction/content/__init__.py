"""Which blocks of a page are the article's text.

Metadata is `pipelines.extraction.metadata`'s.
"""
