"""Pages as a browser shows them, for sources that print nothing without JavaScript.

The browser asks for nothing itself: whatever a page wants is asked for by our own downloader, with all its manners.
"""
