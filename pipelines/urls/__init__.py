"""URLs: checked, normalised, compared.

Standard library and public suffixes only; everyone may import from here, and it imports nobody.
"""
