"""The parent's side of tasks that have a process each: what the displayed code gets as its context."""

from __future__ import annotations

from .classes import Repeater, all_repeaters
from .process_starter import TaskProcesses
from .recorder import submit, trial
from .task_process import run_class_in_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .protocol import Config


class ClassProcesses(TaskProcesses):
    """The context of the displayed code, where tasks have classes."""

    def __init__(self, context: Any, config: Config) -> None:
        super().__init__(context, config)
        self.repeating: RepeatingProcesses | None = None

    def Process(self, **arguments: Any) -> Any:  # noqa: N802
        process = super().Process(**arguments)
        return WatchingProcess(process, self.repeating) if self.repeating else process

    def rows(self) -> range:
        return range(len(trial.rows) // trial.width)


class RepeatingProcesses:
    """The processes of tasks that repeat: a new one starts when one has ended. The parent looks for that while it
    starts and joins the others."""

    def __init__(self, processes: ClassProcesses, arguments: tuple[Any, ...]) -> None:
        self.processes, self.arguments = processes, arguments
        self.alive: dict[int, tuple[Any, Repeater]] = {}

    def begin(self) -> Any:
        for repeater in all_repeaters(self.processes.config):
            self.start(repeater)
        return self.finish

    def start(self, repeater: Repeater) -> None:
        process = self.processes.context.Process(target=run_class_in_process, args=(repeater.task, *self.arguments))
        submit(repeater.task)
        process.start()
        self.alive[process.sentinel] = process, repeater

    def wait(self, others: list[int], timeout: float | None) -> None:
        from multiprocessing.connection import wait

        sentinel: Any
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
