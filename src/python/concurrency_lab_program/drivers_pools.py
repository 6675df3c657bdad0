"""Drivers of pools of processes that are handed tasks by mapping: of multiprocessing and of joblib."""

from __future__ import annotations

import os

from .drivers_processes import context_of
from .failures import Failure, describe
from .models import py_joblib, py_pool
from .pools import WorkerReports, asked_workers
from .registry import driver
from .resources import process_locks
from .results import pass_of
from .steps import prepare
from .task_process import report_of_worker, set_up_worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from .clock import TrialClock
    from .pools import WorkerReport
    from .protocol import Config


@driver("py-pool")
def drive_pool(config: Config, clock: TrialClock) -> None:
    context = context_of(config, clock)
    locks = process_locks(config, context)
    prepare(config, locks)
    asked, chunk = asked_workers(config), config["settings"]["chunk"]
    # The barrier has to know before the pool does: the same count as the pool takes.
    workers = asked or getattr(os, "process_cpu_count", os.cpu_count)() or 1
    barrier = context.Barrier(workers)
    with context.Pool(asked, set_up_worker, (config, locks, barrier)) as pool:
        processes = list(pool._pool)
        watch = DeathWatch(clock, [process.sentinel for process in processes])

        def ask() -> list[WorkerReport]:
            asked = [pool.apply_async(report_of_worker) for _ in range(workers)]
            return [one.get() for one in asked]

        one_pass: Callable[[range], object] = pass_of(lambda tasks, run: py_pool(pool, tasks, run, chunk))
        if config["payload"]:
            from .models_payload import py_pool_payload
            from .payload import inputs_of, run_payload

            inputs = inputs_of(config, clock)
            one_pass = lambda tasks: py_pool_payload(pool, tasks, run_payload, inputs, chunk)  # noqa: E731
        try:
            WorkerReports(clock, ask).run(workers, one_pass)
        finally:
            # Leaving the pool ends its workers.
            watch.over = True
        pool.close()
        pool.join()


class DeathWatch:
    """Ends the trial when a worker of a multiprocessing.Pool dies: the pool starts another one, and `map` waits for
    ever for the tasks that the dead one had. A thread that sleeps until then."""

    def __init__(self, clock: TrialClock, sentinels: list[int]) -> None:
        import threading

        self.clock, self.sentinels, self.over = clock, sentinels, False
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self) -> None:
        from multiprocessing.connection import wait

        wait(self.sentinels)
        if not self.over:
            self.clock.lab.send({"failed": describe(Failure("worker-died", "a worker process of the pool died"))})
            os._exit(1)


@driver("py-joblib")
def drive_joblib(config: Config, clock: TrialClock) -> None:
    from ctypes import c_int
    from multiprocessing import heap, sharedctypes, synchronize

    import joblib.externals.loky.backend.synchronize as loky_synchronize
    from joblib.externals.loky.backend import reduction

    # loky pickles shared memory of multiprocessing, which condition variables and barriers have, only when told how.
    reduction.register(heap.Arena, heap.reduce_arena)
    reduction.register(c_int * 1, sharedctypes.reduce_ctype)  # type: ignore[attr-defined]
    # Before any is made: the lab finds those of a killed trial by this name. loky names the standard library's, too.
    names = iter(range(1 << 30))
    for semaphores in (synchronize, loky_synchronize):
        semaphores.SemLock._make_name = staticmethod(
            lambda: f"/{config['semaphore_prefix']}-{os.getpid()}-{next(names)}"
        )
    # Where it looks first for a place for its own files; workers inherit it.
    folder = os.environ["JOBLIB_TEMP_FOLDER"] = os.path.abspath(config["folder"])
    import joblib

    # Workers of loky are started afresh, and are handed locks as those of "spawn" are.
    config["start_method"] = "spawn"
    context = context_of(config, clock)
    clock.report["start_method"] = None
    locks = process_locks(config, context)
    prepare(config, locks)
    workers, chunk = asked_workers(config) or joblib.effective_n_jobs(-1), config["settings"]["chunk"]
    barrier = context.Barrier(workers)
    setup = {"initializer": set_up_worker, "initargs": (config, locks, barrier)}
    parallel = joblib.Parallel(workers, backend="loky", batch_size=chunk or "auto", temp_folder=folder, **setup)
    with parallel:
        executor = parallel._backend._workers

        def ask() -> list[WorkerReport]:
            return [future.result() for future in [executor.submit(report_of_worker) for _ in range(workers)]]

        one_pass: Callable[[range], object] = pass_of(lambda tasks, run: py_joblib(parallel, tasks, run))
        if config["payload"]:
            from .models_payload import py_joblib_payload
            from .payload import inputs_of, run_payload

            inputs = inputs_of(config, clock)
            one_pass = lambda tasks: py_joblib_payload(parallel, tasks, run_payload, inputs)  # noqa: E731
        WorkerReports(clock, ask).run(workers, one_pass)
    executor.shutdown(wait=True, kill_workers=True)
