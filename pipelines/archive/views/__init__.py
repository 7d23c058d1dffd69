"""What pages and commands show of the archive, as typed values.

Reads the archive, never writes it.
"""
