"""A catalogue, read: types, keys, links and roles, told from names, declarations and profiles.

It must not write sentences or SQL.
"""
