"""Tests of what lies at the top of `pipelines`, and of its addresses."""
