"""One crawl as a run: its archive and lock, its scheduler, its progress, its exit code.

What is fetched is decided in `crawler.discovery`.
"""
