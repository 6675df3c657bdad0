"""Plain programs, one for each model of Python, as a programmer would write them: `bare_programs.py MODEL TASKS UNITS
WORKERS`. The self-check compares trials with them. They record nothing and share no code with the lab's program.

Prints the wall time from submitting the first task to knowing that the last one is done, nanoseconds, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, Callable


NAME = os.path.basename(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def task(units: int, state: int) -> int:
    for _ in range(units):
        state = (state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        state = state ^ (state >> 31)
    return state


async def task_on_loop(units: int, state: int) -> int:
    return task(units, state)


def timed(work: Callable[[], object]) -> int:
    begun = time.perf_counter_ns()
    work()
    return time.perf_counter_ns() - begun


async def timed_on_loop(work: Callable[[], Any]) -> int:
    begun = time.perf_counter_ns()
    await work()
    return time.perf_counter_ns() - begun


def sequential(tasks: int, units: int, workers: int) -> int:
    def work() -> None:
        for index in range(tasks):
            task(units, index)

    return timed(work)


def one_for_each(make: Callable[..., Any], tasks: int, units: int) -> int:
    """Times tasks in a thread or a process each."""

    def work() -> None:
        started = []
        for index in range(tasks):
            one = make(target=task, args=(units, index))
            one.start()
            started.append(one)
        for one in started:
            one.join()

    return timed(work)


def threads(tasks: int, units: int, workers: int) -> int:
    import threading

    return one_for_each(threading.Thread, tasks, units)


def on_executor(pool: Any, tasks: int, units: int, workers: int) -> int:
    """Times tasks on a pool whose workers are all up."""
    for future in [pool.submit(time.sleep, 0.03) for _ in range(workers)]:
        future.result()

    def work() -> None:
        futures = [pool.submit(task, units, index) for index in range(tasks)]
        for future in futures:
            future.result()

    return timed(work)


def thread_pool(tasks: int, units: int, workers: int) -> int:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=workers) as pool:
        return on_executor(pool, tasks, units, workers)


def name_semaphores() -> None:
    """Names what a killed program would leave behind by its folder: so it is found and removed."""
    import multiprocessing

    multiprocessing.current_process()._config["semprefix"] = f"/{NAME}"  # type: ignore[attr-defined]


def process_pool(tasks: int, units: int, workers: int) -> int:
    from concurrent.futures import ProcessPoolExecutor

    name_semaphores()
    with ProcessPoolExecutor(max_workers=workers) as pool:
        return on_executor(pool, tasks, units, workers)


def interpreters(tasks: int, units: int, workers: int) -> int:
    from concurrent.futures import InterpreterPoolExecutor  # type: ignore[attr-defined]

    with InterpreterPoolExecutor(max_workers=workers) as pool:
        return on_executor(pool, tasks, units, workers)


def processes(tasks: int, units: int, workers: int) -> int:
    import multiprocessing

    name_semaphores()
    # Starts the helpers that multiprocessing needs, once.
    first = multiprocessing.Process(target=int)
    first.start()
    first.join()
    return one_for_each(multiprocessing.Process, tasks, units)


def process_map(tasks: int, units: int, workers: int) -> int:
    import functools
    import multiprocessing

    name_semaphores()
    with multiprocessing.Pool(workers) as pool:
        pool.map(time.sleep, [0.03] * workers, 1)
        return timed(lambda: pool.map(functools.partial(task, units), range(tasks)))


def joblib(tasks: int, units: int, workers: int) -> int:
    import joblib.externals.loky.backend.synchronize as loky_synchronize
    from joblib import Parallel, delayed

    names = iter(range(1 << 30))
    loky_synchronize.SemLock._make_name = staticmethod(lambda: f"/{NAME}-{os.getpid()}-{next(names)}")
    with Parallel(workers, backend="loky") as parallel:
        parallel(delayed(time.sleep)(0.03) for _ in range(workers))
        return timed(lambda: parallel(delayed(task)(units, index) for index in range(tasks)))


def dask(tasks: int, units: int, workers: int) -> int:
    from distributed import Client, LocalCluster

    name_semaphores()

    def work() -> None:
        client.gather([client.submit(task, units, index, pure=False) for index in range(tasks)])

    settings = {"n_workers": workers, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(**settings) as cluster, Client(cluster) as client:
        client.gather([client.submit(time.sleep, 0.03, pure=False) for _ in range(workers)])
        return timed(work)


async def on_loop(tasks: int, units: int) -> int:
    import asyncio

    async def work() -> None:
        await asyncio.gather(*[asyncio.create_task(task_on_loop(units, index)) for index in range(tasks)])

    # The loop has run a task before.
    await asyncio.create_task(asyncio.sleep(0))
    return await timed_on_loop(work)


def asyncio_loop(tasks: int, units: int, workers: int) -> int:
    import asyncio

    return asyncio.run(on_loop(tasks, units))


def uvloop_loop(tasks: int, units: int, workers: int) -> int:
    import uvloop

    return int(uvloop.run(on_loop(tasks, units)))


def asyncio_threads(tasks: int, units: int, workers: int) -> int:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    async def program() -> int:
        pool = ThreadPoolExecutor(max_workers=workers)
        asyncio.get_running_loop().set_default_executor(pool)
        await asyncio.gather(*[asyncio.to_thread(time.sleep, 0.03) for _ in range(workers)])

        async def work() -> None:
            started = [asyncio.create_task(asyncio.to_thread(task, units, index)) for index in range(tasks)]
            await asyncio.gather(*started)

        return await timed_on_loop(work)

    return asyncio.run(program())


def several_loops(tasks: int, units: int, workers: int) -> int:
    import asyncio
    import threading

    async def share(first: int) -> None:
        indexes = range(first, tasks, workers)
        await asyncio.gather(*[asyncio.create_task(task_on_loop(units, index)) for index in indexes])

    def on_all(coroutine: Callable[[int], Coroutine[Any, Any, object]]) -> None:
        started = [asyncio.run_coroutine_threadsafe(coroutine(number), loop) for number, loop in enumerate(loops)]
        for future in started:
            future.result()

    loops = [asyncio.new_event_loop() for _ in range(workers)]
    running = [threading.Thread(target=loop.run_forever) for loop in loops]
    for thread in running:
        thread.start()
    on_all(lambda _: asyncio.sleep(0))
    nanos = timed(lambda: on_all(share))
    for loop in loops:
        loop.call_soon_threadsafe(loop.stop)
    for thread in running:
        thread.join()
    return nanos


def trio_nursery(tasks: int, units: int, workers: int) -> int:
    import trio

    async def work() -> None:
        async with trio.open_nursery() as nursery:
            for index in range(tasks):
                nursery.start_soon(task_on_loop, units, index)

    return int(trio.run(timed_on_loop, work))


def greenlets(tasks: int, units: int, workers: int) -> int:
    import gevent
    import gevent.monkey

    gevent.monkey.patch_all()
    gevent.spawn(int).join()
    return timed(lambda: gevent.joinall([gevent.spawn(task, units, index) for index in range(tasks)]))


PROGRAMS: dict[str, Callable[[int, int, int], int]] = {
    "py-sequential": sequential,
    "py-threads": threads,
    "py-thread-pool": thread_pool,
    "py-processes": processes,
    "py-process-pool": process_pool,
    "py-asyncio": asyncio_loop,
    "py-asyncio-threads": asyncio_threads,
    "py-interpreters": interpreters,
    "py-trio": trio_nursery,
    "py-gevent": greenlets,
    "py-pool": process_map,
    "py-asyncio-multi": several_loops,
    "py-uvloop": uvloop_loop,
    "py-joblib": joblib,
    "py-dask": dask,
}


if __name__ == "__main__":
    nanos = PROGRAMS[sys.argv[1]](*[int(argument) for argument in sys.argv[2:5]])
    print(json.dumps({"reply": "wall", "nanos": max(1, nanos)}), flush=True)
