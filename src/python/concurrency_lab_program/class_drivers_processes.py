"""Drivers of processes and sub-interpreters where tasks have classes."""

from __future__ import annotations

from .class_process_starter import ClassProcesses, RepeatingProcesses
from .class_tasks import run_class_task
from .classes import handing_to, open_pools, own_workers, repeating
from .drivers_processes import (
    ask_all,
    chosen_workers,
    context_of,
    interpreter_pool,
    run_processes,
    set_up_processes,
    start_all_interpreters,
)
from .models import py_interpreters, py_process_pool, py_processes
from .pools import WorkerReports, cancelling
from .registry import class_driver
from .resources import process_locks
from .steps import prepare
from .task_process import run_class_in_interpreter, run_class_in_process, set_up_worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .clock import TrialClock
    from .protocol import Config


@class_driver("py-processes")
def drive_classes_of_processes(config: Config, clock: TrialClock) -> None:
    context, locks, permits = set_up_processes(config, clock)
    processes = ClassProcesses(context, config)
    limits = {index: context.Semaphore(workers) for index, workers in own_workers(config).items()}
    if config["repeaters"]:
        processes.repeating = RepeatingProcesses(processes, (config, locks))
        clock.begin_repeating = processes.repeating.begin
    shared = (config, locks, permits, limits)
    run = lambda tasks: py_processes(processes, tasks, run_class_in_process, *shared)  # noqa: E731
    run_processes(processes, clock, permits, run)


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
            pool = opened.enter_context(ProcessPoolExecutor(asked, context, set_up_worker, setup))
            pools.append((pool, workers, barrier))
            return pool

        pool = open_pools(config, clock, open_pool)
        one_pass = cancelling(pool, lambda tasks: py_process_pool(pool, tasks, run_class_task))
        clock.begin_repeating = repeating(config, handing_to(pool, run_class_task))
        reports = WorkerReports(clock, lambda: [report for one in pools for report in ask_all(*one)])
        reports.run(clock.report["workers"], one_pass)


@class_driver("py-interpreters")
def drive_classes_of_interpreters(config: Config, clock: TrialClock) -> None:
    from contextlib import ExitStack

    prepare(config)
    with ExitStack() as opened:

        def open_pool(asked: int | None) -> Any:
            pool = opened.enter_context(interpreter_pool(config, asked))
            start_all_interpreters(pool, clock)
            return pool

        pool = open_pools(config, clock, open_pool)
        clock.begin_repeating = repeating(config, handing_to(pool, run_class_in_interpreter))
        clock.run(cancelling(pool, lambda tasks: py_interpreters(pool, tasks, run_class_in_interpreter)))
        clock.begin_teardown()
