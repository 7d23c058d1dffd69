"""Listings (feeds, sitemaps, section pages), from bytes to the articles they name.

Pure: nothing here makes a request or knows Scrapy.
"""
