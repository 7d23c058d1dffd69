"""Views: what pages and commands show of the archive, as typed values read over an open connection.

They read the archive and never write it.
"""
