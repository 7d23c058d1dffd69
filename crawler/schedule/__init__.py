"""Crawls at fixed times, by the means of the system: systemd, launchd, Windows tasks, cron.

Texts of files are pure functions of a `Job`; only `System` writes files and starts programs. Knows no archive.
"""
