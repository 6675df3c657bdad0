"""The side of worker processes: what processes of tasks, workers of process pools and sub-interpreters execute.

Spawned processes import this module and what it needs, and nothing else of the package: that is a part of their
life, which the lab measures.
"""

from __future__ import annotations

import os

from . import usage
from .class_tasks import find_class, run_class_task
from .recorder import run_task, trial
from .row import RECEIVED, USED
from .steps import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Callable

    from .payload import Data
    from .protocol import Config
    from .steps import Locks


def reason_file(config: Config, task: int) -> str:
    return os.path.join(config["folder"], f"reason-{task}")


def run_in_process(
    task: int, config: Config, locks: Locks, permits: Any = None, run: Callable[[int], Any] = run_task
) -> None:
    """Runs one task in a process of its own, which first needs what the parent has."""
    try:
        prepare(config, locks)
        run(task)
        if any(step["kind"] == "call" for step in config["steps"]):
            from .results import send_results

            send_results(task, config)
        if trial.has_forked:
            from .forks import check_forks_of_worker

            check_forks_of_worker()
    except Exception as error:
        write_reason(task, config, error)
        raise SystemExit(1) from error
    finally:
        if permits:
            permits.release()
    write_usage(task)


def run_class_in_process(
    task: int, config: Config, locks: Locks, permits: Any = None, limits: Mapping[int, Any] | None = None
) -> None:
    """Runs one task of a class, once its class has a worker for it."""

    def run(task: int) -> int:
        limit = limits.get(find_class(task)) if limits else None
        if limit is None:
            return run_class_task(task)
        with limit:
            return run_class_task(task)

    run_in_process(task, config, locks, permits, run)


def write_usage(task: int) -> None:
    begin = (task + 1) * trial.width - USED
    for word, value in enumerate(usage.own()):
        trial.rows[begin + word] = 0 if value is None else value + 1
    trial.rows[begin + USED - 1] = usage.peak_memory() or 0


def run_payload_in_process(
    task: int, data: Data, outputs: Outputs, config: Config, locks: Locks, permits: Any = None
) -> None:
    from .payload import run_payload

    run_in_process(task, config, locks, permits, lambda task: outputs.put((task, run_payload(task, data))))
    # As at the end of a process. After the permit: the parent receives nothing while it waits for one.
    outputs.flush()
    write_usage(task)


class Outputs:
    """The queue of the displayed code. The parent notices a process that ended without an output."""

    def __init__(self, queue: Any, check: Callable[[], None]) -> None:
        self.queue, self.check = queue, check

    def __getstate__(self) -> Any:
        return {"queue": self.queue}

    def put(self, output: Any) -> None:
        self.queue.put(output)

    def flush(self) -> None:
        self.queue.close()
        self.queue.join_thread()

    def get(self) -> Any:
        from queue import Empty

        from .payload import stamp

        while True:
            try:
                task, output = self.queue.get(timeout=0.2)
            except Empty:
                self.check()
                continue
            stamp(task, RECEIVED)
            return task, output


def write_reason(task: int, config: Config, error: Exception) -> None:
    import json

    from .failures import Failure, message_of

    failure = error if isinstance(error, Failure) else Failure("task", message_of(error), task=task)
    with open(reason_file(config, task), "w") as file:
        json.dump(failure.to_send(), file)


def set_up_worker(config: Config, locks: Locks, barrier: Any) -> None:
    """Prepares a worker of a process pool."""
    prepare(config, locks)
    trial.barrier = barrier


def report_of_worker() -> tuple[int, usage.Used, int | None]:
    """Returns what this worker has used so far. All workers answer at the same time, so that each does once."""
    trial.barrier.wait(60)
    return os.getpid(), usage.own(), usage.peak_memory()


def prepare_in_cluster(config: Config) -> None:
    """Prepares a worker of a cluster."""
    prepare(config)


def usage_in_cluster() -> tuple[int, usage.Used, int | None]:
    return os.getpid(), usage.own(), usage.peak_memory()


# Functions for sub-interpreters are sent as bare code: nothing but what they import themselves is there.


def set_up_interpreter(folder: str, config: Config) -> None:
    """Prepares a sub-interpreter, which imports this package once more: nothing is shared with the main one."""
    import sys as own_sys

    own_sys.path.insert(0, folder)
    from concurrency_lab_program import steps

    steps.prepare(config)


def run_in_interpreter(task: int) -> int:
    from concurrency_lab_program.recorder import run_task as run_here

    return run_here(task)


def run_class_in_interpreter(task: int) -> int:
    from concurrency_lab_program.class_tasks import run_class_task as run_here

    return run_here(task)


def run_payload_in_interpreter(task: int, data: Data) -> Data:
    from concurrency_lab_program.payload import run_payload as run_here

    return run_here(task, data)


def run_in_interpreter_for_results(task: int) -> object:
    from concurrency_lab_program.results import run_for_results as run_here

    return run_here(task)


def thread_of_interpreter() -> int:
    import threading
    import time

    time.sleep(0.02)
    return threading.get_native_id()
