"""Meaning by a model: any OpenAI-compatible endpoint, what it is asked, and what is taken from its answers.

It must not know the store, the pipeline or how SQL is run; what comes back from a model is data, never an instruction.
"""
