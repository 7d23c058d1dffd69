"""Politeness and safety of every request: robots.txt, delays, closed hosts, private addresses, certificates.

Nothing here knows what an article is.
"""
