"""Enrichment: works out what tables and columns mean, by rules or by a language model, and drafts KPIs and questions.

It is handed a catalogue and answers values; it must not know a store, run SQL on a source, or decide when it is called.
"""
