"""What a run does: workers claim tasks, pipelines do them, the recorder writes down what came of it.

Works on the Store and Drivers ports; it must not know an engine, a driver, HTTP or a terminal.
"""
