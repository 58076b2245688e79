"""The only room that names concrete classes: which engine, which client, which process, and how they are connected.

Everything is imported where it is needed, so that a command pays for what it uses. It must not print, parse or decide.
"""
