"""The commands of `clippings`, a file each, with what they print.

Nothing but `crawler.cli` imports from here, and nothing here decides what is stored. Worker processes import these
modules again, so a command imports Scrapy, the archive and Datasette inside its function.
"""
