"""The hot path: executes a task and writes its row into the file that all processes of the trial share.

All of it is in one module, so that a task looks up nothing but names of this module and its own row.
"""

from __future__ import annotations

import os
import time

from .failures import Failure, first_of_group, step_failure
from .kernels import start_state
from .row import FINISHED, STAMPS, STARTED, STATE, SUBMITTED, WAITED, WORKER_AND_CORE
from .workers import find_current_core, find_worker_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from mmap import mmap
    from typing import Any, Callable

    from .protocol import Config

    Step = Callable[[int, int], int]  # task and state to state

now = time.perf_counter_ns

# How a step is called on an event loop.
SLEEP, AWAIT, CALL = range(3)


class Trial:
    """All that is known in this process. One per process, or per sub-interpreter."""

    ready = False
    config: Config
    rows: memoryview  # 64-bit words over the shared file
    file: mmap | None = None
    width = 0  # words of a row
    amounts: memoryview
    steps: Sequence[Step] = ()  # what a task does, the blocking way: one function per step
    loop_steps: Sequence[tuple[Any, int]] = ()  # what a task does on an event loop: (function, how it is called)
    loop_step_count = 0
    class_of_tasks = b""  # the class of each task that does not repeat
    class_steps: Sequence[tuple[int, Sequence[Step]]] = ()  # by class: the index of its first step, and its steps
    class_loop_steps: Sequence[tuple[int, Sequence[tuple[Any, int]]]] = ()
    stopped = False  # the classes that do not repeat are done
    completed_repeats: list[int]  # by repeater
    locks: dict[int, Any]  # of steps, by the index of the first step that uses it
    loop_locks: dict[int, Any]  # the same on an event loop
    sleep: Callable[[float], Awaitable[Any]]  # of the event loop
    sleep_overshoot = 0  # nanoseconds by which a sleep ends late with nothing else going on
    core: Callable[[], int]  # the core that runs this thread, from 0; -1 where it is not known
    worker_of: Callable[[int], int]
    barrier: Any  # of the workers of a process pool
    forked = has_forked = False  # this is a copy that the user's code has forked; that code has forked
    # The first exception, with task and step, that left a coroutine of the user's and is none of `Exception`: a loop
    # takes it for a cancellation and drops where it came from.
    left_a_task: tuple[int, int, BaseException] | None = None

    def __init__(self) -> None:
        self.thread_failures: list[BaseException] = []  # threads can't pass an exception on
        self.completed_repeats = []
        self.locks = {}
        self.loop_locks = {}


trial = Trial()


def open_words(path: str, access: int) -> tuple[mmap | None, memoryview]:
    import mmap

    with open(path, "r+b") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return None, memoryview(b"").cast("Q")
        mapped = mmap.mmap(file.fileno(), 0, access=access)
    return mapped, memoryview(mapped).cast("Q")


def open_record(config: Config) -> None:
    """Maps the files of the trial into this process."""
    import mmap

    trial.file, trial.rows = open_words(config["records"], mmap.ACCESS_WRITE)
    trial.amounts = open_words(config["amounts"], mmap.ACCESS_READ)[1]
    trial.core = find_current_core() if config["record_cores"] else lambda: -1
    trial.worker_of = find_worker_of(config)
    if config["classes"]:
        with open(config["class_of_tasks"], "rb") as file:
            trial.class_of_tasks = file.read()
    keep_config(config)


def open_in_memory(config: Config, amounts: Sequence[int], worker_of: Callable[[int], int]) -> None:
    """Makes rows in this process's own memory, for one that has no files in common with the lab."""
    from array import array

    # Written, not only reserved: page faults in a task would be measured.
    words = config["tasks"] * config["row_width"]
    trial.rows = memoryview(bytearray(b"\0") * (8 * words)).cast("Q")
    trial.amounts = memoryview(array("Q", amounts))
    trial.core = lambda: -1
    trial.worker_of = worker_of
    keep_config(config)


def keep_config(config: Config) -> None:
    trial.width = config["row_width"]
    trial.sleep_overshoot = config["sleep_overshoot"]
    trial.config = config
    trial.ready = True


