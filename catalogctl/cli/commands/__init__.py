"""The commands: one file each, whose ``build()`` answers the command or the group of the file's name.

A body parses, calls a port and hands the answer to a renderer. It must not open a connection or choose a colour.
"""
