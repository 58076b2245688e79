"""Live pipelines of a semantic data catalogue, from one command-line program.

The packages below are the rooms of the house; README.md follows one event through them.
"""

__version__ = "0.1.0"