def amount(task: int, index: int) -> int:
    """Returns what a task does in a step: units, nanoseconds, bytes or additions."""
    config = trial.config
    if config["same_amounts"]:
        return trial.amounts[index]
    tasks = config["tasks"]
    if task >= tasks:
        # Repetitions take some rows of amounts in turn.
        task = tasks + (task - tasks) % config["repeat_amounts"]
    return trial.amounts[task * len(config["steps"]) + index]


def submit(task: int) -> None:
    trial.rows[task * trial.width + SUBMITTED] = now()


def write_timestamp(task: int, number: int) -> None:
    """Writes a moment within a step."""
    trial.rows[task * trial.width + STAMPS + len(trial.config["steps"]) + number] = now()


def failure_of(task: int, index: int, error: BaseException) -> Failure:
    return step_failure(task, index, trial.config["steps"][index]["kind"], error)


def cause_of(error: BaseException) -> BaseException:
    """Returns the failure of the task from which an exception came, where the loop has passed on nothing but its
    kind."""
    error = first_of_group(error)
    # By name: `asyncio.CancelledError` leaves another thread's loop as that of `concurrent.futures`.
    if trial.left_a_task is None or type(error).__name__ != type(trial.left_a_task[2]).__name__:
        return error
    return failure_of(*trial.left_a_task)


def run_task(task: int) -> int:
    """Runs one task, the blocking way: its steps in order, each with the moment of its end."""
    rows, row = trial.rows, task * trial.width
    index = 0
    started = ended = now()
    state = start_state(trial.config["seed"], task)
    try:
        for index, step in enumerate(trial.steps):
            state = step(task, state)
            ended = now()
            rows[row + STAMPS + index] = ended
    except BaseException as error:  # the user's code may call sys.exit
        raise failure_of(task, index, error) from error
    finish(task, started, ended, state)
    return state


async def run_task_on_loop(task: int) -> None:
    """Runs one task on an event loop: what can be awaited is awaited, computing blocks the loop.

    A hundred thousand tasks may wait at once, each with this frame and all that it holds: timestamps and state go
    into the task's row, and a wait awaits the loop's own sleep, without a coroutine of the lab's in between."""
    begin(task)
    index, how = 0, CALL
    try:
        while index < trial.loop_step_count:
            step, how = trial.loop_steps[index]
            if how == SLEEP:
                step = step(task)
                if step:
                    await trial.sleep(step)
            else:
                state = step(task, read_state(task))
                write_state(task, await state if how == AWAIT else state)
            end_step(task, index)
            index += 1
    except BaseException as error:
        # Without an await, whatever comes is the step's own; in one, the loop may end the task.
        if how == CALL or isinstance(error, (Exception, SystemExit, KeyboardInterrupt)):
            raise failure_of(task, index, error) from error
        raise
    finish_on_loop(task, index)


def begin(task: int) -> None:
    started = now()
    rows, row = trial.rows, task * trial.width
    rows[row + STARTED] = started
    rows[row + STATE] = start_state(trial.config["seed"], task)


def end_step(task: int, index: int) -> None:
    trial.rows[task * trial.width + STAMPS + index] = now()


def read_state(task: int) -> int:
    return trial.rows[task * trial.width + STATE]


def write_state(task: int, state: int) -> None:
    trial.rows[task * trial.width + STATE] = state


def finish_on_loop(task: int, steps: int) -> None:
    rows, row = trial.rows, task * trial.width
    rows[row + WORKER_AND_CORE] = (trial.worker_of(task) << 32) | (trial.core() + 1)
    rows[row + FINISHED] = rows[row + STAMPS + steps - 1] if steps else rows[row + STARTED]


def finish(task: int, started: int, ended: int, state: int) -> None:
    rows, row = trial.rows, task * trial.width
    rows[row + STARTED] = started
    rows[row + WORKER_AND_CORE] = (trial.worker_of(task) << 32) | (trial.core() + 1)
    rows[row + STATE] = state
    rows[row + FINISHED] = ended


def recording_waits(do: Step) -> Step:
    """Returns a step that keeps the interpreter busy and records how long it waited for it: wall time that was not
    CPU time of its thread."""
    cpu = time.thread_time_ns

    def step(task: int, state: int) -> int:
        wall, used = now(), cpu()
        state = do(task, state)
        trial.rows[task * trial.width + WAITED] += max(0, (now() - wall) - (cpu() - used))
        return state

    return step
