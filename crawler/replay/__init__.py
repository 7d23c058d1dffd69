"""Extraction again from stored pages, and WARC files of others taken in.

Nothing here makes a request.
"""
