"""The ports over HTTP: the catalogue as calls, and the log as a stream that survives lost connections.

It must not know what its answers are shown on, nor how a server finds them.
"""
