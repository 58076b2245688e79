"""What the engines that speak SQL share: rows and values, reads, pages, and the changes of the port.

The statements are written in the SQL that SQLite and PostgreSQL both understand, over the few calls of ``connection``.
What begins, commits and undoes a transaction, and what only one engine can say, stands with that engine.
"""
