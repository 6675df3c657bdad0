"""Processes that the user's code forks. One that comes back from the function would run the lab's program once more: it
is ended, and the trial fails with the reason.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

from .failures import Failure
from .recorder import trial

PATIENCE = 50  # times 10 ms


def watch_forks() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_parent=note_fork, after_in_child=note_child)


def note_fork() -> None:
    trial.has_forked = True


def note_child() -> None:
    trial.forked, trial.has_forked = True, False


def note_file() -> str:
    return os.path.join(trial.config["folder"], "forked")


def worker_note() -> str:
    return os.path.join(trial.config["folder"], "worker-forked")


def leave_fork(task: int) -> None:
    # Renamed, so that it is never read half written.
    own = f"{note_file()}-{os.getpid()}"
    with open(own, "w") as file:
        file.write(str(task))
    os.replace(own, note_file())
    os._exit(0)


def check_forks_of_worker() -> None:
    """Raises the failure if it is known already. Waiting would be measured: that is left to the main process, for which
    a note says that there is something to wait for."""
    if trial.has_forked:
        check_forks(False)
        # A worker on another machine has no folder of the trial.
        with suppress(OSError), open(worker_note(), "w"):
            pass


def check_forks(patiently: bool) -> None:
    """Raises the failure of a function that forked a process which came back from it. `patiently`: waits a moment for
    processes that this one or a worker has forked."""
    in_worker = os.path.exists(worker_note())
    for _ in range(PATIENCE if patiently and (trial.has_forked or in_worker) else 1):
        if os.path.exists(note_file()):
            with open(note_file()) as file:
                task = file.read()
            raise Failure("forked", "", task=int(task))
        if in_worker:
            time.sleep(0.01)
            continue
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)
            if ended is not None and not os.path.exists(note_file()):
                return
        except (ChildProcessError, AttributeError):
            if not os.path.exists(note_file()):
                return
        if trial.has_forked:
            time.sleep(0.01)
