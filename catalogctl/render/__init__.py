"""From a view to what is shown: Rich renderables, plain lines, tab-separated values and documents.

Pure functions of their arguments, the present moment and the width included. It must not know a transport, a
stream or a terminal.
"""
