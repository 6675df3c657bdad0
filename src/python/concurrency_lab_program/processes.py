"""The parent's side of tasks that have a process each: what the displayed code gets as its context."""

from __future__ import annotations

import os

from . import usage
from .classes import Repeater, all_repeaters
from .failures import Failure, received
from .recorder import submit, trial
from .row import USED
from .task_process import reason_file, run_in_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .protocol import Config


class TaskProcesses:
    """The context of the displayed code, and the processes that it made so far."""

    def __init__(self, context: Any, config: Config) -> None:
        self.context, self.config = context, config
        self.repeating: RepeatingProcesses | None = None
        self.made: list[Any] = []

    def Process(self, **arguments: Any) -> Any:  # noqa: N802
        process = self.context.Process(**arguments)
        self.made.append(process)
        return WatchingProcess(process, self.repeating) if self.repeating else process

    def check(self, task: int, process: Any) -> None:
        """Raises the failure of a process that has ended with one."""
        if process.exitcode in (None, 0):
            return
        reason = ""
        if os.path.exists(reason_file(self.config, task)):
            with open(reason_file(self.config, task)) as file:
                reason = file.read()
        try:
            import json

            failure = received(json.loads(reason))
        except (ValueError, KeyError):
            # It was ended from outside, or nothing could be written any more.
            failure = Failure("task-process", "", task=task, exit_code=process.exitcode)
        raise failure

    def throttled(self, tasks: range, permits: Any) -> Iterator[int]:
        """Hands on a task only when a permit is free. A process that dies does not give its permit back."""
        for task in tasks:
            while not permits.acquire(timeout=0.2):
                for number, process in enumerate(self.made):
                    self.check(number, process)
            yield task

    def used_by_tasks(self) -> usage.Used:
        """Returns what the tasks' processes have written down. Before the clock there is nothing yet."""
        sums: usage.Used = list(usage.NOTHING_USED)
        for task in range(len(trial.rows) // trial.width):
            begin = (task + 1) * trial.width - USED
            words = list(trial.rows[begin : begin + 6])
            if any(words):
                sums = usage.plus(sums, [word - 1 if word else None for word in words])
        return sums


class RepeatingProcesses:
    """The processes of tasks that repeat: a new one starts when one has ended. The parent looks for that while it
    starts and joins the others."""

    def __init__(self, processes: TaskProcesses, arguments: tuple[Any, ...]) -> None:
        self.processes, self.arguments = processes, arguments
        self.alive: dict[int, tuple[Any, Repeater]] = {}

    def begin(self) -> Any:
        for repeater in all_repeaters(self.processes.config):
            self.start(repeater)
        return self.finish

    def start(self, repeater: Repeater) -> None:
        process = self.processes.context.Process(target=run_in_process, args=(repeater.task, *self.arguments))
        submit(repeater.task)
        process.start()
        self.alive[process.sentinel] = process, repeater

    def wait(self, others: list[int], timeout: float | None) -> None:
        from multiprocessing.connection import wait

        for sentinel in wait([*self.alive, *others], timeout):
            if sentinel in self.alive:
                process, repeater = self.alive.pop(sentinel)
                process.join()
                self.processes.check(repeater.task, process)
                process.close()
                if repeater.next():
                    self.start(repeater)

    def finish(self) -> None:
        while self.alive:
            self.wait([], None)


class WatchingProcess:
    """A process whose parent also looks after those that repeat."""

    def __init__(self, process: Any, repeating: RepeatingProcesses) -> None:
        self.process, self.repeating = process, repeating

    def start(self) -> None:
        self.process.start()
        self.repeating.wait([], 0)

    def join(self) -> None:
        while self.process.is_alive():
            self.repeating.wait([self.process.sentinel], None)
        self.process.join()

    def close(self) -> None:
        self.process.close()

    @property
    def exitcode(self) -> Any:
        return self.process.exitcode
