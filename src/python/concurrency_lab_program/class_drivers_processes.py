"""Drivers of processes and sub-interpreters where tasks have classes."""

from __future__ import annotations

import os

from . import usage
from .class_process_starter import ClassProcesses, RepeatingProcesses
from .class_tasks import run_class_task
from .classes import handing_to, open_pools, own_workers, repeating
from .drivers_processes import ask_all, context_of
from .failures import Failure
from .models import py_interpreters, py_process_pool, py_processes
from .pools import WorkerReports, cancelling, size_of
from .recorder import now, trial
from .registry import class_driver
from .resources import process_locks
from .steps import prepare
from .task_process import (
    run_class_in_interpreter,
    run_class_in_process,
    set_up_interpreter,
    set_up_worker,
    thread_of_interpreter,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .clock import TrialClock
    from .protocol import Config


@class_driver("py-processes")
def drive_classes_of_processes(config: Config, clock: TrialClock) -> None:
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
    processes = ClassProcesses(context, config)

    limits = {index: context.Semaphore(workers) for index, workers in own_workers(config).items()}
    if config["repeaters"]:
        processes.repeating = RepeatingProcesses(processes, (config, locks))
        clock.begin_repeating = processes.repeating.begin

    def one_pass(tasks: range) -> None:
        processes.made.clear()
        handed_over = processes.throttled(tasks, permits) if permits else tasks
        done = py_processes(processes, handed_over, run_class_in_process, config, locks, permits, limits)
        for task, process in enumerate(done):
            processes.check(task, process)
            process.close()

    # Those of a fork server are the server's children: each has written down what it used itself.
    forkserver = clock.report["start_method"] == "forkserver"
    clock.used_by_workers = processes.used_by_tasks if forkserver else lambda: usage.read("children")
    clock.run(one_pass)
    peaks = [trial.rows[(task + 1) * trial.width - 1] for task in range(config["tasks"])]
    clock.report["workers_peak"] = sum(peaks) if all(peaks) else None


def chosen_workers(context: Any, clock: TrialClock) -> int:
    """Returns the workers that the library chooses: a pool that starts no process shows it."""
    from concurrent.futures import ProcessPoolExecutor

    before = now()
    with ProcessPoolExecutor(mp_context=context) as pool:
        workers = size_of(pool)
    clock.own += now() - before
    return workers


@class_driver("py-process-pool")
def drive_classes_of_process_pool(config: Config, clock: TrialClock) -> None:
    from concurrent.futures import ProcessPoolExecutor
    from contextlib import ExitStack

    context = context_of(config, clock)
    locks = process_locks(config, context)
    prepare(config, locks)
    with ExitStack() as opened:
        pools: list[tuple[ProcessPoolExecutor, int, Any]] = []

        def open_pool(asked: int | None) -> ProcessPoolExecutor:
            workers = asked or chosen_workers(context, clock)
            barrier = context.Barrier(workers)
            setup = (config, locks, barrier)
            pools.append(
                (opened.enter_context(ProcessPoolExecutor(asked, context, set_up_worker, setup)), workers, barrier)
            )
            return pools[-1][0]

        pool = open_pools(config, clock, open_pool)
        one_pass = cancelling(pool, lambda tasks: py_process_pool(pool, tasks, run_class_task))
        clock.begin_repeating = repeating(config, handing_to(pool, run_class_task))
        reports = WorkerReports(clock, lambda: [report for one in pools for report in ask_all(*one)])
        reports.run(clock.report["workers"], one_pass)


@class_driver("py-interpreters")
def drive_classes_of_interpreters(config: Config, clock: TrialClock) -> None:
    from concurrent.futures import InterpreterPoolExecutor  # type: ignore[attr-defined]
    from contextlib import ExitStack

    prepare(config)
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    setup = (folder, config)
    with ExitStack() as opened:

        def open_pool(asked: int | None) -> Any:
            pool = opened.enter_context(
                InterpreterPoolExecutor(max_workers=asked, initializer=set_up_interpreter, initargs=setup)
            )
            workers = size_of(pool)
            seen: set[int] = set()
            for _ in range(50):
                # They share no barrier: a short sleep, which is the lab's own, keeps one of them from taking all.
                clock.own += 20_000_000
                futures = [pool.submit(thread_of_interpreter) for _ in range(workers)]
                seen.update(future.result() for future in futures)
                if len(seen) == workers:
                    return pool
            raise Failure("workers-missing", "", started=len(seen), wanted=workers)

        pool = open_pools(config, clock, open_pool)
        clock.begin_repeating = repeating(config, handing_to(pool, run_class_in_interpreter))
        clock.run(cancelling(pool, lambda tasks: py_interpreters(pool, tasks, run_class_in_interpreter)))
        clock.begin_teardown()
