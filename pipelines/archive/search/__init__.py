"""Search: a query read, matched, counted and shown.

Reads the archive, never writes it.
"""
