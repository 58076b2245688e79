"""The engines of the Store port: memory, which is the reference, SQLite for one machine and PostgreSQL for many.

They keep and answer; what may be changed, and when, is decided above. They must not know a source, a pipeline or HTTP.
"""
