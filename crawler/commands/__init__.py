"""The commands of `clippings`, a file each; what they share is in `crawler.command_line`.

Nothing but `crawler.cli` imports from here, and nothing here decides what is stored. Worker processes import these
modules again, so a command imports Scrapy, the archive and Datasette inside its function.
"""
