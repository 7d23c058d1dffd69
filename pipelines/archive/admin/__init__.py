"""What an archive's owner does to it as a whole: erase, back up, prune, verify.

Crawls do not come here.
"""
