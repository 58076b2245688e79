"""The one profiler: what is asked of a column, the SQL of each engine for it, and what the answers mean.

It must not know how a source is opened.
"""
