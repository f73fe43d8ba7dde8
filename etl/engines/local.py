"""Tasks on this machine: in this process, or in a few processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from multiprocessing import resource_tracker
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
    resource_tracker.ensure_running()  # if it started later, it would undo `_submit`'s mask
    with ProcessPoolExecutor(
        min(workers, len(tasks)), mp_context=context, initializer=partial(_begin, start)
    ) as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for task in tasks:
                waiting.append(_submit(pool, work, task))
                if len(waiting) >= workers * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BaseException:
            _end(pool)
            raise


def _submit(pool: ProcessPoolExecutor, work: Callable[[T], R], task: T) -> Future[R]:
    """Submits a task; a process that this starts never sees ctrl-C, which this one answers."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(work, task)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(start: Callable[[], None] | None) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if start is not None:
        start()


def _end_with_parent() -> None:
    """Ends a process whose parent was killed: it would wait, and hold the catalog, for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _end(pool: ProcessPoolExecutor) -> None:
    """Ends a pool at once: what its processes are still at is of no use to anyone."""
    processes = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
