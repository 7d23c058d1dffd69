"""Alerts: what of an archive's news a saved search finds, kept in desk.db as reports, and how a report is written.

It sends nothing; `crawler/alerts` does.
"""
