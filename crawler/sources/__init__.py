"""Sources, from the files in seeds/ to typed values and back.

Nothing here makes a request or knows Scrapy.
"""
