"""The client of a dask scheduler that others run: this process starts no worker and ends none.

The workers get this package by value, as modules under a name of the trial, and keep the rows of their tasks in memory
until they are asked for after the clock. What they use is not measured: they are not the lab's.
"""

from __future__ import annotations

from .dask_connection import Loss, check_versions, connect, threads_of
from .dask_package import clean_up, installer, name_here, name_of, remote, source_texts, sources
from .models import py_dask
from .recorder import now, trial
from .results import pass_of
from .row import FINISHED, STATE
from .steps import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .clock import TrialClock
    from .protocol import Config

HANDSHAKES = 5  # with each worker


def drive_with_scheduler(config: Config, clock: TrialClock) -> None:
    # What is repeated for the CPU view is not seen there, and cores of another machine are not this one's.
    config["repeat_ms"], config["record_cores"] = None, False
    prepare(config)
    package = name_of(config)
    name_here(package)
    client = connect(config["scheduler"] or "")
    loss = Loss(clock, client, lambda: clean_up(client, package))
    try:
        run(config, clock, client, package, loss)
    except BaseException as error:
        loss.give_up(error)
    client.close()


def run(config: Config, clock: TrialClock, client: Any, package: str, loss: Loss) -> None:
    check_versions(client)
    threads = loss.watch(threads_of(client))
    client.run(installer(), package, sources())
    amounts = trial.amounts.tolist()
    numbers = {address: number for number, address in enumerate(threads)}
    client.run(remote(package, "dask_worker", "set_up", True), config, amounts, source_texts(config), numbers)
    start_threads(client, threads)
    same_clock = all(has_clock_of_this_machine(client, address) for address in threads)
    clock.report["workers"] = sum(threads.values())
    clock.report["external"] = {"same_clock": same_clock}
    submitter = client if same_clock else Witness(client)

    def run_at_workers(run: Any) -> Any:
        return remote(package, run.__module__.rpartition(".")[2], run.__name__)

    one_pass: Callable[[range], object] = pass_of(lambda tasks, run: py_dask(submitter, tasks, run_at_workers(run)))
    if config["payload"]:
        from .models_payload import py_dask_payload
        from .payload import inputs_of, run_payload

        inputs, at_workers = inputs_of(config, clock), run_at_workers(run_payload)
        one_pass = lambda tasks: py_dask_payload(submitter, tasks, at_workers, inputs)  # noqa: E731
    clock.run(one_pass)
    keep_rows(client.run(remote(package, "dask_worker", "rows")), same_clock)
    if isinstance(submitter, Witness):
        submitter.keep_moments()
    clock.report.update(usage=[None] * 6, workers_peak=None, pss=None)
    clean_up(client, package)
    loss.over = True
    clock.begin_teardown()


def start_threads(client: Any, threads: dict[str, int]) -> None:
    """Has every thread of every worker do a task before the clock."""

    def wait() -> None:
        import time

        time.sleep(0.05)

    asked = [address for address, count in threads.items() for _ in range(count)]
    client.gather([client.submit(wait, workers=address, pure=False) for address in asked])


def has_clock_of_this_machine(client: Any, address: str) -> bool:
    """True where a worker runs under the same kernel, and its clock reads between two readings of this one each time
    that it is asked. A worker may have a clock of its own in a container."""
    boot, _ = clock_here()
    if boot is None:
        return False
    for _ in range(HANDSHAKES):
        before = now()
        theirs, reading = client.run(clock_here, workers=[address])[address]
        if theirs != boot or not before <= reading <= now():
            return False
    return True


def clock_reader() -> Callable[[], tuple[str | None, int]]:
    def read() -> tuple[str | None, int]:
        import time

        try:
            # Linux: an identifier of this run of the kernel.
            with open("/proc/sys/kernel/random/boot_id") as file:
                return file.read().strip(), time.perf_counter_ns()
        except OSError:
            return None, 0

    return read


clock_here = clock_reader()


def keep_rows(answers: dict[str, dict[int, list[int]]], same_clock: bool) -> None:
    """Copies what the workers recorded: where their clock is another, only the results of the tasks."""
    rows, width = trial.rows, trial.width
    for recorded in answers.values():
        for task, row in recorded.items():
            if not same_clock:
                rows[task * width + STATE] = row[STATE]
                continue
            for word, value in enumerate(row):
                # The words that this process has written are not theirs.
                if value:
                    rows[task * width + word] = value


class Witness:
    """A client that notes when it learns that a task is done: all that is known of a task where the clock of its worker
    is another."""

    def __init__(self, client: Any) -> None:
        self.client, self.tasks, self.moments = client, {}, {}  # type: ignore[var-annotated]
        self.gather = client.gather
        handlers = getattr(client, "_stream_handlers", None)
        if handlers is None or "key-in-memory" not in handlers:
            return
        known, moments = handlers["key-in-memory"], self.moments

        def note(**message: Any) -> Any:
            moments[message.get("key")] = now()
            return known(**message)

        handlers["key-in-memory"] = note

    def submit(self, run: Any, task: int, *rest: Any, **settings: Any) -> Any:
        future = self.client.submit(run, task, *rest, **settings)
        self.tasks[future.key] = task
        return future

    def keep_moments(self) -> None:
        for key, task in self.tasks.items():
            trial.rows[task * trial.width + FINISHED] = self.moments.get(key, 0)
