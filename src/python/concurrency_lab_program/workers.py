"""Place of a task: the core and the worker of the calling thread."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from .protocol import Config


def find_current_core() -> Callable[[], int]:
    """Returns the system's function that names the core of this thread, or one that does not know."""
    try:
        import ctypes

        # PyDLL keeps the interpreter lock: releasing it would invite a switch.
        call = ctypes.PyDLL(None).sched_getcpu
        call.argtypes = ()
        call()
        return call
    except Exception:
        return lambda: -1


def find_worker_of(config: Config) -> Callable[[int], int]:
    """Returns the function that names the worker of a task: its own thread or process, a thread, or the one loop."""
    model = config["model"]
    if model in ("py-threads", "py-processes"):
        tasks, repeaters = config["tasks"], len(config["repeaters"])
        if repeaters:
            # Repetitions stay in the lane of their repeater.
            return lambda task: task if task < tasks else tasks + (task - tasks) % repeaters
        return lambda task: task
    if model in ("py-thread-pool", "py-asyncio-threads", "py-interpreters", "py-asyncio-multi"):
        from threading import get_native_id

        return lambda task: get_native_id()
    if model in ("py-process-pool", "py-pool", "py-joblib", "py-dask"):
        # Asked each time: a forked worker has this function from its parent.
        return lambda task: os.getpid()
    if any(one["workers"] for one in config["classes"]) and model != "py-gevent":
        # The loop is 0, the threads beside it are numbered as they come.
        from threading import get_native_id

        numbers = {get_native_id(): 0}
        return lambda task: numbers.setdefault(get_native_id(), len(numbers))
    return lambda task: 0
