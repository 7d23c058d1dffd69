"""Manners and safety of every request: robots.txt, delays, private addresses, certificates.

Nothing here knows what an article is.
"""
