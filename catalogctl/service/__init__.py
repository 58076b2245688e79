"""The rules: what may be asked of a catalogue and its runs, answered directly on a store.

Implements the Catalogue port. It must not know an engine, HTTP or a terminal.
"""
