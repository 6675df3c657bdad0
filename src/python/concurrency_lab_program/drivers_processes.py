"""Drivers of the models whose tasks run in processes or sub-interpreters."""

from __future__ import annotations

import os
import sys

from . import usage
from .failures import Failure
from .models import py_interpreters, py_process_pool, py_process_pool_chunks, py_processes
from .pools import WorkerReports, asked_workers, cancelling, size_of, submitting
from .process_starter import TaskProcesses
from .recorder import now, trial
from .registry import driver
from .resources import process_locks
from .results import KEPT, pass_of, received_in_order
from .steps import prepare
from .task_process import (
    report_of_worker,
    run_in_interpreter,
    run_in_interpreter_for_results,
    run_in_process,
    run_payload_in_interpreter,
    run_payload_in_process,
    set_up_interpreter,
    set_up_worker,
    thread_of_interpreter,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .clock import TrialClock
    from .pools import WorkerReport
    from .protocol import Config


# Modules that the process of a task loads: every one, and those whose steps need them.
LOADED_BY_ALL = ("mmap", "resource")
LOADED_BY_STEPS = ("hashlib", "http.client")


def name_semaphores(config: Config) -> None:
    """Has semaphores named after the trial's folder, so that the lab finds those of a killed trial."""
    import multiprocessing

    # Elsewhere such a name may be too long, and nobody could look for it.
    if sys.platform == "linux":
        multiprocessing.current_process()._config["semprefix"] = "/" + config["semaphore_prefix"]  # type: ignore[attr-defined]


def context_of(config: Config, clock: TrialClock) -> Any:
    import multiprocessing

    name_semaphores(config)
    context: Any = multiprocessing.get_context(config["start_method"])
    method = clock.report["start_method"] = context.get_start_method()
    if method == "forkserver":
        # Newer servers import the main script of a program once, for all its processes. This program's main module
        # has nothing for them; older servers do not find the package, and go on.
        context.set_forkserver_preload([run_in_process.__module__])
    return context


def set_up_processes(config: Config, clock: TrialClock) -> tuple[Any, dict[int, Any], Any]:
    """Makes everything ready for a process per task; returns the context, the locks and the permits that they share."""
    context = context_of(config, clock)
    if clock.report["start_method"] != "fork":
        # Loading ctypes, to ask for the core, would be a good part of such a process's life.
        config["record_cores"] = False
    locks = process_locks(config, context)
    permits = context.Semaphore(config["in_flight"]) if config["in_flight"] else None
    prepare(config, locks)
    if clock.report["start_method"] == "forkserver":
        # A process that loads these libraries itself lives for milliseconds longer. A plain program has its imports at
        # the top, where newer servers find them.
        by_steps = [module for module in LOADED_BY_STEPS if module in sys.modules]
        context.set_forkserver_preload([run_in_process.__module__, *LOADED_BY_ALL, *by_steps])
    # Starts the helpers that multiprocessing needs, once.
    warm = context.Process(target=int)
    warm.start()
    warm.join()
    return context, locks, permits


def run_processes(processes: TaskProcesses, clock: TrialClock, permits: Any, run: Callable[[Any], Any]) -> None:
    """Runs the trial. `run` starts a process for each task, and returns them when they have ended."""

    def one_pass(tasks: range) -> None:
        processes.made.clear()
        handed_over = processes.throttled(tasks, permits) if permits else tasks
        for task, process in enumerate(run(handed_over)):
            processes.check(task, process)
            process.close()

    # Those of a fork server are the server's children: each has written down what it used itself.
    forkserver = clock.report["start_method"] == "forkserver"
    clock.used_by_workers = processes.used_by_tasks if forkserver else lambda: usage.read("children")
    clock.run(one_pass)
    peaks = [trial.rows[(task + 1) * trial.width - 1] for task in range(processes.config["tasks"])]
    clock.report["workers_peak"] = sum(peaks) if all(peaks) else None


@driver("py-processes")
def drive_processes(config: Config, clock: TrialClock) -> None:
    context, locks, permits = set_up_processes(config, clock)
    processes = TaskProcesses(context, config)
    shared = (config, locks, permits)
    run = lambda tasks: py_processes(processes, tasks, run_in_process, *shared)  # noqa: E731
    if config["payload"]:
        from .models_payload import py_processes_payload
        from .payload import inputs_of

        inputs = inputs_of(config, clock)
        run = lambda tasks: py_processes_payload(processes, tasks, run_payload_in_process, inputs, *shared)  # noqa: E731
    run_processes(processes, clock, permits, run)


def chosen_workers(context: Any, clock: TrialClock) -> int:
    """Returns the workers that the library chooses: a pool that starts no process shows it."""
    from concurrent.futures import ProcessPoolExecutor

    before = now()
    with ProcessPoolExecutor(mp_context=context) as pool:
        workers = size_of(pool)
    clock.own += now() - before
    return workers


@driver("py-process-pool")
def drive_process_pool(config: Config, clock: TrialClock) -> None:
    from concurrent.futures import ProcessPoolExecutor

    context = context_of(config, clock)
    locks = process_locks(config, context)
    prepare(config, locks)
    asked = asked_workers(config)
    # The workers' barrier needs it beforehand.
    workers = asked or chosen_workers(context, clock)
    barrier = context.Barrier(workers)
    with ProcessPoolExecutor(asked, context, set_up_worker, (config, locks, barrier)) as pool:
        chunk = config["settings"]["chunk"]
        if chunk is None:
            one_pass = pass_of(lambda tasks, run: py_process_pool(pool, tasks, run))
        else:
            one_pass = pass_of(lambda tasks, run: py_process_pool_chunks(pool, submitting(tasks), run, chunk))
        if config["payload"]:
            from .models_payload import py_process_pool_payload
            from .payload import Handed, inputs_of, run_payload

            inputs, numbers = inputs_of(config, clock), [Handed(task) for task in clock.tasks]
            one_pass = lambda tasks: py_process_pool_payload(pool, numbers, run_payload, inputs)  # noqa: E731
        WorkerReports(clock, lambda: ask_all(pool, workers, barrier)).run(workers, cancelling(pool, one_pass))


def ask_all(pool: Any, workers: int, barrier: Any) -> list[WorkerReport]:
    """Has each worker of a pool report once, all at the same time."""
    try:
        return [future.result() for future in [pool.submit(report_of_worker) for _ in range(workers)]]
    except BaseException:
        barrier.abort()
        raise


def interpreter_pool(config: Config, workers: int | None) -> Any:
    """Returns a pool of sub-interpreters; none of them is up yet."""
    from concurrent.futures import InterpreterPoolExecutor  # type: ignore[attr-defined]

    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return InterpreterPoolExecutor(max_workers=workers, initializer=set_up_interpreter, initargs=(folder, config))


def start_all_interpreters(pool: Any, clock: TrialClock) -> None:
    """Has every sub-interpreter of a pool do something: after this all of them are up."""
    workers = size_of(pool)
    seen: set[int] = set()
    for _ in range(50):
        # They share no barrier: a short sleep, which is the lab's own, keeps one of them from taking all.
        clock.own += 20_000_000
        seen.update(future.result() for future in [pool.submit(thread_of_interpreter) for _ in range(workers)])
        if len(seen) == workers:
            return
    raise Failure("workers-missing", "", started=len(seen), wanted=workers)


@driver("py-interpreters")
def drive_interpreters(config: Config, clock: TrialClock) -> None:
    prepare(config)
    with interpreter_pool(config, asked_workers(config)) as pool:
        start_all_interpreters(pool, clock)
        clock.report["workers"] = size_of(pool)
        one_pass = lambda tasks: py_interpreters(pool, tasks, run_in_interpreter)  # noqa: E731
        if KEPT:
            one_pass = received_in_order(lambda tasks: py_interpreters(pool, tasks, run_in_interpreter_for_results))
        if config["payload"]:
            from .models_payload import py_interpreters_payload
            from .payload import inputs_of

            inputs = inputs_of(config, clock)
            one_pass = lambda tasks: py_interpreters_payload(pool, tasks, run_payload_in_interpreter, inputs)  # noqa: E731
        clock.run(cancelling(pool, one_pass))
        clock.begin_teardown()
