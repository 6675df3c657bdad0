"""Drivers of the models whose tasks are awaited on one event loop."""

from __future__ import annotations

import os

from .loop_steps import prepare_loop
from .loops import Asyncio, Trio
from .models import py_asyncio, py_asyncio_threads, py_trio
from .pools import limited_on_loop, start_all_threads
from .recorder import run_task, run_task_on_loop
from .registry import driver
from .steps import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .clock import TrialClock
    from .protocol import Config


def default_pool_size() -> int:
    """Returns the size that asyncio's own pool of threads would have."""
    cpus = getattr(os, "process_cpu_count", os.cpu_count)() or 1
    return int(min(32, cpus + 4))


@driver("py-asyncio")
def drive_asyncio(config: Config, clock: TrialClock) -> None:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    prepare(config)

    async def trial() -> None:
        files = ThreadPoolExecutor(max_workers=default_pool_size())
        asyncio.get_running_loop().set_default_executor(files)
        if any(step["kind"] == "file" for step in config["steps"]):
            start_all_threads(files, default_pool_size())
        prepare_loop(config, Asyncio())
        limited = limited_on_loop(config["in_flight"], asyncio.Semaphore, run_task_on_loop)
        await asyncio.create_task(asyncio.sleep(0))
        beats: list[Any] = []
        spawn = lambda call, *arguments: beats.append(asyncio.create_task(call(*arguments)))  # noqa: E731
        await clock.run_on_loop(lambda tasks: py_asyncio(tasks, limited), asyncio.sleep, spawn)
        clock.begin_teardown()

    asyncio.run(trial())


@driver("py-asyncio-threads")
def drive_asyncio_threads(config: Config, clock: TrialClock) -> None:
    import asyncio
    import threading
    from concurrent.futures import ThreadPoolExecutor

    prepare(config)

    async def trial() -> None:
        pool = ThreadPoolExecutor(max_workers=config["workers"])
        asyncio.get_running_loop().set_default_executor(pool)
        start_all_threads(pool, config["workers"])
        clock.report["workers"] = config["workers"]
        permits = threading.Semaphore(config["in_flight"]) if config["in_flight"] else None

        def limited(task: int) -> int:
            assert permits is not None
            with permits:
                return run_task(task)

        one_run = limited if permits else run_task
        beats: list[Any] = []
        spawn = lambda call, *arguments: beats.append(asyncio.create_task(call(*arguments)))  # noqa: E731
        await clock.run_on_loop(lambda tasks: py_asyncio_threads(tasks, one_run), asyncio.sleep, spawn)
        clock.begin_teardown()

    asyncio.run(trial())


@driver("py-trio")
def drive_trio(config: Config, clock: TrialClock) -> None:
    import trio

    prepare(config)

    async def trial() -> None:
        prepare_loop(config, Trio())
        limited = limited_on_loop(config["in_flight"], trio.Semaphore, run_task_on_loop)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 0)
        async with trio.open_nursery() as beats:
            await clock.run_on_loop(lambda tasks: py_trio(tasks, limited), trio.sleep, beats.start_soon)
            clock.begin_teardown()
            beats.cancel_scope.cancel()

    trio.run(trial)
