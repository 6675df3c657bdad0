"""Parts that pool drivers share: starting all threads, cancelling after a failure, limits on tasks in flight, and what
workers report of themselves.
"""

from __future__ import annotations

from . import usage
from .recorder import submit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator, Sequence
    from concurrent.futures import Executor, ThreadPoolExecutor
    from typing import Any, Callable, Optional

    from .classes import Pools
    from .clock import TrialClock
    from .protocol import Config

    Pass = Callable[[range], object]
    AsyncRun = Callable[..., Coroutine[Any, Any, Any]]  # of a task, and of its payload where it has one
    WorkerReport = tuple[int, usage.Used, Optional[int]]  # process, usage and peak memory


def submitting(tasks: Iterable[int]) -> Iterator[int]:
    """Hands on tasks to a library that takes them from an iterable, each with the moment at which it is taken."""
    for task in tasks:
        submit(task)
        yield task


def throttled(tasks: Iterable[int], permits: Any) -> Iterator[int]:
    """Hands on a task only when a permit is free."""
    for task in tasks:
        permits.acquire()
        yield task


def releasing(run: Callable[..., Any], permits: Any) -> Callable[..., Any]:
    """Returns a function that runs a task and gives its permit back."""

    def run_and_release(*task: Any) -> Any:
        try:
            return run(*task)
        finally:
            permits.release()

    return run_and_release


def limited_on_loop(in_flight: int | None, semaphore: Callable[[int], Any], run: AsyncRun) -> AsyncRun:
    """Returns `run` behind a semaphore of the loop, where there is a limit."""
    if not in_flight:
        return run
    permits = semaphore(in_flight)

    async def limited(*task: Any) -> Any:
        async with permits:
            return await run(*task)

    return limited


def cancelling(pool: Executor | Pools, one_pass: Pass) -> Pass:
    """Returns a pass after whose failure the tasks that have not begun are not run."""

    def passing(tasks: range) -> None:
        try:
            one_pass(tasks)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise

    return passing


def asked_workers(config: Config) -> int | None:
    """Returns the number of workers to ask a library for; none where it chooses itself."""
    return None if config["settings"]["library_workers"] else config["workers"]


def size_of(pool: Any) -> int:
    """Returns the most workers that a pool of concurrent.futures starts."""
    return int(pool._max_workers)


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


class WorkerReports:
    """Usage of the workers of a pool so far, by asking all of them at once."""

    def __init__(self, clock: TrialClock, ask: Callable[[], list[WorkerReport]]) -> None:
        self.clock, self.ask = clock, ask
        self.peaks: Sequence[int | None] = ()

    def used(self) -> usage.Used:
        answers = self.ask()
        self.peaks = [peak for _, _, peak in answers]
        self.clock.worker_processes = [process for process, _, _ in answers]
        sums: usage.Used = list(usage.NOTHING_USED)
        for _, used, _ in answers:
            sums = usage.plus(sums, used)
        return sums

    def peak(self) -> int | None:
        known = [peak for peak in self.peaks if peak is not None]
        return sum(known) if known and len(known) == len(self.peaks) else None

    def run(self, workers: int, one_pass: Callable[[range], object]) -> None:
        """Runs the trial on workers that are up and have each done an empty task."""
        self.clock.used_by_workers = self.used
        self.ask()
        self.clock.report["workers"] = workers
        self.clock.run(one_pass)
        self.clock.report["workers_peak"] = self.peak()
        self.clock.begin_teardown()
