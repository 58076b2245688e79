"""The HTTP side: routes, live streams and access control over the Catalogue and Log ports.

It must not know the rules, the pipelines, or which store is behind the ports.
"""
