"""Drivers of the event loops where tasks have classes: some run in threads beside the loop."""

from __future__ import annotations

from .class_tasks import find_class, run_class_task, run_class_task_on_loop
from .classes import all_repeaters, dispatched, open_pools, own_workers
from .drivers_loops import run_on_asyncio, start_file_threads
from .loop_steps import prepare_loop
from .loops import Asyncio, Trio
from .models import py_asyncio, py_asyncio_threads, py_trio
from .pools import limited_on_loop, size_of, start_all_threads
from .recorder import submit
from .registry import class_driver
from .steps import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from concurrent.futures import Executor, ThreadPoolExecutor
    from typing import Any, Callable

    from .classes import Pools, Repeater
    from .clock import TrialClock
    from .protocol import Config


def beside(loop: Any, pool: Executor) -> Callable[[int], Awaitable[int]]:
    """Returns a function that runs a task in a pool beside the loop."""

    def start(task: int) -> Awaitable[int]:
        started: Awaitable[int] = loop.run_in_executor(pool, run_class_task, task)
        return started

    return start


def repeating_on_loop(config: Config, hand_over: Callable[[int], Awaitable[object]]) -> Callable[[], Callable[[], Any]]:
    """Returns a function that begins all tasks that repeat, each in a task of the loop, and returns one that awaits
    their end."""
    import asyncio

    async def again(repeater: Repeater, first: Awaitable[object]) -> None:
        await first
        while repeater.next():
            submit(repeater.task)
            await hand_over(repeater.task)

    def go(repeater: Repeater) -> Any:
        # The first repetition is handed over before the other tasks.
        submit(repeater.task)
        return asyncio.create_task(again(repeater, hand_over(repeater.task)))

    def begin() -> Callable[[], Any]:
        tasks = [go(repeater) for repeater in all_repeaters(config)]
        return lambda: asyncio.gather(*tasks)

    return begin


def default_executor(pools: Pools) -> ThreadPoolExecutor:
    """Returns an executor for `asyncio.to_thread` that hands each task to the pool of its class."""
    from concurrent.futures import ThreadPoolExecutor

    class Executor(ThreadPoolExecutor):
        def submit(self, call: Any, *arguments: Any) -> Any:  # type: ignore[override]
            # `to_thread` wraps the function and its task into one call.
            return pools.own.get(find_class(call.args[-1]), pools.shared).submit(call, *arguments)

    return Executor(max_workers=1)


@class_driver("py-asyncio")
def drive_classes_of_asyncio(config: Config, clock: TrialClock) -> None:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    prepare(config)

    async def trial() -> None:
        start_file_threads(config)
        prepare_loop(config, Asyncio())
        limited = limited_on_loop(config["in_flight"], asyncio.Semaphore, run_class_task_on_loop)
        loop = asyncio.get_running_loop()
        pools = {index: ThreadPoolExecutor(max_workers=workers) for index, workers in own_workers(config).items()}
        for pool in pools.values():
            start_all_threads(pool, size_of(pool))
        own = {index: beside(loop, pool) for index, pool in pools.items()}
        perform = dispatched(limited, own)
        clock.begin_repeating = repeating_on_loop(config, lambda task: asyncio.create_task(perform(task)))
        await asyncio.create_task(asyncio.sleep(0))
        await run_on_asyncio(clock, lambda tasks: py_asyncio(tasks, perform))
        for pool in pools.values():
            pool.shutdown()

    asyncio.run(trial())


@class_driver("py-asyncio-threads")
def drive_classes_of_asyncio_threads(config: Config, clock: TrialClock) -> None:
    import asyncio
    import threading
    from concurrent.futures import ThreadPoolExecutor

    prepare(config)

    async def trial() -> None:
        pools: list[ThreadPoolExecutor] = []

        def open_pool(workers: int | None) -> ThreadPoolExecutor:
            pool = ThreadPoolExecutor(max_workers=workers)
            start_all_threads(pool, size_of(pool))
            pools.append(pool)
            return pool

        pool = open_pools(config, clock, open_pool)
        asyncio.get_running_loop().set_default_executor(default_executor(pool))
        permits = threading.Semaphore(config["in_flight"]) if config["in_flight"] else None

        def limited(task: int) -> int:
            assert permits is not None
            with permits:
                return run_class_task(task)

        one_run = limited if permits else run_class_task
        hand_over = lambda task: asyncio.create_task(asyncio.to_thread(run_class_task, task))  # noqa: E731
        clock.begin_repeating = repeating_on_loop(config, hand_over)
        await run_on_asyncio(clock, lambda tasks: py_asyncio_threads(tasks, one_run))
        for opened in pools:
            opened.shutdown()

    asyncio.run(trial())


def in_threads(workers: int) -> Callable[[int], Awaitable[object]]:
    """Returns a function that runs a task in one of so many threads beside the loop of trio."""
    import trio

    limiter = trio.CapacityLimiter(workers)

    def start(task: int) -> Awaitable[object]:
        started: Awaitable[object] = trio.to_thread.run_sync(run_class_task, task, limiter=limiter)
        return started

    return start


def repeating_in_nursery(config: Config, nursery: Any, perform: Any) -> Callable[[], Callable[[], Any]]:
    """The same as `repeating_on_loop`, for trio."""
    import trio

    async def again(repeater: Repeater, ended: trio.Event) -> None:
        await perform(repeater.task)
        if repeater.next():
            go(repeater, ended)
        else:
            ended.set()

    def go(repeater: Repeater, ended: trio.Event) -> None:
        submit(repeater.task)
        nursery.start_soon(again, repeater, ended)

    def begin() -> Callable[[], Any]:
        events = []
        for repeater in all_repeaters(config):
            events.append(trio.Event())
            go(repeater, events[-1])

        async def wait() -> None:
            for event in events:
                await event.wait()

        return wait

    return begin


@class_driver("py-trio")
def drive_classes_of_trio(config: Config, clock: TrialClock) -> None:
    import trio

    prepare(config)

    async def trial() -> None:
        prepare_loop(config, Trio())
        limited = limited_on_loop(config["in_flight"], trio.Semaphore, run_class_task_on_loop)
        own = {index: in_threads(workers) for index, workers in own_workers(config).items()}
        perform = dispatched(limited, own)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 0)
        async with trio.open_nursery() as beats:
            clock.begin_repeating = repeating_in_nursery(config, beats, perform)
            await clock.run_on_loop(lambda tasks: py_trio(tasks, perform), trio.sleep, beats.start_soon)
            clock.begin_teardown()
            beats.cancel_scope.cancel()

    trio.run(trial)
