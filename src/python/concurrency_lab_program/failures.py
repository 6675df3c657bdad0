"""Failures as the lab receives them: the kind of problem, which this module decides by exception class, error number
and the call that raised it, and the facts that belong to it. The sentence about it is made by the lab.
"""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType
    from typing import Any

    from .protocol import Message

# A test of the lab compares them with those that it knows.
PROBLEMS = (
    "step",  # a step of a task failed
    "task",  # the process of a task failed before its first step
    "task-process",  # the process of a task ended without saying why
    "workers-missing",  # some of a pool's workers did not start
    "worker-died",  # a worker process of a pool ended
    "thread-limit",  # the system starts no more threads
    "process-limit",  # the system starts no more processes
    "no-space",  # a file system is full
    "no-shared-memory",  # locks and queues between processes can't be made
    "code",  # the user's code can't be loaded, or has no such function
    "result",  # what a function returned can't be sent to another process
    "forked",  # a function forked a process that came back from it
    "scheduler-unreachable",  # there is no dask scheduler at the address, or it does not answer
    "versions-differ",  # the scheduler or a worker of dask has other versions than this interpreter
    "no-workers",  # a dask scheduler has no worker
    "worker-lost",  # a dask scheduler has lost a worker during the trial
    "worker-joined",  # a dask scheduler has got another worker during the trial
    "scheduler-lost",  # the connection to a dask scheduler ended during the trial
    "other",
)

LONGEST_MESSAGE = 2000
MOST_FRAMES = 3  # of a traceback that are quoted

OUT_OF_SPACE = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
# The modules of the standard library that make what processes share.
SHARING_MODULES = ("multiprocessing.synchronize", "multiprocessing.heap")


class Failure(Exception):
    """A failure whose problem is known. It keeps its facts when it is pickled."""

    def __init__(self, problem: str, message: str, **facts: Any) -> None:
        super().__init__(problem, message)
        self.problem = problem
        self.message = message
        self.facts = facts

    def __str__(self) -> str:
        facts = "".join(f", {name} {value}" for name, value in self.facts.items())
        return f"{self.problem}{facts}: {self.message}"

    def to_send(self) -> Message:
        return {"problem": self.problem, "message": self.message, **self.facts}


def message_of(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = "(its text can't be made)"
    return f"{type(error).__name__}: {text[:LONGEST_MESSAGE]}" if text else type(error).__name__


def message_with_place(error: BaseException) -> str:
    """Returns an exception with the last lines of its traceback, those of the lab left out."""
    from traceback import extract_tb

    here = os.path.dirname(__file__)
    frames = [frame for frame in extract_tb(error.__traceback__) if os.path.dirname(frame.filename) != here]
    places = [
        f"{os.path.basename(frame.filename)}, line {frame.lineno}, in {frame.name}: {(frame.line or '')[:200]}"
        for frame in frames[-MOST_FRAMES:]
    ]
    return f"{message_of(error)} ({'; '.join(places)})" if places else message_of(error)


def step_failure(task: int, step: int, step_kind: str, error: BaseException) -> Failure:
    if isinstance(error, Failure):
        # Another object: an exception that is its own cause is followed without end (by distributed, for one).
        return Failure(error.problem, error.message, **error.facts)
    message = message_with_place(error) if step_kind == "call" else message_of(error)
    return Failure("step", message, task=task, step=step, step_kind=step_kind)


def received(sent: Message) -> Failure:
    """Returns the failure that another process has written down."""
    facts = {name: value for name, value in sent.items() if name not in ("problem", "message")}
    return Failure(sent["problem"], sent["message"], **facts)


def first_of_group(error: BaseException) -> BaseException:
    while getattr(error, "exceptions", None):
        error = error.exceptions[0]  # type: ignore[attr-defined]
    return error


def describe(error: BaseException) -> Message:
    """Returns what is sent to the lab. Of a group of exceptions, that is the first one."""
    error = first_of_group(error)
    if isinstance(error, Failure):
        return error.to_send()
    return {"problem": problem_of(error), "message": message_of(error)}


def problem_of(error: BaseException) -> str:
    if is_dead_worker_of_pool(error) or is_killed_worker_of_dask(error):
        return "worker-died"
    if isinstance(error, RuntimeError) and was_raised_by_thread_start(error):
        return "thread-limit"
    if isinstance(error, BlockingIOError) and came_through_process_start(error):
        return "process-limit"
    if isinstance(error, OSError) and error.errno in OUT_OF_SPACE:
        return "no-space"
    if isinstance(error, (OSError, ImportError)) and concerns_shared_memory(error):
        return "no-shared-memory"
    return "other"


def is_dead_worker_of_pool(error: BaseException) -> bool:
    # Where the module was not imported no such exception can have been raised.
    module = sys.modules.get("concurrent.futures.process")
    if module is None or not isinstance(error, module.BrokenProcessPool):
        return False
    # A pool breaks, too, when what a worker sent can't be read: then there is a cause, and loky's class is another.
    loky = sys.modules.get("joblib.externals.loky.process_executor")
    if loky is not None and isinstance(error, loky.BrokenProcessPool):
        return isinstance(error, loky.TerminatedWorkerError)
    return error.__cause__ is None


def is_killed_worker_of_dask(error: BaseException) -> bool:
    module = sys.modules.get("distributed.scheduler")
    return module is not None and isinstance(error, module.KilledWorker)


def frames_of(error: BaseException) -> Iterator[tuple[CodeType, str]]:
    """Yields code and module of each call through which an exception came, the outermost first."""
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback.tb_frame.f_code, traceback.tb_frame.f_globals.get("__name__", "")
        traceback = traceback.tb_next


def was_raised_by_thread_start(error: RuntimeError) -> bool:
    """True where the system's call within `Thread.start` raised it: that starts the thread, and nothing else there
    can fail with a thread that is started once."""
    threading = sys.modules.get("threading")
    frames = list(frames_of(error))
    return threading is not None and bool(frames) and frames[-1][0] is threading.Thread.start.__code__


def came_through_process_start(error: BlockingIOError) -> bool:
    module = sys.modules.get("multiprocessing.process")
    if module is None:
        return False
    start = module.BaseProcess.start.__code__
    return any(code is start for code, _ in frames_of(error))


def concerns_shared_memory(error: OSError | ImportError) -> bool:
    if getattr(error, "errno", None) in (errno.EMFILE, errno.ENFILE):
        return False
    if getattr(error, "errno", None) == errno.ENOSYS or str(getattr(error, "filename", "")).startswith("/dev/shm"):
        return True
    return any(module in SHARING_MODULES for _, module in frames_of(error))
