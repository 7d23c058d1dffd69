"""A module a table (or a few that belong together): rows in and out.

What the rows should say is decided in `pipelines.decisions`.
"""
