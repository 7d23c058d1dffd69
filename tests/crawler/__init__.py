"""Tests of `crawler`: sources, listings, discovery, manners, whole crawls, and the commands."""
