"""Tests of `browse`: its pages over HTTP, and in a browser."""
