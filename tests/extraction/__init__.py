"""Tests of `pipelines/extraction`: from a page to an article."""
