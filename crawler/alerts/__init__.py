"""Alerts at a crawl's end: which there are, what is due, and its sending by mail, webhook, push service, file and standard output.

It gets reports from `pipelines/alerts` and notes in desk.db what was delivered. It knows no crawl.
"""
