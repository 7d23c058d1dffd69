"""Which listings of a source to fetch, and which of their URLs to take up; and what a new site has.

Reading the bytes of a listing is the work of `crawler.listings`.
"""
