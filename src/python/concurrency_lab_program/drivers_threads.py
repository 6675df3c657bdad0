"""Drivers of the models whose tasks run in threads of one interpreter: the plain loop, threads and greenlets."""

from __future__ import annotations

from .clock import keep_failure, raise_failure_of_thread
from .models import py_gevent, py_sequential, py_thread_pool, py_threads
from .models_in_turn import py_gevent_in_turn
from .pools import asked_workers, cancelling, releasing, size_of, start_all_threads, throttled
from .recorder import run_task
from .registry import driver
from .steps import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .clock import TrialClock
    from .protocol import Config


@driver("py-sequential")
def drive_sequential(config: Config, clock: TrialClock) -> None:
    prepare(config)
    if config["payload"]:
        from .models_payload import py_sequential_payload
        from .payload import inputs_of, run_payload

        inputs = inputs_of(config, clock)
        clock.run(lambda tasks: py_sequential_payload(tasks, run_payload, inputs))
        return
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
    if config["payload"]:
        from .models_payload import py_threads_payload
        from .payload import inputs_of, run_payload

        inputs = inputs_of(config, clock)
        with_payload = releasing(run_payload, permits) if permits else run_payload

        def one_pass(tasks: range) -> None:
            try:
                py_threads_payload(throttled(tasks, permits) if permits else tasks, with_payload, inputs)
            except KeyError:
                # The thread that failed has no output.
                raise_failure_of_thread()
                raise

        clock.run(one_pass)
        return
    clock.run(lambda tasks: py_threads(throttled(tasks, permits) if permits else tasks, one_run))


@driver("py-thread-pool")
def drive_thread_pool(config: Config, clock: TrialClock) -> None:
    from concurrent.futures import ThreadPoolExecutor

    prepare(config)
    with ThreadPoolExecutor(max_workers=asked_workers(config)) as pool:
        start_all_threads(pool, size_of(pool))
        clock.report["workers"] = size_of(pool)
        one_pass = lambda tasks: py_thread_pool(pool, tasks, run_task)  # noqa: E731
        if config["payload"]:
            from .models_payload import py_thread_pool_payload
            from .payload import inputs_of, run_payload

            inputs = inputs_of(config, clock)
            one_pass = lambda tasks: py_thread_pool_payload(pool, tasks, run_payload, inputs)  # noqa: E731
        clock.run(cancelling(pool, one_pass))
        clock.begin_teardown()


@driver("py-gevent")
def drive_gevent(config: Config, clock: TrialClock) -> None:
    import threading

    import gevent

    prepare(config)
    permits = threading.Semaphore(config["in_flight"]) if config["in_flight"] else None
    one_run = releasing(run_task, permits) if permits else run_task
    gevent.spawn(int).join()
    if config["payload"]:
        from .models_payload import py_gevent_payload
        from .payload import inputs_of, run_payload

        inputs = inputs_of(config, clock)
        with_payload = releasing(run_payload, permits) if permits else run_payload
        clock.run(
            lambda tasks: py_gevent_payload(throttled(tasks, permits) if permits else tasks, with_payload, inputs)
        )
        return

    def one_pass(tasks: range) -> None:
        if config["in_turn"]:
            py_gevent_in_turn(tasks, run_task)
        else:
            py_gevent(throttled(tasks, permits) if permits else tasks, one_run)

    clock.run(one_pass)
