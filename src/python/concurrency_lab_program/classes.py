"""Classes of tasks: which one a task belongs to, the pools of classes with workers of their own, and tasks that repeat.

A task that repeats is handed over again when it ends, by the model's own means, until the other classes are done.
"""

from __future__ import annotations

from .class_tasks import find_class, run_class_task
from .pools import asked_workers, size_of
from .recorder import submit, trial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Mapping
    from concurrent.futures import Executor, Future
    from typing import Any, Callable

    from .clock import TrialClock
    from .protocol import Config

    Run = Callable[[int], int]
    AsyncRun = Callable[[int], Coroutine[Any, Any, None]]
    Done = Callable[[], None]


def own_workers(config: Config) -> dict[int, int]:
    """Returns the workers of the classes that have their own, by the index of the class."""
    return {index: one["workers"] for index, one in enumerate(config["classes"]) if one["workers"]}


class Repeater:
    """A task that repeats: each repetition has a row of its own, as long as there are any."""

    def __init__(self, config: Config, number: int) -> None:
        self.config, self.number = config, number
        self.count = 0

    @property
    def task(self) -> int:
        """The row of the current repetition. Those beyond the recorded ones share the last one."""
        kept = min(self.count, self.config["recorded_repeats"])
        return self.config["tasks"] + kept * len(self.config["repeaters"]) + self.number

    def next(self) -> bool:
        """Counts the repetition, which has ended; false once the other classes are done."""
        if trial.stopped:
            return False
        self.count += 1
        trial.completed_repeats[self.number] = self.count
        return True


def all_repeaters(config: Config) -> list[Repeater]:
    """Returns the tasks that repeat, at the beginning of a pass."""
    trial.stopped = False
    trial.completed_repeats = [0] * len(config["repeaters"])
    return [Repeater(config, number) for number in range(len(config["repeaters"]))]


def repeating(config: Config, hand_over: Callable[[int, Done], object]) -> Callable[[], Callable[[], object]]:
    """Returns a function that begins all tasks that repeat, and returns one that waits for their end. `hand_over`
    hands over one task, and has a function called when it has ended."""
    import threading

    ended = threading.Semaphore(0)

    def go(repeater: Repeater) -> None:
        def done() -> None:
            if not trial.thread_failures and repeater.next():
                go(repeater)
            else:
                ended.release()

        try:
            submit(repeater.task)
            hand_over(repeater.task, done)
        except BaseException as error:
            trial.thread_failures.append(error)
            ended.release()

    def begin() -> Callable[[], object]:
        repeaters = all_repeaters(config)
        for repeater in repeaters:
            go(repeater)
        return lambda: [ended.acquire() for _ in repeaters]

    return begin


def handing_to(pool: Any, run: Run) -> Callable[[int, Done], object]:
    """Returns a function that hands a task to a pool, and notes what was wrong with it."""

    def hand_over(task: int, done: Done) -> None:
        def ended(future: Future[int]) -> None:
            error = future.exception()
            if error is not None:
                trial.thread_failures.append(error)
            done()

        pool.submit(run, task).add_done_callback(ended)

    return hand_over


def starting(start: Callable[[Done], object]) -> Callable[[int, Done], object]:
    """Returns a function that starts a thread or greenlet for a task, and notes what was wrong with it."""

    def hand_over(task: int, done: Done) -> None:
        def run_and_go_on() -> None:
            try:
                run_class_task(task)
            except Exception as error:
                trial.thread_failures.append(error)
            done()

        start(run_and_go_on)

    return hand_over


class Pools:
    """The pools of a model as one: each task goes to that of its class."""

    def __init__(self, shared: Any, own: dict[int, Any]) -> None:
        self.shared, self.own = shared, own

    def submit(self, run: Run, task: int) -> Future[int]:
        pool: Executor = self.own.get(find_class(task), self.shared)
        return pool.submit(run, task)

    def shutdown(self, **how: bool) -> None:
        for pool in [self.shared, *self.own.values()]:
            if pool is not None:
                pool.shutdown(**how)


def limited_by_class(config: Config) -> Run:
    """Returns a function that runs a task when its class is below its limit: of models without a pool."""
    import threading

    limits = {index: threading.Semaphore(workers) for index, workers in own_workers(config).items()}
    if not limits:
        return run_class_task

    def limited(task: int) -> int:
        limit = limits.get(find_class(task))
        if limit is None:
            return run_class_task(task)
        with limit:
            return run_class_task(task)

    return limited


def dispatched(perform: AsyncRun, own: Mapping[int, Callable[[int], Awaitable[object]]]) -> AsyncRun:
    """Returns a function that runs the tasks of some classes elsewhere, and the others on the loop."""
    if not own:
        return perform

    async def run(task: int) -> None:
        elsewhere = own.get(find_class(task))
        if elsewhere is None:
            await perform(task)
        else:
            await elsewhere(task)

    return run


def open_pools(config: Config, clock: TrialClock, open_pool: Callable[[int | None], Any]) -> Pools:
    """Opens the model's pool if a class uses it, of the size that the library chooses where that is asked for, and
    those of classes with workers of their own."""
    with_own = own_workers(config)
    shared = open_pool(asked_workers(config)) if len(with_own) < len(config["classes"]) else None
    own = {index: open_pool(workers) for index, workers in with_own.items()}
    clock.report["workers"] = sum(size_of(pool) for pool in [shared, *own.values()] if pool is not None)
    return Pools(shared, own)
