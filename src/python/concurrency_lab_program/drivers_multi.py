"""Driver of the model with an event loop in each of several threads."""

from __future__ import annotations

from .drivers_loops import start_file_threads
from .loop_steps import prepare_loop
from .loops import Asyncio
from .models import py_asyncio_multi
from .models_in_turn import py_asyncio_multi_in_turn
from .recorder import run_task_on_loop
from .registry import driver
from .steps import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any, Callable

    from .clock import TrialClock
    from .protocol import Config


@driver("py-asyncio-multi")
def drive_asyncio_multi(config: Config, clock: TrialClock) -> None:
    import asyncio
    import threading

    prepare(config)
    in_flight = config["in_flight"]
    # A loop without a task that it may have in flight would have nothing to do.
    count = min(config["workers"], in_flight or config["workers"])
    loops = [asyncio.new_event_loop() for _ in range(count)]
    threads = [threading.Thread(target=run_loop, args=(loop,)) for loop in loops]
    started: list[threading.Thread] = []
    try:
        for thread in threads:
            thread.start()
            started.append(thread)
        permits: dict[int, Any] = {}

        async def set_up(number: int) -> None:
            start_file_threads(config)
            if in_flight:
                own = in_flight // count + (number < in_flight % count)
                permits[threading.get_ident()] = asyncio.Semaphore(own)
            await asyncio.create_task(asyncio.sleep(0))

        for number, loop in enumerate(loops):
            asyncio.run_coroutine_threadsafe(set_up(number), loop).result()
        prepare_loop(config, Asyncio())
        clock.report["workers"] = count

        run_one: Callable[..., Awaitable[Any]] = run_task_on_loop
        one_pass: Callable[[range], object] = lambda tasks: py_asyncio_multi(loops, tasks, perform)  # noqa: E731
        if config["payload"]:
            from .models_payload import py_asyncio_multi_payload
            from .payload import inputs_of, run_payload_on_loop

            inputs, run_one = inputs_of(config, clock), run_payload_on_loop
            one_pass = lambda tasks: py_asyncio_multi_payload(loops, tasks, perform, inputs)  # noqa: E731

        async def limited(*task: Any) -> Any:
            async with permits[threading.get_ident()]:
                return await run_one(*task)

        perform = limited if in_flight else run_one
        if config["in_turn"]:
            one_pass = lambda tasks: py_asyncio_multi_in_turn(loops, tasks, perform)  # noqa: E731
        beat = lambda heartbeat: asyncio.run_coroutine_threadsafe(heartbeat.on_loop(asyncio.sleep), loops[0])  # noqa: E731
        clock.run(one_pass, beat)
        clock.begin_teardown()
    finally:
        for loop, thread in zip(loops, started):
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


def run_loop(loop: Any) -> None:
    import asyncio

    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
