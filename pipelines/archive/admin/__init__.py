"""Administration: an archive's owner erases, backs up, prunes and verifies it.

Crawls never call it.
"""
