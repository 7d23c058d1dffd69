"""Tests of `pipelines/archive`: tables, captures, search, retention."""
