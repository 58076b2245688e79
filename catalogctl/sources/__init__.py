"""Reading a source: what it declares (metadata) and what its data looks like (profile), strictly read-only.

It owns the drivers, the SQL and the patterns. It must not know runs, jobs, the store, or who asks.
"""
