"""Extraction again from stored pages, and the import of WARC files of others.

Nothing here makes a request.
"""
