"""Dossiers with the articles they name: desk.db and archive.db read together, a press review in one HTML file, a feed.

It reads both and writes neither.
"""
