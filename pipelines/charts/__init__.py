"""Charts as SVG and PNG, drawn from numbers. It knows no archive and no page: commands and pages hand it what to draw.

Only `resvg.py` uses a library, which is an extra.
"""
