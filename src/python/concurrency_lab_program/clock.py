"""The clock of a trial: runs the first pass within it, and the passes that are only for the CPU view after it."""

from __future__ import annotations

import os

from . import counters, usage
from .calibrate import stamp_cost
from .heartbeat import Heartbeat
from .recorder import now, trial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any, Callable

    from .protocol import Config, Connection


class TrialClock:
    """Runs passes around the clock and gathers the report of the trial."""

    def __init__(self, config: Config, lab: Connection) -> None:
        self.config, self.lab = config, lab
        self.heartbeat = Heartbeat() if config["heartbeat"] else None
        self.tasks = range(config["tasks"])
        self.used_by_workers: Callable[[], usage.Used | None] = lambda: None  # worker processes, so far
        self.workers_before: usage.Used | None = None
        self.worker_processes: list[int] = []  # those that are up, by id
        self.own = 0  # nanoseconds before the clock that are no setup of the model's
        self.teardown_from: int | None = None
        self.kept: bytes | None = None
        # Begins the tasks that repeat; returns a function that waits for their end.
        self.begin_repeating: Callable[[], Callable[[], Any]] = lambda: lambda: None
        self.report: dict[str, Any] = {"passes": 1, "workers": None, "start_method": None}

    def start(self, start_heartbeat: Callable[[Heartbeat], Any]) -> None:
        raise_failure_of_thread()
        before = now()
        self.report["stamp"], self.report["first_stamp"] = stamp_cost(self.config["model"])
        self.own += now() - before
        self.workers_before = self.used_by_workers()
        self.lab.send_and_wait({"clock": "started"})
        self.pressure_before = usage.pressure()
        if self.heartbeat:
            self.heartbeat.begin()
            start_heartbeat(self.heartbeat)
        self.used_before = self.used_here()
        self.begun = now()

    def stop(self) -> None:
        ended = now()
        trial.stopped = True
        report = self.report
        used = usage.minus(self.used_here(), self.used_before)
        # Before the records are copied: that takes memory, and is the lab's.
        report["peak"] = usage.peak_memory()
        before, after = self.pressure_before, usage.pressure()
        report["pressure"] = None if after is None or before is None else after - before
        if self.heartbeat:
            report["beats"] = self.heartbeat.end()
        report.update(begun=self.begun, ended=ended, usage=used)

    def used_here(self) -> usage.Used:
        # The children of a process with workers are the workers.
        return usage.own() if self.workers_before is None else usage.read("self")

    def first_pass_done(self) -> None:
        report = self.report
        report["repeats"] = list(trial.completed_repeats)
        used = report["usage"]
        workers_after = self.used_by_workers()
        if self.workers_before is not None and workers_after is not None:
            used = usage.plus(used, usage.minus(workers_after, self.workers_before))
            if self.worker_processes:
                report["pss"] = usage.pss([os.getpid(), *self.worker_processes])
        report.update(usage=used, counted=counters.total())
        raise_failure_of_thread()
        self.lab.send_and_wait({"clock": "first pass"})
        # Further passes write over the record of the first.
        if self.config["repeat_ms"] and trial.file:
            self.kept = bytes(trial.file)

    def again(self) -> bool:
        """True where another pass is wanted for the CPU view."""
        repeat = self.config["repeat_ms"]
        return repeat is not None and now() < self.begun + repeat * 1_000_000

    def end(self) -> None:
        self.report["repeated_until"] = now()
        if self.kept is not None and trial.file is not None:
            trial.file[:] = self.kept
        raise_failure_of_thread()
        self.lab.send({"clock": "stopped"})

    def run(
        self,
        one_pass: Callable[[range], object],
        start_heartbeat: Callable[[Heartbeat], Any] = Heartbeat.on_thread,
    ) -> None:
        self.start(start_heartbeat)
        wait = self.begin_repeating()
        one_pass(self.tasks)
        self.stop()
        wait()
        self.first_pass_done()
        while self.again():
            wait = self.begin_repeating()
            one_pass(self.tasks)
            trial.stopped = True
            wait()
            self.report["passes"] += 1
        self.end()

    async def run_on_loop(
        self,
        one_pass: Callable[[range], Any],  # returns something to be awaited
        sleep: Callable[[float], Awaitable[Any]],
        spawn: Callable[..., object],
    ) -> None:
        self.start(lambda heartbeat: spawn(heartbeat.on_loop, sleep))
        wait = self.begin_repeating()
        await one_pass(self.tasks)
        self.stop()
        await ended(wait())
        self.first_pass_done()
        while self.again():
            wait = self.begin_repeating()
            await one_pass(self.tasks)
            trial.stopped = True
            await ended(wait())
            self.report["passes"] += 1
        self.end()

    def begin_teardown(self) -> None:
        self.teardown_from = now()


async def ended(waiting: Awaitable[Any] | None) -> None:
    if waiting is not None:
        await waiting


def raise_failure_of_thread() -> None:
    if trial.thread_failures:
        raise trial.thread_failures[0]


def keep_failure(raised: object) -> None:
    """Keeps what a thread of the displayed code has raised: a hook of `threading`."""
    trial.thread_failures.append(raised.exc_value)  # type: ignore[attr-defined]
