"""Tasks on this machine: in this process, or in a few processes of their own."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 2  # tasks in flight per worker: bounds how many results wait in memory


def run(
    tasks: Sequence[T],
    work: Callable[[T], R],
    *,
    workers: int,
    start: Callable[[], None] | None = None,
) -> Iterator[R]:
    """Yields `work(task)` for each task, in the order of the tasks.

    `start` runs once in each process before its first task. `work`, `start`, tasks and results
    must be picklable where `workers` is more than one. An error ends the run.
    """
    if workers <= 1 or len(tasks) <= 1:
        if start is not None:
            start()
        yield from (work(task) for task in tasks)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(workers, len(tasks)), mp_context=context, initializer=start
    ) as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for task in tasks:
                waiting.append(pool.submit(work, task))
                if len(waiting) >= workers * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
