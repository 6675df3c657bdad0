"""Problems are recognised by exception class, error number and the call that raised them, never by text."""

from __future__ import annotations

import errno
import multiprocessing
import multiprocessing.process
import multiprocessing.synchronize
import os
import pickle
import re
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable

import pytest
from concurrency_lab_program import failures
from concurrency_lab_program.failures import PROBLEMS, Failure, describe, problem_of, step_failure

LIES = "task can't start new thread [Errno 28] terminated abruptly /dev/shm"


def raised_by(call: Callable[[], Any]) -> BaseException:
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def refuse(error: BaseException) -> Callable[..., Any]:
    def refusing(*_: object, **__: object) -> Any:
        raise error

    return refusing


def raising(error: BaseException) -> BaseException:
    return raised_by(refuse(error))


def test_a_thread_that_the_system_refuses_is_a_thread_limit() -> None:
    # A stack larger than the address space: the system refuses it, wherever a thread is started.
    before = threading.stack_size(1 << 46)
    try:
        direct = raised_by(threading.Thread(target=int).start)
        pool = raised_by(lambda: ThreadPoolExecutor(1).submit(int))
    finally:
        threading.stack_size(before)
    for error in (direct, pool):
        assert isinstance(error, RuntimeError)
        assert problem_of(error) == "thread-limit"


def test_other_errors_with_the_same_text_are_not() -> None:
    for error in (RuntimeError("can't start new thread"), RuntimeError(LIES), OSError(LIES), ValueError(LIES)):
        assert problem_of(raising(error)) == "other"
    in_thread: list[BaseException] = []
    thread = threading.Thread(target=lambda: in_thread.append(raising(RuntimeError(LIES))))
    thread.start()
    thread.join()
    assert problem_of(in_thread[0]) == "other"


def test_a_process_that_the_system_refuses_is_a_process_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    again = BlockingIOError(errno.EAGAIN, "x")
    process = multiprocessing.get_context("spawn").Process(target=int)
    monkeypatch.setattr(process, "_Popen", refuse(again))
    assert problem_of(raised_by(process.start)) == "process-limit"
    assert problem_of(raising(BlockingIOError(errno.EAGAIN, "x"))) == "other", "of a socket, say"


def test_a_full_file_system_has_its_number() -> None:
    assert problem_of(raising(OSError(errno.ENOSPC, "x"))) == "no-space"
    assert problem_of(raising(OSError(errno.EACCES, "No space left on device"))) == "other"


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (errno.EACCES, "no-shared-memory"),
        (errno.ENOENT, "no-shared-memory"),
        (errno.ENOSYS, "no-shared-memory"),
        (errno.ENOSPC, "no-space"),
        (errno.EMFILE, "other"),
    ],
)
def test_locks_that_can_not_be_made(monkeypatch: pytest.MonkeyPatch, number: int, problem: str) -> None:
    monkeypatch.setattr(multiprocessing.synchronize._multiprocessing, "SemLock", refuse(OSError(number, "x")))  # type: ignore[attr-defined]
    context = multiprocessing.get_context("spawn")
    makers: list[Callable[[], Any]] = [context.Lock, lambda: context.Semaphore(2), context.Condition]
    for make in makers:
        assert problem_of(raised_by(make)) == problem


def test_files_of_shared_memory() -> None:
    assert problem_of(raising(OSError(errno.EACCES, "x", "/dev/shm/pym-1"))) == "no-shared-memory"
    assert problem_of(raising(OSError(errno.EACCES, "x", "/tmp/dev/shm"))) == "other"


@pytest.mark.skipif(os.name != "posix", reason="ends itself")
def test_a_worker_that_is_ended_breaks_its_pool() -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        error = raised_by(pool.submit(os._exit, 9).result)
    assert problem_of(error) == "worker-died"
    assert describe(error)["problem"] == "worker-died"


def test_a_failure_of_a_step_is_not_its_own_cause() -> None:
    known = Failure("step", "", task=3, step=1, step_kind="command", exit=3)
    again = step_failure(3, 1, "command", known)
    assert again is not known and again.to_send() == known.to_send()


def test_a_failure_survives_pickling_and_writing_down() -> None:
    failure = step_failure(3, 1, "file", OSError(errno.ENOSPC, "full"))
    sent = {"problem": "step", "message": "OSError: [Errno 28] full", "task": 3, "step": 1, "step_kind": "file"}
    assert describe(failure) == describe(pickle.loads(pickle.dumps(failure))) == sent
    assert describe(failures.received(sent)) == sent
    assert str(failure) == "step, task 3, step 1, step_kind file: OSError: [Errno 28] full"


def test_of_a_group_the_first_exception_is_sent() -> None:
    class Group(Exception):
        def __init__(self, *exceptions: Exception) -> None:
            super().__init__("several")
            self.exceptions = exceptions

    inner = Failure("workers-missing", "", started=1, wanted=2)
    assert describe(Group(Group(inner, ValueError()), KeyError()))["problem"] == "workers-missing"
    assert describe(Group()) == {"problem": "other", "message": "Group: several"}


def test_only_listed_problems_are_sent() -> None:
    package = Path(failures.__file__).parent
    source = "".join(path.read_text() for path in sorted(package.glob("*.py")))
    sent = re.findall(r'(?:Failure\(|failure = Failure\(|\breturn )"([a-z-]+)"', source)
    assert len(sent) >= len(PROBLEMS), sent
    assert set(sent) == set(PROBLEMS)
    assert len(set(PROBLEMS)) == len(PROBLEMS)
