"""The conversation with the lab: one line of JSON on stdin with everything that this trial needs, lines of JSON on
stdout, and one byte on stdin each time that the lab lets the program go on.
"""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypedDict

    # One line to the lab, or the part of it that describes a failure.
    Message = dict[str, Any]

    class Server(TypedDict):
        """The HTTP server of this trial."""

        port: int
        token: str

    class Settings(TypedDict):
        """The contender's own settings."""

        library_workers: bool  # the library chooses the number of workers
        chunk: int | None
        loops: int | None
        switch_interval_ms: float | None
        gil: bool | None  # of a free-threaded build

    class StepConfig(TypedDict, total=False):
        """A step, with the keys of its kind."""

        kind: str
        kernel: str  # compute
        blocking: bool  # wait
        bytes: int  # http
        keep_alive: bool
        sync: bool  # file
        read_only: bool
        largest: int  # file: the size of the largest one
        lock: str  # critical
        permits: int
        locks: int
        holds: str
        first_timestamp: int  # the number of its first timestamp within the row's
        protection: str  # increment
        object: str  # shared

    class PayloadConfig(TypedDict):
        """What each task is given and returns."""

        input_bytes: int
        output_bytes: int
        kind: str
        distinct: int  # how many different inputs there are
        first_word: int  # of a row

    class Config(TypedDict):
        """What the lab sends, and below that what the program adds for its other processes."""

        model: str
        tasks: int
        seed: int
        workers: int
        in_flight: int | None
        repeat_ms: int | None
        heartbeat: bool
        steps: list[StepConfig]
        same_amounts: bool  # one row of amounts serves all tasks
        folder: str  # the tasks' files
        semaphore_prefix: str
        records: str
        amounts: str
        row_width: int  # words
        record_waits: bool  # how long tasks wait for the interpreter
        record_cores: bool
        start_method: str | None
        server: Server | None
        payload: PayloadConfig | None
        settings: Settings

        compiling: int  # nanoseconds that compiling this program took
        sleep_overshoot: int  # nanoseconds by which a sleep ends late with nothing else going on
        blocks: dict[int, tuple[str, dict[int, int]]]  # by size: the file of a block of content, and sums of it


GREETING = b"concurrency-lab-python 1"


class Connection:
    """The pipes to the lab. Stdout is the lab's alone: whatever else prints goes to stderr."""

    def __init__(self) -> None:
        self.output = os.dup(1)
        os.dup2(2, 1)
        os.write(self.output, b"\n" + GREETING + b"\n")

    def receive(self) -> Any:
        return json.loads(sys.stdin.buffer.readline())

    def send(self, message: Message) -> None:
        os.write(self.output, json.dumps(message).encode() + b"\n")

    def send_and_wait(self, message: Message) -> None:
        """Sends a message and waits for the lab's byte."""
        self.send(message)
        os.read(0, 1)
