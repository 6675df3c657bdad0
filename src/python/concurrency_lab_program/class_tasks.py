"""Running tasks of classes, each of which does steps of its own. The counterpart of `run_task` in `recorder`."""

from __future__ import annotations

from .kernels import start_state
from .recorder import (
    AWAIT,
    SLEEP,
    begin,
    end_step,
    failure_of,
    finish,
    finish_on_loop,
    now,
    read_state,
    trial,
    write_state,
)
from .row import STAMPS


def find_class(task: int) -> int:
    """Returns the index of the class of a task or repetition."""
    tasks = len(trial.class_of_tasks)
    if task < tasks:
        return trial.class_of_tasks[task]
    repeaters = trial.config["repeaters"]
    return repeaters[(task - tasks) % len(repeaters)]


def file_of(task: int) -> int:
    """Returns the number of the file of a task. The repetitions of a repeater write the same one again."""
    tasks, repeaters = trial.config["tasks"], len(trial.config["repeaters"])
    return task if task < tasks or not repeaters else tasks + (task - tasks) % repeaters


def run_class_task(task: int) -> int:
    """The same for a task of a class: it does the steps of its own."""
    rows, row = trial.rows, task * trial.width
    index, steps = trial.class_steps[find_class(task)]
    started = ended = now()
    state = start_state(trial.config["seed"], task)
    try:
        for step in steps:
            state = step(task, state)
            ended = now()
            rows[row + STAMPS + index] = ended
            index += 1
    except Exception as error:
        raise failure_of(task, index, error) from error
    finish(task, started, ended, state)
    return state


async def run_class_task_on_loop(task: int) -> None:
    """Runs a task of a class on an event loop."""
    begin(task)
    index, steps = trial.class_loop_steps[find_class(task)]
    try:
        for step, how in steps:
            if how == SLEEP:
                seconds = step(task)
                if seconds:
                    await trial.sleep(seconds)
            else:
                state = step(task, read_state(task))
                write_state(task, await state if how == AWAIT else state)
            end_step(task, index)
            index += 1
    except Exception as error:
        raise failure_of(task, index, error) from error
    finish_on_loop(task, index if steps else 0)
