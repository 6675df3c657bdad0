"""What drivers of pools share: starting all threads, cancelling after a failure, and limits on tasks in flight."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator
    from concurrent.futures import Executor, ThreadPoolExecutor
    from typing import Any, Callable

    Pass = Callable[[range], object]
    AsyncRun = Callable[[int], Coroutine[Any, Any, None]]


def throttled(tasks: Iterable[int], permits: Any) -> Iterator[int]:
    """Hands on a task only when a permit is free."""
    for task in tasks:
        permits.acquire()
        yield task


def releasing(run: Callable[[int], int], permits: Any) -> Callable[[int], int]:
    """Returns a function that runs a task and gives its permit back."""

    def run_and_release(task: int) -> int:
        try:
            return run(task)
        finally:
            permits.release()

    return run_and_release


def limited_on_loop(in_flight: int | None, semaphore: Callable[[int], Any], run: AsyncRun) -> AsyncRun:
    """Returns `run` behind a semaphore of the loop, where there is a limit."""
    if not in_flight:
        return run
    permits = semaphore(in_flight)

    async def limited(task: int) -> None:
        async with permits:
            await run(task)

    return limited


def cancelling(pool: Executor, one_pass: Pass) -> Pass:
    """Returns a pass after whose failure the tasks that have not begun are not run."""

    def passing(tasks: range) -> None:
        try:
            one_pass(tasks)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise

    return passing


def start_all_threads(pool: ThreadPoolExecutor, workers: int) -> None:
    """Has every thread of a pool do something at the same time: after this all of them are up."""
    import threading

    barrier = threading.Barrier(workers)
    try:
        for future in [pool.submit(barrier.wait) for _ in range(workers)]:
            future.result()
    except BaseException:
        # Where one can't be started, the others would wait for it for ever.
        barrier.abort()
        raise
