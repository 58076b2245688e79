"""The calls of the API by what they are about: each reads a request, asks the ports, and puts the answer together."""
