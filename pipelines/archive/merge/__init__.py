"""Taking another archive in: rows by their natural keys, versions by their time, WARC files by name.

It never reads what one page says: rows are united as they are (docs/merging.md).
"""
