"""How catalogctl is set up: which value holds, where it came from, and where a running server says that it runs.

Reads files and the environment it is handed; it must not know a store, a server or a terminal.
"""
