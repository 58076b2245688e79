"""The engines of the Store port: memory, which is the reference, and SQLite.

They keep and answer; what may be changed, and when, is decided above. They must not know a source, a pipeline or HTTP.
"""
