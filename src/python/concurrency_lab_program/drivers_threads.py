"""Drivers of the models whose tasks run in threads of one interpreter: the plain loop, threads and greenlets."""

from __future__ import annotations

from .models import py_gevent, py_sequential, py_thread_pool, py_threads
from .pools import cancelling, releasing, start_all_threads, throttled
from .recorder import run_task, trial
from .registry import driver
from .steps import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .clock import TrialClock
    from .protocol import Config


@driver("py-sequential")
def drive_sequential(config: Config, clock: TrialClock) -> None:
    prepare(config)
    clock.run(lambda tasks: py_sequential(tasks, run_task))


@driver("py-threads")
def drive_threads(config: Config, clock: TrialClock) -> None:
    import threading

    prepare(config)
    threading.excepthook = keep_failure
    permits = threading.Semaphore(config["in_flight"]) if config["in_flight"] else None
    one_run = releasing(run_task, permits) if permits else run_task
    warm = threading.Thread(target=int)
    warm.start()
    warm.join()
    clock.run(lambda tasks: py_threads(throttled(tasks, permits) if permits else tasks, one_run))


def keep_failure(raised: object) -> None:
    trial.thread_failures.append(raised.exc_value)  # type: ignore[attr-defined]


@driver("py-thread-pool")
def drive_thread_pool(config: Config, clock: TrialClock) -> None:
    from concurrent.futures import ThreadPoolExecutor

    prepare(config)
    with ThreadPoolExecutor(max_workers=config["workers"]) as pool:
        start_all_threads(pool, config["workers"])
        clock.report["workers"] = config["workers"]
        clock.run(cancelling(pool, lambda tasks: py_thread_pool(pool, tasks, run_task)))
        clock.begin_teardown()


@driver("py-gevent")
def drive_gevent(config: Config, clock: TrialClock) -> None:
    import threading

    import gevent

    prepare(config)
    permits = threading.Semaphore(config["in_flight"]) if config["in_flight"] else None
    one_run = releasing(run_task, permits) if permits else run_task
    gevent.spawn(int).join()
    clock.run(lambda tasks: py_gevent(throttled(tasks, permits) if permits else tasks, one_run))
