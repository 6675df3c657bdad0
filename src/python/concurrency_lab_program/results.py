"""Results of the user's functions, after the clock: gathered from where they were kept, and described so that they can
be compared with those of other trials.
"""

from __future__ import annotations

import os
import re
import sys

from .failures import Failure, message_of, problem_of
from .kernels import mixed
from .recorder import run_task, trial
from .row import STATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .protocol import Config

# Models whose workers send the results of tasks back.
APART = ("py-processes", "py-process-pool", "py-interpreters", "py-pool", "py-joblib", "py-dask")
# What the functions of this process returned: by step, then by task.
KEPT: dict[int, Any] = {}
RECEIVED: list[Any] = []  # what workers sent, by task

LARGEST = 256 << 20  # bytes of text that is compared, of all tasks together
SHOWN_TASKS = 1000  # whose results are sent
SHOWN_CHARACTERS = 200
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{4,}")


def run_for_results(task: int) -> Any:
    """Runs a task in a worker and returns what its function returned, as it is: a library may send a list of one value
    faster than the value, or slower. A list where the task has several functions."""
    run_task(task)
    if trial.has_forked:
        from .forks import check_forks_of_worker

        check_forks_of_worker()
    return kept_of(task)


def kept_of(task: int) -> Any:
    values = [kept.pop(task) for kept in KEPT.values()]
    return values[0] if len(values) == 1 else values


def result_file(config: Config, task: int) -> str:
    return os.path.join(config["folder"], f"result-{task}")


def send_results(task: int, config: Config) -> None:
    """Writes down what the functions of a task returned, for a process that ends with its task."""
    import pickle

    try:
        packed = pickle.dumps(kept_of(task))
    except Exception as error:
        raise Failure("result", message_of(error), task=task) from error
    with open(result_file(config, task), "wb") as file:
        file.write(packed)


def pass_of(one_pass: Callable[[range, Callable[..., Any]], Any]) -> Callable[[range], Any]:
    """Returns the pass of a pool. `one_pass` gets what the workers run, and returns what they return: where functions
    have results, these are sent and kept."""
    if KEPT:
        return received_in_order(lambda tasks: one_pass(tasks, run_for_results))
    return lambda tasks: one_pass(tasks, run_task)


def received_in_order(one_pass: Callable[[range], Any]) -> Callable[[range], None]:
    """Returns a pass that keeps what the workers of a pool returned."""

    def passing(tasks: range) -> None:
        try:
            RECEIVED[:] = one_pass(tasks)
        except Failure:
            raise
        except Exception as error:
            if problem_of(error) != "other":
                raise
            # Tasks raise nothing but failures: this is what came of sending a result.
            raise Failure("result", message_of(error)) from error

    return passing


def gather(config: Config) -> None:
    """Puts the results of other processes where those of this one are."""
    import pickle

    received = RECEIVED
    if config["model"] == "py-processes":
        received = []
        for task in range(config["tasks"]):
            with open(result_file(config, task), "rb") as file:
                packed = file.read()
            try:
                received.append(pickle.loads(packed))
            except Exception as error:
                raise Failure("result", message_of(error), task=task) from error
    for task, sent in enumerate(received):
        for kept, value in zip(KEPT.values(), [sent] if len(KEPT) == 1 else sent):
            kept[task] = value


def describe_results(config: Config) -> dict[str, Any]:
    """Returns the results of the first tasks, and mixes those of all into the states that make the checksum."""
    import hashlib
    from types import CoroutineType

    gather(config)
    shown: list[dict[str, Any]] = []
    left, states = LARGEST, []
    for task in range(config["tasks"]):
        state = trial.rows[task * trial.width + STATE]
        for kept in KEPT.values():
            value = kept[task]
            if isinstance(value, CoroutineType):
                value.close()
                raise Failure("code", "the function returned a coroutine that nothing awaits: define it with async def")
            text = text_of(value, left)
            if text is None:
                return {"not_compared": "too-large", "shown": []}
            if ADDRESS.search(text):
                return {"not_compared": "address", "shown": []}
            left -= len(text)
            digest = int.from_bytes(hashlib.sha256(text.encode(errors="surrogatepass")).digest()[:8], "little")
            state = mixed(state, digest)
            if len(shown) < SHOWN_TASKS:
                whole = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
                shown.append({"task": task, "digest": digest, "text": whole})
        states.append(state)
    for task, state in enumerate(states):
        trial.rows[task * trial.width + STATE] = state
    return {"not_compared": None, "shown": shown}


# Of larger containers the `repr` is taken as it is.
MOST_SORTED = 10_000


def text_of(value: Any, most: int) -> str | None:
    """Returns the `repr` of a value, with sets in order; `None` where that would be too long, or can't be made."""
    try:
        if sys.getsizeof(value) > most:
            return None
        try:
            text = ordered(value)
        except RecursionError:
            # It has itself in it.
            text = repr(value)
    # A `repr` of the user's may raise anything.
    except (Exception, SystemExit, KeyboardInterrupt):
        return None
    return text if len(text) <= most else None


def ordered(value: Any) -> str:
    kind = type(value)
    if kind not in (list, tuple, set, frozenset, dict) or not 0 < len(value) <= MOST_SORTED:
        return repr(value)
    if kind is dict:
        return "{" + ", ".join(f"{ordered(key)}: {ordered(item)}" for key, item in value.items()) + "}"
    parts = [ordered(item) for item in value]
    if kind is list:
        return "[" + ", ".join(parts) + "]"
    if kind is tuple:
        return "(" + ", ".join(parts) + (",)" if len(parts) == 1 else ")")
    text = "{" + ", ".join(sorted(parts)) + "}"
    return text if kind is set else f"frozenset({text})"
