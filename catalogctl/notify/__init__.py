"""The bells: how a reader learns soon that something was committed, by this process or by another.

They say "look" and nothing more; what is to be seen stands in the store, which they must not read.
"""
