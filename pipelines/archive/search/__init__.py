"""Search: reads a query, matches articles, counts facets and gives the results.

It reads the archive and never writes it.
"""
