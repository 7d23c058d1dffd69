"""What the commands share: options as people type them, tables, errors and exit codes as they are printed, and how Scrapy is started.

No command is here. Only `crawler.commands` and `crawler.cli` import from here, and worker processes load it again, so
Scrapy and the archive are imported inside functions.
"""
