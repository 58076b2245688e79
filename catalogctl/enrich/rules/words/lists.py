"""Lists of words, written as text because they read best so."""


def word_set(text: str) -> frozenset[str]:
    """The words of *text*, apart by spaces and ends of lines."""
    return frozenset(text.split())
