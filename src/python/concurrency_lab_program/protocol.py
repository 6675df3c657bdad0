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

    class StepConfig(TypedDict, total=False):
        """A step, with the keys of its kind."""

        kind: str
        kernel: str  # compute
        bytes: int  # http
        sync: bool  # file
        largest: int  # file: the size of the largest one
        lock: str  # critical
        permits: int
        holds: str
        first_timestamp: int  # the number of its first timestamp within the row's
        protection: str  # increment
        shared: int  # the first step whose lock it uses

    class ClassConfig(TypedDict):
        """A class of tasks."""

        first_step: int
        steps: int
        workers: int | None  # of its own

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
        classes: list[ClassConfig]  # empty where all tasks do all steps
        class_of_tasks: str  # a file with a byte for each task that does not repeat
        repeaters: list[int]  # the class of each task that repeats
        recorded_repeats: int  # repetitions of each that have rows of their own
        repeat_amounts: int  # rows of amounts that they take in turn

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
