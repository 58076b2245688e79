"""The SQL that the rules write, in the dialect of each engine. It is handed what to ask; it never runs anything."""
