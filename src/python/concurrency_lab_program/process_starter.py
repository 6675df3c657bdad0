"""The parent's side of processes of tasks: starting them, and noticing one that failed."""

from __future__ import annotations

import os

from . import usage
from .failures import Failure, received
from .recorder import trial
from .row import FINISHED, USED
from .task_process import Outputs, reason_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .protocol import Config


class TaskProcesses:
    """The context of the displayed code, and the processes that it made so far."""

    def __init__(self, context: Any, config: Config) -> None:
        self.context, self.config = context, config
        self.made: list[Any] = []

    def Process(self, **arguments: Any) -> Any:  # noqa: N802
        process = self.context.Process(**arguments)
        self.made.append(process)
        return process

    def Queue(self) -> Outputs:  # noqa: N802
        return Outputs(self.context.Queue(), self.check_all)

    def check_all(self) -> None:
        for task, process in enumerate(self.made):
            self.check(task, process)

    def check(self, task: int, process: Any) -> None:
        """Raises the failure of a process that has ended with one."""
        ended_early = process.exitcode == 0 and not trial.rows[task * trial.width + FINISHED]
        if process.exitcode in (None, 0) and not ended_early:
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
                self.check_all()
            yield task

    def rows(self) -> range:
        """Returns the rows that the tasks' processes write."""
        return range(self.config["tasks"])

    def used_by_tasks(self) -> usage.Used:
        """Returns what the tasks' processes have written down. Before the clock there is nothing yet."""
        sums: usage.Used = list(usage.NOTHING_USED)
        for task in self.rows():
            begin = (task + 1) * trial.width - USED
            words = list(trial.rows[begin : begin + 6])
            if any(words):
                sums = usage.plus(sums, [word - 1 if word else None for word in words])
        return sums
