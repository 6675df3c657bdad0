"""Steps on an event loop: what can be awaited is awaited, computing blocks the loop.

For each kind a function that makes a step, and how it is called: `SLEEP` returns the seconds to sleep,
`AWAIT` returns something to be awaited, `CALL` is a blocking step.
"""

from __future__ import annotations

import os
from threading import get_ident

from .class_tasks import file_of
from .kernels import fib_await, mixed, splitmix
from .recorder import AWAIT, CALL, SLEEP, amount, trial, write_timestamp
from .registry import register
from .resources import block_of, check_response, sum_of
from .steps import OWN_CODE, make_step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any, Callable

    from .loops import Loop
    from .protocol import Config, StepConfig

    LoopStep = tuple[Any, int]
    AwaitedStep = Callable[[int, int], Awaitable[int]]

# By kind: makes the step from its configuration, its index and the loop.
LOOP_STEPS: dict[str, Callable[[Config, StepConfig, int, Loop], LoopStep]] = {}


def prepare_loop(config: Config, loop: Loop) -> None:
    """Makes the steps ready, in the running loop."""
    trial.sleep = loop.sleep
    trial.loop_locks = {}
    if any(step["kind"] in OWN_CODE for step in config["steps"]):
        from . import own_code_loops  # noqa: F401
    trial.loop_steps = [
        LOOP_STEPS[step["kind"]](config, step, index, loop) for index, step in enumerate(config["steps"])
    ]
    trial.loop_step_count = len(trial.loop_steps)
    trial.class_loop_steps = [
        (one["first_step"], trial.loop_steps[one["first_step"] : one["first_step"] + one["steps"]])
        for one in config["classes"]
    ]


@register(LOOP_STEPS, "compute")
def compute(config: Config, step: StepConfig, index: int, loop: Loop) -> LoopStep:
    if step["kernel"] != "fib-await":
        return make_step(config, step, index, {}), CALL

    async def do(task: int, state: int) -> int:
        return await fib_await(amount(task, index), state)

    return do, AWAIT


@register(LOOP_STEPS, "increment")
def increment(config: Config, step: StepConfig, index: int, loop: Loop) -> LoopStep:
    return make_step(config, step, index, {}), CALL


@register(LOOP_STEPS, "shared")
def shared(config: Config, step: StepConfig, index: int, loop: Loop) -> LoopStep:
    return make_step(config, step, index, {}), CALL


@register(LOOP_STEPS, "wait")
def wait(config: Config, step: StepConfig, index: int, loop: Loop) -> LoopStep:
    if step["blocking"]:
        return make_step(config, step, index, {}), CALL
    return (lambda task: amount(task, index) / 1e9), SLEEP


@register(LOOP_STEPS, "http")
def http(config: Config, step: StepConfig, index: int, loop: Loop) -> LoopStep:
    # A connection belongs to the loop on which it was opened, and each loop has a thread of its own.
    idle_by_thread: dict[int, list[Any]] = {}
    server, wanted = config["server"], step["bytes"]
    assert server is not None
    keep_alive = step["keep_alive"]
    close = "" if keep_alive else "Connection: close\r\n"
    port, headers = server["port"], f"Host: 127.0.0.1\r\nx-trial-token: {server['token']}\r\n{close}"

    async def do(task: int, state: int) -> int:
        idle = idle_by_thread.setdefault(get_ident(), [])
        connection = idle.pop() if idle else await loop.connect("127.0.0.1", port)
        request = f"GET /{amount(task, index)}/{wanted} HTTP/1.1\r\n{headers}\r\n"
        status, received = await loop.ask(connection, request.encode())
        check_response(status, received, wanted)
        if keep_alive:
            idle.append(connection)
        else:
            await loop.close(connection)
        return mixed(state, received)

    return do, AWAIT


@register(LOOP_STEPS, "file")
def file(config: Config, step: StepConfig, index: int, loop: Loop) -> LoopStep:
    block, known = block_of(config, step["largest"])
    folder, sync, read_only = config["folder"], step["sync"], step["read_only"]

    async def do(task: int, state: int) -> int:
        size, path = amount(task, index), os.path.join(folder, f"file-{index}-{file_of(task)}")
        if read_only:
            await loop.read_whole(path, size, block)
        else:
            await loop.write_and_read(path, size, sync, block)
        return mixed(state, sum_of(size, block, known))

    return do, AWAIT


@register(LOOP_STEPS, "critical")
def critical(config: Config, step: StepConfig, index: int, loop: Loop) -> LoopStep:
    first = step["first_timestamp"]
    locks: Any = trial.loop_locks.get(step["shared"])
    if locks is None:
        locks = [loop.lock(step["lock"], step["permits"]) for _ in range(step["locks"])]
        trial.loop_locks[step["shared"]] = locks
    count = len(locks)
    computes = step["holds"] == "compute"

    async def do(task: int, state: int) -> int:
        async with locks[task % count]:
            write_timestamp(task, first)
            if computes:
                state = splitmix(amount(task, index), state)
            else:
                await loop.sleep(amount(task, index) / 1e9)
            write_timestamp(task, first + 1)
        return state

    return do, AWAIT
