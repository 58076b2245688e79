"""Where the server stands in its life, as the routes must know it."""

from dataclasses import dataclass


@dataclass(slots=True)
class Lifecycle:
    """*is_draining* turns true with the first signal and stays: no balancer should send anybody here any more."""

    is_draining: bool = False
