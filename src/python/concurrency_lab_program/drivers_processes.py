"""Drivers of the models whose tasks run in processes or sub-interpreters."""

from __future__ import annotations

import os
import sys

from . import usage
from .failures import Failure, received
from .models import py_interpreters, py_process_pool, py_processes
from .pools import cancelling
from .recorder import run_task, trial
from .registry import driver
from .resources import process_locks
from .row import USED
from .steps import prepare
from .task_process import (
    reason_file,
    report_of_worker,
    run_in_interpreter,
    run_in_process,
    set_up_interpreter,
    set_up_worker,
    thread_of_interpreter,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .clock import TrialClock
    from .protocol import Config


def context_of(config: Config, clock: TrialClock) -> Any:
    import multiprocessing

    if sys.platform == "linux":
        # Named after the trial's folder, so that the lab finds those of a killed trial. Elsewhere such a name
        # may be too long, and nobody could look for it.
        multiprocessing.current_process()._config["semprefix"] = "/" + config["semaphore_prefix"]  # type: ignore[attr-defined]
    context: Any = multiprocessing.get_context(config["start_method"])
    method = clock.report["start_method"] = context.get_start_method()
    if method == "forkserver":
        # Newer servers import the main script of a program once, for all its processes. This program's main module
        # has nothing for them; older servers do not find the package, and go on.
        context.set_forkserver_preload([run_in_process.__module__])
    return context


class TaskProcesses:
    """The context of the displayed code, and the processes that it made so far."""

    def __init__(self, context: Any, config: Config) -> None:
        self.context, self.config = context, config
        self.made: list[Any] = []

    def Process(self, **arguments: Any) -> Any:  # noqa: N802
        process = self.context.Process(**arguments)
        self.made.append(process)
        return process

    def check(self, task: int, process: Any) -> None:
        """Raises the failure of a process that has ended with one."""
        if process.exitcode in (None, 0):
            return
        reason = ""
        if os.path.exists(reason_file(self.config, task)):
            with open(reason_file(self.config, task)) as file:
                reason = file.read()
        try:
            import json

            failure = received(json.loads(reason))
        except (ValueError, KeyError):
            # It was ended from outside, or nothing could be written any more.
            failure = Failure("task-process", "", task=task, exit_code=process.exitcode)
        raise failure

    def throttled(self, tasks: range, permits: Any) -> Iterator[int]:
        """Hands on a task only when a permit is free. A process that dies does not give its permit back."""
        for task in tasks:
            while not permits.acquire(timeout=0.2):
                for number, process in enumerate(self.made):
                    self.check(number, process)
            yield task

    def rows(self) -> range:
        return range(self.config["tasks"])

    def used_by_tasks(self) -> usage.Used:
        """Returns what the tasks' processes have written down. Before the clock there is nothing yet."""
        sums: usage.Used = list(usage.NOTHING_USED)
        for task in self.rows():
            begin = (task + 1) * trial.width - USED
            words = list(trial.rows[begin : begin + 6])
            if any(words):
                sums = usage.plus(sums, [word - 1 if word else None for word in words])
        return sums


@driver("py-processes")
def drive_processes(config: Config, clock: TrialClock) -> None:
    context = context_of(config, clock)
    if clock.report["start_method"] != "fork":
        # Loading ctypes, to ask for the core, would be a good part of such a process's life.
        config["record_cores"] = False
    locks = process_locks(config, context)
    permits = context.Semaphore(config["in_flight"]) if config["in_flight"] else None
    prepare(config, locks)
    # Starts the helpers that multiprocessing needs, once.
    warm = context.Process(target=int)
    warm.start()
    warm.join()
    processes = TaskProcesses(context, config)

    def one_pass(tasks: range) -> None:
        processes.made.clear()
        handed_over = processes.throttled(tasks, permits) if permits else tasks
        done = py_processes(processes, handed_over, run_in_process, config, locks, permits)
        for task, process in enumerate(done):
            processes.check(task, process)
            process.close()

    # Those of a fork server are the server's children: each has written down what it used itself.
    forkserver = clock.report["start_method"] == "forkserver"
    clock.used_by_workers = processes.used_by_tasks if forkserver else lambda: usage.read("children")
    clock.run(one_pass)
    peaks = [trial.rows[(task + 1) * trial.width - 1] for task in range(config["tasks"])]
    clock.report["workers_peak"] = sum(peaks) if all(peaks) else None


@driver("py-process-pool")
def drive_process_pool(config: Config, clock: TrialClock) -> None:
    from concurrent.futures import ProcessPoolExecutor

    context = context_of(config, clock)
    locks = process_locks(config, context)
    prepare(config, locks)
    workers = config["workers"]
    barrier = context.Barrier(workers)
    peaks: list[int | None] = []
    with ProcessPoolExecutor(workers, context, set_up_worker, (config, locks, barrier)) as pool:

        def ask() -> list[tuple[int, usage.Used, int | None]]:
            try:
                return [future.result() for future in [pool.submit(report_of_worker) for _ in range(workers)]]
            except BaseException:
                barrier.abort()
                raise

        def used_so_far() -> usage.Used:
            answers = ask()
            peaks[:] = [peak for _, _, peak in answers]
            clock.worker_processes = [process for process, _, _ in answers]
            sums: usage.Used = list(usage.NOTHING_USED)
            for _, used, _ in answers:
                sums = usage.plus(sums, used)
            return sums

        clock.used_by_workers = used_so_far
        ask()
        clock.report["workers"] = workers
        clock.run(cancelling(pool, lambda tasks: py_process_pool(pool, tasks, run_task)))
        known = [peak for peak in peaks if peak is not None]
        clock.report["workers_peak"] = sum(known) if len(known) == len(peaks) else None
        clock.begin_teardown()


@driver("py-interpreters")
def drive_interpreters(config: Config, clock: TrialClock) -> None:
    from concurrent.futures import InterpreterPoolExecutor  # type: ignore[attr-defined]

    prepare(config)
    workers = config["workers"]
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    setup = (folder, config)
    with InterpreterPoolExecutor(max_workers=workers, initializer=set_up_interpreter, initargs=setup) as pool:
        seen: set[int] = set()
        for _ in range(50):
            # They share no barrier: a short sleep, which is the lab's own, keeps one of them from taking all.
            clock.own += 20_000_000
            seen.update(future.result() for future in [pool.submit(thread_of_interpreter) for _ in range(workers)])
            if len(seen) == workers:
                break
        else:
            raise Failure("workers-missing", "", started=len(seen), wanted=workers)
        clock.report["workers"] = workers
        clock.run(cancelling(pool, lambda tasks: py_interpreters(pool, tasks, run_in_interpreter)))
        clock.begin_teardown()
