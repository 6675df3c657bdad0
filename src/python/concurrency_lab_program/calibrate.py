"""Measurements before the clock: the speed of kernels, the overshoot of sleeps, and what the recorder itself costs."""

from __future__ import annotations

import sys
import time

from .kernels import kernel_of
from .recorder import CALL, now, recording_waits, run_task, run_task_on_loop, submit, trial
from .steps import is_busy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, Callable

BATCH = 1_500_000  # nanoseconds
BATCHES = 15
WARM_UP = 20_000_000


def calibrate(kernel: str) -> dict[str, Any]:
    """Returns CPU nanoseconds per unit: the median of 15 batches of 1.5 ms, as the Rust kernels are measured. Windows
    counts CPU time in units of 15.6 ms: there the lower fifth of their wall times."""
    coarse = sys.platform == "win32"
    cpu = now if coarse else time.thread_time_ns
    run_kernel, units, state = kernel_of(kernel), 1, 1
    warm_until = cpu() + WARM_UP
    while True:
        before = cpu()
        state = run_kernel(units, state)
        after = cpu()
        if after - before < BATCH // 2:
            units *= 2
        elif after >= warm_until:
            break
    batches, wall_over_cpu = [], float("inf")
    for _ in range(BATCHES):
        wall, before = now(), cpu()
        state = run_kernel(units, state)
        used = max(1, cpu() - before)
        wall_over_cpu = min(wall_over_cpu, (now() - wall) / used)
        batches.append(used / units)
    batches.sort()
    low, median = batches[BATCHES // 5], batches[BATCHES // 2]
    if coarse:
        return {"kernel": kernel, "nanos_per_unit": low, "wall_over_cpu": median / low}
    return {"kernel": kernel, "nanos_per_unit": median, "wall_over_cpu": wall_over_cpu}


def overshoot_of_sleep() -> int:
    """Returns by how much a sleep ends late where nothing else goes on, in nanoseconds: the median of five."""
    late = []
    for _ in range(5):
        before = now()
        time.sleep(0.001)
        late.append(now() - before - 1_000_000)
    return max(0, sorted(late)[2])


def stamp_cost(model: str) -> tuple[float, float]:
    """Returns the nanoseconds that the lab's timestamps and record add to one task, and to the first one: the lab's
    functions with steps that do nothing, less an empty function of the same kind. On a row of its own."""
    kept = trial.rows, trial.steps, trial.loop_steps
    busy = [is_busy(step) for step in trial.config["steps"]]
    trial.rows = memoryview(bytearray(trial.width * 8)).cast("Q")
    trial.steps = [recording_waits(nothing) if trial.config["record_waits"] and one else nothing for one in busy]
    trial.loop_steps = [(step, CALL) for step in trial.steps]
    on_loop, submits = model in ("py-asyncio", "py-trio", "py-uvloop", "py-asyncio-multi"), model != "py-sequential"

    def recorded(count: int) -> float:
        begun = now()
        for _ in range(count):
            if submits:
                submit(0)
            if on_loop:
                resume(run_task_on_loop(0))
            else:
                run_task(0)
        return (now() - begun) / count

    def bare(count: int) -> float:
        begun = now()
        for _ in range(count):
            if on_loop:
                resume(empty_coroutine(0))
            else:
                empty(0)
        return (now() - begun) / count

    first = recorded(1)
    warm = median_of_five(recorded) - median_of_five(bare)
    trial.rows, trial.steps, trial.loop_steps = kept
    return max(0.0, warm), first


def median_of_five(measure: Callable[[int], float]) -> float:
    return sorted(measure(100) for _ in range(5))[2]


def nothing(task: int, state: int) -> int:
    return state


def empty(task: int) -> int:
    return task


async def empty_coroutine(task: int) -> int:
    return task


def resume(coroutine: Coroutine[Any, Any, Any]) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        pass
