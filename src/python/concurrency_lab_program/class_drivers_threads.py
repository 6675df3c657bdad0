"""Drivers of threads and greenlets where tasks have classes."""

from __future__ import annotations

from .class_tasks import run_class_task
from .classes import handing_to, limited_by_class, open_pools, repeating, starting
from .clock import keep_failure
from .models import py_gevent, py_sequential, py_thread_pool, py_threads
from .pools import cancelling, releasing, size_of, start_all_threads, throttled
from .registry import class_driver
from .steps import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .clock import TrialClock
    from .protocol import Config


@class_driver("py-sequential")
def drive_classes_of_sequential(config: Config, clock: TrialClock) -> None:
    prepare(config)
    clock.run(lambda tasks: py_sequential(tasks, run_class_task))


@class_driver("py-threads")
def drive_classes_of_threads(config: Config, clock: TrialClock) -> None:
    import threading

    prepare(config)
    threading.excepthook = keep_failure
    permits = threading.Semaphore(config["in_flight"]) if config["in_flight"] else None
    limited = limited_by_class(config)
    one_run = releasing(limited, permits) if permits else limited

    clock.begin_repeating = repeating(config, starting(lambda run: threading.Thread(target=run).start()))
    warm = threading.Thread(target=int)
    warm.start()
    warm.join()
    clock.run(lambda tasks: py_threads(throttled(tasks, permits) if permits else tasks, one_run))


@class_driver("py-thread-pool")
def drive_classes_of_thread_pool(config: Config, clock: TrialClock) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import ExitStack

    prepare(config)
    with ExitStack() as opened:

        def open_pool(workers: int | None) -> ThreadPoolExecutor:
            pool = opened.enter_context(ThreadPoolExecutor(max_workers=workers))
            start_all_threads(pool, size_of(pool))
            return pool

        pool = open_pools(config, clock, open_pool)
        clock.begin_repeating = repeating(config, handing_to(pool, run_class_task))
        clock.run(cancelling(pool, lambda tasks: py_thread_pool(pool, tasks, run_class_task)))
        clock.begin_teardown()


@class_driver("py-gevent")
def drive_classes_of_gevent(config: Config, clock: TrialClock) -> None:
    import threading

    import gevent

    prepare(config)
    permits = threading.Semaphore(config["in_flight"]) if config["in_flight"] else None
    limited = limited_by_class(config)
    one_run = releasing(limited, permits) if permits else limited

    clock.begin_repeating = repeating(config, starting(gevent.spawn))
    gevent.spawn(int).join()
    clock.run(lambda tasks: py_gevent(throttled(tasks, permits) if permits else tasks, one_run))
