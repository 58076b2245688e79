"""Sentences and synonyms, said of what was read; every figure in them is the profile's."""
