"""How long the steps of a command took."""

from __future__ import annotations

import time


class Stopwatch:
    """Seconds by step, each from the end of the one before."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        """Ends a step."""
        now = time.perf_counter()
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self._last
        self._last = now

    def skip(self) -> None:
        """Leaves out what passed since the last step."""
        self._last = time.perf_counter()
