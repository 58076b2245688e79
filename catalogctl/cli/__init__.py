"""The command line: parse, call the port, hand the answer to a renderer.

It talks to ports that ``wiring`` opens for it. It must not know a database, HTTP or the rules.
"""
