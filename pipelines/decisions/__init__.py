"""Pure decisions: what the archive holds, what came in, and the time, to a verdict with its reason.

No I/O, no SQL.
"""
