"""Scrapy's spiders: requests out, responses in.

Decisions are made elsewhere.
"""
