"""The views of the plugin, one module a subject, each with the forms in which it answers.

They read through `pipelines.archive.search` and `pipelines.archive.views`; nothing here has SQL.
"""
