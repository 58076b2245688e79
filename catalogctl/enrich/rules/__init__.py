"""The rules: meaning, foreign keys, KPIs and questions from names, types, keys, profiles and samples alone.

Pure and deterministic: the same catalogue gives the same answer on every machine. It does no IO and runs no SQL.
"""
