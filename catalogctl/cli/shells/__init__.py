"""Completion scripts for shells, written from the command tree; they never call the program while somebody types."""
