"""From a page's bytes to an `Article`: pure functions of the page.

Nothing here knows the archive or what it decides.
"""
