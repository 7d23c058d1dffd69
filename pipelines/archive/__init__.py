"""The only code that opens archive.db and the WARC files beside it.

`database.Archive` opens them for writing; `search` and `views` read.
"""
