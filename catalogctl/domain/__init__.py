"""What catalogctl is about: runs, jobs, tasks, events, the catalogue, errors and the ports.

Pure values and rules on the standard library alone. It must not know a database, a clock, HTTP or a terminal.
"""
