"""A crawl or an import divided over several processes: which sources go to which shard, the command lines, who runs them.

A shard is an archive of its own beside the archive, filled by the commands that everybody uses and merged as it comes in.
Here no page is fetched and no frontier is shared.
"""
