"""The sample shop: a database that ``demo`` builds, so that there is something real to catalogue on a fresh machine.

Everything in it is made up from word lists, and is the same on every machine and every day.
"""
