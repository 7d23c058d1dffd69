"""The commands of `clippings`, a file each, and what they print.

Nothing but `crawler.cli` imports from here, and nothing here decides what is stored.
"""
