"""Limits on tasks in flight, and pools that fail."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from concurrency_lab_program.pools import cancelling, limited_on_loop, releasing, start_all_threads, throttled


def test_a_task_is_handed_over_when_a_permit_is_free() -> None:
    permits = threading.Semaphore(2)
    tasks = throttled(range(3), permits)
    assert [next(tasks), next(tasks)] == [0, 1]
    assert not permits.acquire(blocking=False)
    assert releasing(lambda task: task + 10, permits)(0) == 10
    assert next(tasks) == 2


def test_a_task_that_fails_gives_its_permit_back() -> None:
    permits = threading.Semaphore(0)
    with pytest.raises(ZeroDivisionError):
        releasing(lambda task: 1 // task, permits)(0)
    assert permits.acquire(blocking=False)


def test_a_loop_runs_no_more_than_the_limit_at_once() -> None:
    inside: list[int] = []
    most = 0

    async def run(task: int) -> None:
        nonlocal most
        inside.append(task)
        most = max(most, len(inside))
        await asyncio.sleep(0.001)
        inside.remove(task)

    async def all_tasks() -> None:
        limited = limited_on_loop(2, asyncio.Semaphore, run)
        await asyncio.gather(*[limited(task) for task in range(6)])

    asyncio.run(all_tasks())
    assert most == 2
    assert limited_on_loop(None, asyncio.Semaphore, run) is run


def test_after_a_failure_waiting_tasks_are_not_run() -> None:
    started = threading.Event()
    go_on = threading.Event()
    done: list[int] = []

    def first() -> None:
        started.set()
        go_on.wait(10)

    with ThreadPoolExecutor(1) as pool:

        def one_pass(tasks: range) -> None:
            pool.submit(first)
            for task in tasks:
                pool.submit(done.append, task)
            started.wait(10)
            raise ValueError

        with pytest.raises(ValueError):
            cancelling(pool, one_pass)(range(3))
        go_on.set()
    assert done == []


def test_every_thread_of_a_pool_is_up_before_the_clock() -> None:
    with ThreadPoolExecutor(5) as pool:
        start_all_threads(pool, 5)
        assert len(pool._threads) == 5


def test_threads_that_are_up_do_not_wait_for_one_that_can_not_be_started() -> None:
    class Refusing(ThreadPoolExecutor):
        submitted = 0

        def submit(self, *arguments: Any, **named: Any) -> Any:
            self.submitted += 1
            if self.submitted == 3:
                raise RuntimeError
            return super().submit(*arguments, **named)

    # Leaving the pool waits for its threads: with a barrier in force, for ever.
    with Refusing(3) as pool, pytest.raises(RuntimeError):
        start_all_threads(pool, 3)
