"""Steps, the blocking way: for threads, processes and everything else that computes and waits in its own thread.

For each kind a function that makes a step, with all that it needs bound to it: `(task, state) -> state`.
"""

from __future__ import annotations

import os
import time

from . import counters, objects
from .class_tasks import file_of
from .kernels import kernel_of, mixed, splitmix
from .recorder import amount, now, open_record, recording_waits, trial, write_timestamp
from .registry import register
from .resources import Slots, block_of, check_response, read_whole, sum_of, thread_locks, write_and_read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Callable

    from .protocol import Config, StepConfig
    from .recorder import Step

    Locks = Mapping[int, Any]  # by step: a list of its locks

# By kind: makes the step from its configuration, its index and the locks that processes share.
STEPS: dict[str, Callable[[Config, StepConfig, int, Locks], Step]] = {}
# Steps that compute all the time, apart from what keeps them from it.
BUSY = ("compute", "increment", "shared")
# Steps that run code of the user's.
OWN_CODE = ("call", "command")


def prepare(config: Config, locks: Locks | None = None) -> None:
    """Makes everything ready in this process. `locks`: those that processes share."""
    if trial.ready:
        # A worker that the lab has forked.
        trial.forked = False
        return
    open_record(config)
    prepare_steps(config, locks or {})


def prepare_steps(config: Config, locks: Locks) -> None:
    """Makes the steps of a process whose record is open."""
    if config["payload"]:
        from .payload import prepare_payload

        prepare_payload(config)
    if any(step["kind"] in OWN_CODE for step in config["steps"]):
        from . import own_code

        own_code.load(config)
    trial.steps = [make_step(config, step, index, locks) for index, step in enumerate(config["steps"])]
    classes = config["classes"]
    firsts = [one["first_step"] for one in classes]
    trial.class_steps = [(first, trial.steps[first : first + one["steps"]]) for first, one in zip(firsts, classes)]


def make_step(config: Config, step: StepConfig, index: int, locks: Locks) -> Step:
    do = STEPS[step["kind"]](config, step, index, locks)
    return recording_waits(do) if config["record_waits"] and is_busy(step) else do


def is_busy(step: StepConfig) -> bool:
    """True for a step that keeps the interpreter busy all the time: a shared lock is waited for, too."""
    return step["kind"] in BUSY and step.get("object") != "lock"


@register(STEPS, "compute")
def compute(config: Config, step: StepConfig, index: int, locks: Locks) -> Step:
    kernel = kernel_of(step["kernel"])
    return lambda task, state: kernel(amount(task, index), state)


@register(STEPS, "wait")
def wait(config: Config, step: StepConfig, index: int, locks: Locks) -> Step:
    sleep = time.sleep
    if step["blocking"] and config["model"] == "py-gevent":
        # The one that was there before the standard library was patched: as in a library that gevent does not know.
        from gevent.monkey import get_original

        sleep = get_original("time", "sleep")

    def do(task: int, state: int) -> int:
        nanos = amount(task, index)
        if nanos:
            sleep(nanos / 1e9)
        return state

    # Apart from the waits for the interpreter while a task computes: the last word of its row.
    asleep = config["row_width"] - 1

    def recorded(task: int, state: int) -> int:
        nanos = amount(task, index)
        if nanos:
            before = now()
            sleep(nanos / 1e9)
            late = now() - before - nanos - trial.sleep_overshoot
            if late > 0:
                trial.rows[task * trial.width + asleep] += late
        return state

    return recorded if config["record_waits"] else do


@register(STEPS, "http")
def http(config: Config, step: StepConfig, index: int, locks: Locks) -> Step:
    from collections import deque
    from http.client import HTTPConnection

    idle: deque[HTTPConnection] = deque()
    server, wanted = config["server"], step["bytes"]
    assert server is not None
    port, headers = server["port"], {"x-trial-token": server["token"]}
    keep_alive = step["keep_alive"]
    if not keep_alive:
        headers["connection"] = "close"

    def do(task: int, state: int) -> int:
        try:
            connection = idle.pop()
        except IndexError:
            connection = HTTPConnection("127.0.0.1", port)
        connection.request("GET", f"/{amount(task, index)}/{wanted}", headers=headers)
        response = connection.getresponse()
        body = response.read()
        check_response(response.status, len(body), wanted)
        if keep_alive:
            idle.append(connection)
        else:
            connection.close()
        return mixed(state, len(body))

    return do


@register(STEPS, "file")
def file(config: Config, step: StepConfig, index: int, locks: Locks) -> Step:
    block, known = block_of(config, step["largest"])
    folder, sync, read_only = config["folder"], step["sync"], step["read_only"]

    def do(task: int, state: int) -> int:
        size, path = amount(task, index), os.path.join(folder, f"file-{index}-{file_of(task)}")
        if read_only:
            read_whole(path, size, block)
        else:
            write_and_read(path, size, sync, block)
        return mixed(state, sum_of(size, block, known))

    return do


@register(STEPS, "critical")
def critical(config: Config, step: StepConfig, index: int, locks: Locks) -> Step:
    own: Any = locks.get(index) or trial.locks.get(step["shared"])
    if own is None:
        own = trial.locks[step["shared"]] = thread_locks(step)
    own = [Slots(*lock) if isinstance(lock, tuple) else lock for lock in own]
    count = len(own)
    first, kernel, sleep = step["first_timestamp"], splitmix, time.sleep
    inside: Step | None = None
    if step["holds"] == "compute":
        inside = lambda task, state: kernel(amount(task, index), state)  # noqa: E731
        if config["record_waits"]:
            inside = recording_waits(inside)

    def do(task: int, state: int) -> int:
        with own[task % count]:
            write_timestamp(task, first)
            if inside:
                state = inside(task, state)
            else:
                sleep(amount(task, index) / 1e9)
            write_timestamp(task, first + 1)
        return state

    return do


@register(STEPS, "increment")
def increment(config: Config, step: StepConfig, index: int, locks: Locks) -> Step:
    add = counters.adder(step["protection"])

    def do(task: int, state: int) -> int:
        add(amount(task, index))
        return state

    return do


@register(STEPS, "shared")
def shared(config: Config, step: StepConfig, index: int, locks: Locks) -> Step:
    use = objects.USERS[step["object"]]()

    def do(task: int, state: int) -> int:
        use(amount(task, index))
        return state

    return do
