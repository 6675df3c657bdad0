"""The side of the workers of a dask scheduler that others run: they may be on another machine, keep the rows of their
tasks in memory, and are left as they were.
"""

from __future__ import annotations

import sys

from .recorder import open_in_memory, trial
from .row import FINISHED
from .steps import prepare_steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .protocol import Config

MOST_THREADS = 4096  # of a worker

# Modules of this worker's that the user's took the names of.
REPLACED: dict[str, Any] = {}
# The folder that this worker has made for files of the trial, where it needs one.
FOLDERS: list[str] = []


def set_up(config: Config, amounts: list[int], texts: dict[int, bytes], numbers: dict[str, int], address: str) -> None:
    """Prepares this worker. `texts`: the user's code, by step."""
    if texts:
        import tempfile

        config["folder"] = tempfile.mkdtemp(prefix="concurrency-lab-")
        FOLDERS.append(config["folder"])
    for index, text in texts.items():
        step = config["steps"][index]
        step["text"] = text
        REPLACED[step["module"]] = sys.modules.get(step["module"])
    open_in_memory(config, amounts, worker_of(numbers[address]))
    prepare_steps(config, {})


def worker_of(number: int) -> Any:
    """Returns the function that names the worker of a task: a thread of this process."""
    from threading import get_ident

    known: dict[int, int] = {}
    return lambda task: number * MOST_THREADS + known.setdefault(get_ident(), len(known))


def rows() -> dict[int, list[int]]:
    """Returns the rows of the tasks that ran here."""
    width = trial.width
    tasks = range(trial.config["tasks"])
    return {
        task: trial.rows[task * width : (task + 1) * width].tolist()
        for task in tasks
        if trial.rows[task * width + FINISHED]
    }


def leave() -> None:
    """Undoes what `set_up` did outside of this package."""
    for name, module in REPLACED.items():
        if module is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = module
    for folder in FOLDERS:
        import shutil

        shutil.rmtree(folder, ignore_errors=True)
