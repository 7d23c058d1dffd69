"""Tests of `pipelines/decisions`: plain values in, a verdict out."""
