"""What a page says about its article: headline, authors, dates, language, images.

The text itself is `pipelines.extraction.content`'s.
"""
