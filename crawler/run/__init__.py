"""One crawl as a run: its archive and lock, its scheduler, its lead images, its progress, its exit code.

`crawler.discovery` decides which URLs are found; starting Scrapy is the commands' work.
"""
