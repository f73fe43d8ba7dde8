"""What a stand-in is told to do wrong, and to which requests."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Fault:
    """Does something else to requests that match, so many times, from the `skip`th on.

    `status` answers so without doing anything (0: does what is asked); `wait` seconds first;
    `cut` drops the connection: "before" anything is done, or "after" it was, unanswered.
    `meanwhile` is called before all that.
    """

    method: str
    path: str
    status: int = 0
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut: str = ""
    times: int = 10**6
    skip: int = 0
    meanwhile: Callable[[], object] | None = None

    def matches(self, method: str, path: str) -> bool:
        if self.times <= 0 or method != self.method or not re.search(self.path, path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True

    def begin(self) -> None:
        if self.meanwhile is not None:
            self.meanwhile()
        if self.wait:
            time.sleep(self.wait)
