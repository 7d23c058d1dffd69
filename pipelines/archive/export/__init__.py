"""What leaves the archive: articles, versions and lists as files of other programs, methods notes, deposits.

It reads, and writes only the files that a person asks for; it never writes archive.db or warc/.
"""
