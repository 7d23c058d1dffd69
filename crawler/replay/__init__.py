"""Extraction again from stored pages, and the import of WARC files of others.

The web is asked for the files of collections alone, by `collection_fetcher`, where a command names their addresses.
"""
