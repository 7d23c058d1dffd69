"""Articles of a source out of a public web archive: its index is read first, then its copies are asked for one by one.

Asks the publisher nothing.
"""
