"""Drivers of the models whose tasks are awaited on one event loop."""

from __future__ import annotations

import os

from .loop_steps import prepare_loop
from .loops import Asyncio, Trio
from .models import py_asyncio, py_asyncio_threads, py_trio, py_uvloop
from .models_in_turn import py_asyncio_in_turn, py_asyncio_threads_in_turn, py_trio_in_turn, py_uvloop_in_turn
from .pools import limited_on_loop, size_of, start_all_threads
from .recorder import run_task, run_task_on_loop
from .registry import driver
from .steps import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, Callable

    from .clock import TrialClock
    from .pools import AsyncRun
    from .protocol import Config


def start_file_threads(config: Config) -> None:
    """Starts all threads of asyncio's own pool, of the size that it would have, if steps use files in them."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    if any(step["kind"] == "file" for step in config["steps"]):
        cpus = getattr(os, "process_cpu_count", os.cpu_count)() or 1
        files = ThreadPoolExecutor(max_workers=min(32, cpus + 4))
        asyncio.get_running_loop().set_default_executor(files)
        start_all_threads(files, size_of(files))


async def run_on_asyncio(clock: TrialClock, one_pass: Callable[[range], Any]) -> None:
    """Runs the trial, with its heartbeat in a task of the loop."""
    import asyncio

    beats: list[Any] = []
    spawn = lambda call, *arguments: beats.append(asyncio.create_task(call(*arguments)))  # noqa: E731
    await clock.run_on_loop(one_pass, asyncio.sleep, spawn)
    clock.begin_teardown()


@driver("py-asyncio")
def drive_asyncio(config: Config, clock: TrialClock) -> None:
    import asyncio

    def one_pass(tasks: range, perform: AsyncRun) -> Any:
        return py_asyncio_in_turn(tasks, perform) if config["in_turn"] else py_asyncio(tasks, perform)

    def with_payload(tasks: range, perform: AsyncRun, inputs: Any) -> Any:
        from .models_payload import py_asyncio_payload

        return py_asyncio_payload(tasks, perform, inputs)

    drive_on_asyncio(config, clock, one_pass, with_payload, asyncio.run)


@driver("py-uvloop")
def drive_uvloop(config: Config, clock: TrialClock) -> None:
    import uvloop

    def one_pass(tasks: range, perform: AsyncRun) -> Any:
        return py_uvloop_in_turn(tasks, perform) if config["in_turn"] else py_uvloop(tasks, perform)

    def with_payload(tasks: range, perform: AsyncRun, inputs: Any) -> Any:
        from .models_payload import py_uvloop_payload

        return py_uvloop_payload(tasks, perform, inputs)

    drive_on_asyncio(config, clock, one_pass, with_payload, uvloop.run)


def drive_on_asyncio(
    config: Config,
    clock: TrialClock,
    one_pass: Callable[[range, AsyncRun], Any],
    with_payload: Callable[[range, AsyncRun, Any], Any],
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    import asyncio

    prepare(config)

    async def trial() -> None:
        start_file_threads(config)
        prepare_loop(config, Asyncio())
        limited = limited_on_loop(config["in_flight"], asyncio.Semaphore, run_task_on_loop)
        await asyncio.create_task(asyncio.sleep(0))
        if config["payload"]:
            from .payload import inputs_of, run_payload_on_loop

            inputs = inputs_of(config, clock)
            run_one = limited_on_loop(config["in_flight"], asyncio.Semaphore, run_payload_on_loop)
            await run_on_asyncio(clock, lambda tasks: with_payload(tasks, run_one, inputs))
        else:
            await run_on_asyncio(clock, lambda tasks: one_pass(tasks, limited))

    run(trial())


@driver("py-asyncio-threads")
def drive_asyncio_threads(config: Config, clock: TrialClock) -> None:
    import asyncio
    import threading
    from concurrent.futures import ThreadPoolExecutor

    prepare(config)

    async def trial() -> None:
        loop: Any = asyncio.get_running_loop()
        if config["settings"]["library_workers"]:
            # The loop makes its own pool for the first call.
            await asyncio.to_thread(int)
            pool = loop._default_executor
        else:
            pool = ThreadPoolExecutor(max_workers=config["workers"])
            loop.set_default_executor(pool)
        start_all_threads(pool, size_of(pool))
        clock.report["workers"] = size_of(pool)
        permits = threading.Semaphore(config["in_flight"]) if config["in_flight"] else None

        one_run, inputs = run_task, None
        if config["payload"]:
            from .models_payload import py_asyncio_threads_payload
            from .payload import inputs_of, run_payload

            one_run, inputs = run_payload, inputs_of(config, clock)  # type: ignore[assignment]

        def limited(*task: Any) -> Any:
            assert permits is not None
            with permits:
                return one_run(*task)

        run = limited if permits else one_run
        one_pass = lambda tasks: py_asyncio_threads(tasks, run)  # noqa: E731
        if config["in_turn"]:
            one_pass = lambda tasks: py_asyncio_threads_in_turn(tasks, run)  # noqa: E731
        if inputs is not None:
            one_pass = lambda tasks: py_asyncio_threads_payload(tasks, run, inputs)  # noqa: E731
        await run_on_asyncio(clock, one_pass)

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

        def one_pass(tasks: range) -> Any:
            return py_trio_in_turn(tasks, limited) if config["in_turn"] else py_trio(tasks, limited)

        if config["payload"]:
            from .models_payload import py_trio_payload
            from .payload import inputs_of, run_payload_on_loop

            inputs = inputs_of(config, clock)
            with_payload = limited_on_loop(config["in_flight"], trio.Semaphore, run_payload_on_loop)
            one_pass = lambda tasks: py_trio_payload(tasks, with_payload, inputs)  # noqa: E731
        async with trio.open_nursery() as beats:
            await clock.run_on_loop(one_pass, trio.sleep, beats.start_soon)
            clock.begin_teardown()
            beats.cancel_scope.cancel()

    trio.run(trial)
