"""A module a page, or a few that belong together: parameters in, a response out.

What is shown is read by `pipelines.archive`.
"""
