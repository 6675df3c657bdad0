"""The conversation with the lab: one line of JSON on stdin with everything that this trial needs, lines of JSON on
stdout, and one byte on stdin each time that the lab lets the program go on.
"""

from __future__ import annotations

import codecs
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
        shared: int  # the first step whose lock it uses
        protection: str  # increment
        object: str  # shared
        path: str  # call: the user's file
        source: str  # call: the copy of it that is run
        function: str  # call
        program: str  # command
        arguments: list[list[str]]  # call and command: the texts around the number of the task
        folder: str  # call and command: the working directory

        module: str  # call: the name of the module
        awaited: bool  # call: a coroutine function
        text: bytes  # call: what is run, where the files of this machine may not be there

    class ClassConfig(TypedDict):
        """A class of tasks."""

        first_step: int
        steps: int
        workers: int | None  # of its own

    class PayloadConfig(TypedDict):
        """Payload of each task."""

        input_bytes: int
        output_bytes: int
        kind: str
        distinct: int  # how many different inputs there are
        first_word: int  # of a row

    class Config(TypedDict):
        """Configuration that the lab sends, and below it what the program adds for its other processes."""

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
        payload: PayloadConfig | None
        settings: Settings
        in_turn: bool  # event loops await each task before the next one is begun
        scheduler: str | None  # the address of a dask scheduler that others run

        compiling: int  # nanoseconds that compiling this program took
        sleep_overshoot: int  # nanoseconds by which a sleep ends late with nothing else going on
        blocks: dict[int, tuple[str, dict[int, int]]]  # by size: the file of a block of content, and sums of it


GREETING = b"concurrency-lab-python 1"


LONE_SURROGATES = "concurrency-lab: lone surrogates as text"


def _as_text(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(f"\\\\u{ord(character):04x}" for character in error.object[error.start : error.end]), error.end


codecs.register_error(LONE_SURROGATES, _as_text)


def encoded(message: Message) -> bytes:
    """Returns a message as JSON. A lone surrogate, as in the name of a file that isn't UTF-8, becomes the text of its
    escape, because JSON's own escape for one is refused by most readers.
    """
    return json.dumps(message, ensure_ascii=False).encode("utf-8", LONE_SURROGATES)


class Connection:
    """The pipes to the lab. Stdout is the lab's alone: whatever else prints goes to stderr."""

    def __init__(self) -> None:
        self.output, self.input = os.dup(1), os.dup(0)
        self.process = os.getpid()
        os.dup2(2, 1)
        os.write(self.output, b"\n" + GREETING + b"\n")

    def receive(self) -> Any:
        line = sys.stdin.buffer.readline()
        # The user's code finds an empty stdin, and can't take the lab's bytes away.
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        return json.loads(line)

    def send(self, message: Message) -> None:
        if os.getpid() != self.process:
            # A copy of this process that the user's code has forked has nothing to say.
            os._exit(1)
        os.write(self.output, encoded(message) + b"\n")

    def send_and_wait(self, message: Message) -> None:
        """Sends a message and waits for the lab's byte."""
        self.send(message)
        os.read(self.input, 1)
