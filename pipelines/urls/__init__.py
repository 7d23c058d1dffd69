"""Addresses: checked, normalised, compared.

Standard library and public suffixes only; everyone may import from here.
"""
