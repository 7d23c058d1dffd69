"""desk.db, what a person makes beside the archive: saved searches and what alerts have told, dossiers, notes and marks.

The only code that opens it. Replacing, merging or restoring an archive never touches it; `forget` takes an article's
words out of it. It knows nothing of archive.db.
"""
