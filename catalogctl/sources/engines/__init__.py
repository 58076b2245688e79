"""The kinds of source, a file each: how it is opened untouched, what it declares, how it runs a statement.

They must not know what a profile consists of.
"""
