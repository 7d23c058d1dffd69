"""Changes in a source's own figures, from its days to alarms. Pure; nothing here reads the archive.

A source is compared with itself only: with its last eight weeks, weekday by weekday for the number of articles.
An alarm stays open until its source is well again for some days: a source that comes and goes has one alarm, not twenty.
"""
