"""Which listings of a source to fetch, and which of the URLs they name to take up.

Reading a listing's bytes is `crawler.listings`' work.
"""
