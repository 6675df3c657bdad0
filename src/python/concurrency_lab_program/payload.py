"""Payloads: what a task is given and returns, how it is made and read, and running a task with one.

Every byte is read once by the task, and every byte of the output once by the submitter.
"""

from __future__ import annotations

from binascii import crc32

from .kernels import MASK, mix, mixed, start_state
from .recorder import (
    AWAIT,
    SLEEP,
    begin,
    end_step,
    failure_of,
    finish,
    now,
    read_state,
    recording_waits,
    trial,
    write_state,
)
from .row import FINISHED, OUTPUT, READ, RECEIVED, SENT, STAMPS, STATE, WORKED, WORKER_AND_CORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Union

    from .clock import TrialClock
    from .protocol import Config

    Data = Union[bytes, "list[int]"]

BLOCK = 4096
INPUT_SEED = 0x7061_796C_6F61_6421


class Handover:
    """All that is known of payloads in this process."""

    ready = False
    first_word = 0  # of a row
    output_bytes = 0
    make: Callable[[int, int], Data]  # of a word and a size
    read: Callable[[Data], int]
    read_input: Callable[[int, Any], int]  # of a task and its input
    make_output: Callable[[int, int], Data]  # of a task and its result


handover = Handover()


def prepare_payload(config: Config) -> None:
    payload = config["payload"]
    if handover.ready or payload is None:
        return
    is_list = payload["kind"] == "list"
    make: Callable[[int, int], Data] = make_list if is_list else make_bytes  # type: ignore[assignment]
    handover.make = make
    read: Callable[[Any], int] = read_list if is_list else read_bytes  # type: ignore[assignment]
    handover.read = read
    size = handover.output_bytes = payload["output_bytes"]
    handover.first_word = payload["first_word"]
    handover.read_input = lambda task, data: read(data)
    handover.make_output = lambda task, state: make(state, size)
    if config["record_waits"]:
        handover.read_input = recording_waits(handover.read_input)
        handover.make_output = recording_waits(handover.make_output)  # type: ignore[arg-type,assignment]
    handover.ready = True


def make_bytes(word: int, size: int) -> bytes:
    block = word.to_bytes(8, "little")
    data = block * (size // 8)
    return data + block[: size % 8] if size % 8 else data


def make_list(word: int, size: int) -> list[int]:
    first = word >> 35
    return list(range(first, first + size // 8))


def read_bytes(data: bytes) -> int:
    """Reads every byte, and keeps the interpreter lock as most code that handles data does: in blocks, since `crc32`
    releases it for more than 5 KiB."""
    view, crc = memoryview(data), 0
    for at in range(0, len(view), BLOCK):
        crc = crc32(view[at : at + BLOCK], crc)
    return len(view) << 32 | crc


def read_list(data: list[int]) -> int:
    return (sum(data) + mix(len(data))) & MASK


def inputs_of(config: Config, clock: TrialClock) -> list[Data]:
    """Makes what the tasks are given, one for each task. Making it is no setup of the model's."""
    begun = now()
    payload = config["payload"]
    assert payload is not None
    words = [start_state(INPUT_SEED, index) for index in range(payload["distinct"])]
    distinct = [handover.make(word, payload["input_bytes"]) for word in words]
    inputs = [distinct[task % len(distinct)] for task in range(config["tasks"])]
    clock.own += now() - begun
    return inputs


class Handed(int):
    """The number of a task that is sent to another process. It is pickled right before the input: that is the moment
    at which the transfer begins."""

    def __reduce__(self) -> Any:
        stamp(self, SENT)
        return int, (int(self),)


def stamp(task: int, word: int) -> None:
    trial.rows[task * trial.width + handover.first_word + word] = now()


def arrived(task: int) -> Callable[[object], None]:
    """Returns a callback for a future, which stamps the moment at which the submitter has the output."""
    return lambda future: stamp(task, RECEIVED)


def receive(task: int, output: Data) -> None:
    """Reads an output: the submitter's part of the work."""
    trial.rows[task * trial.width + handover.first_word + OUTPUT] = handover.read(output)


def run_payload(task: int, data: Data) -> Data:
    """Runs one task, the blocking way: reads its input, does its steps and returns its output."""
    rows, row = trial.rows, task * trial.width
    index = 0
    started = now()
    state = mixed(start_state(trial.config["seed"], task), handover.read_input(task, data))
    stamp(task, READ)
    try:
        for index, step in enumerate(trial.steps):
            state = step(task, state)
            rows[row + STAMPS + index] = now()
    except Exception as error:
        raise failure_of(task, index, error) from error
    stamp(task, WORKED)
    output = handover.make_output(task, state)
    finish(task, started, now(), state)
    return output


async def run_payload_on_loop(task: int, data: Data) -> Data:
    """Runs one task on an event loop: reads its input, does its steps and returns its output."""
    begin(task)
    write_state(task, mixed(read_state(task), handover.read_input(task, data)))
    stamp(task, READ)
    index = 0
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
    except Exception as error:
        raise failure_of(task, index, error) from error
    stamp(task, WORKED)
    rows, row = trial.rows, task * trial.width
    output = handover.make_output(task, rows[row + STATE])
    rows[row + WORKER_AND_CORE] = (trial.worker_of(task) << 32) | (trial.core() + 1)
    rows[row + FINISHED] = now()
    return output
