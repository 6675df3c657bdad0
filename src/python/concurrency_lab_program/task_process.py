"""The side of worker processes: what processes of tasks, workers of process pools and sub-interpreters execute.

Spawned processes import this module and what it needs, and nothing else of the package: that is a part of their
life, which the lab measures.
"""

from __future__ import annotations

import os

from . import usage
from .class_tasks import find_class, run_class_task
from .recorder import run_task, trial
from .row import USED
from .steps import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .protocol import Config
    from .steps import Locks


def reason_file(config: Config, task: int) -> str:
    return os.path.join(config["folder"], f"reason-{task}")


def run_in_process(
    task: int, config: Config, locks: Locks, permits: Any = None, limits: Mapping[int, Any] | None = None
) -> None:
    """Runs one task in a process of its own, which first needs what the parent has."""
    try:
        prepare(config, locks)
        limit = limits.get(find_class(task)) if limits else None
        if limit:
            with limit:
                run_class_task(task)
        else:
            (run_class_task if config["classes"] else run_task)(task)
    except Exception as error:
        write_reason(task, config, error)
        raise SystemExit(1) from error
    finally:
        if permits:
            permits.release()
    begin = (task + 1) * trial.width - USED
    for word, value in enumerate(usage.read("self")):
        trial.rows[begin + word] = 0 if value is None else value + 1
    trial.rows[begin + USED - 1] = usage.peak_memory() or 0


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
    return os.getpid(), usage.read("self"), usage.peak_memory()


# Functions for sub-interpreters are sent as bare code: nothing but what they import themselves is there.


def set_up_interpreter(folder: str, config: Config) -> None:
    """Prepares a sub-interpreter, which imports this package once more: nothing is shared with the main one."""
    import sys as own_sys

    own_sys.path.insert(0, folder)
    from concurrency_lab_program import steps

    steps.prepare(config)


def run_in_interpreter(task: int) -> int:
    from concurrency_lab_program.class_tasks import run_class_task
    from concurrency_lab_program.recorder import run_task, trial

    return (run_class_task if trial.config["classes"] else run_task)(task)


def thread_of_interpreter() -> int:
    import threading
    import time

    time.sleep(0.02)
    return threading.get_native_id()
