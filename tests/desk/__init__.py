"""Tests of desk.db without a browser."""
