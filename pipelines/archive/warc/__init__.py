"""WARC files: records packed, written, read, and taken from files of others.

No SQL but the captures' own rows.
"""
