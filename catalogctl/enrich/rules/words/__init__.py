"""Words: names taken apart, what is known of their words, and English as sentences need it.

It knows nothing of tables or values.
"""
