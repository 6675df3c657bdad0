"""Plain programs, as a programmer would write them, without the lab: `plain.py MODEL TASKS UNITS|WAIT_MS`.

Prints the wall time from submitting the first task to the end of the last one, nanoseconds.
"""

import asyncio
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

WORKERS = 2


def compute(units, state):
    for _ in range(units):
        state = (state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        state = state ^ (state >> 31)
    return state


async def compute_in_a_coroutine(units, state):
    return compute(units, state)


def sequential(tasks, units):
    for task in range(tasks):
        compute(units, task)


def threads(tasks, units):
    # Each is made when it starts, as in the lab's code of this model. All made first, a thread costs a seventh less:
    # nothing else wants the GIL then.
    started = []
    for task in range(tasks):
        thread = threading.Thread(target=compute, args=(units, task))
        thread.start()
        started.append(thread)
    for thread in started:
        thread.join()


def pooled(pool, tasks, units):
    futures = [pool.submit(compute, units, task) for task in range(tasks)]
    for future in futures:
        future.result()


async def event_loop(tasks, units):
    await asyncio.gather(*[asyncio.create_task(compute_in_a_coroutine(units, task)) for task in range(tasks)])


async def waits(tasks, milliseconds):
    await asyncio.gather(*[asyncio.create_task(asyncio.sleep(milliseconds / 1000)) for _ in range(tasks)])


def timed(work, *arguments):
    start = time.perf_counter_ns()
    work(*arguments)
    return time.perf_counter_ns() - start


async def timed_on_loop(work, *arguments):
    await asyncio.create_task(asyncio.sleep(0))
    start = time.perf_counter_ns()
    await work(*arguments)
    return time.perf_counter_ns() - start


def pool_map(chunk, tasks, units):
    import functools
    import multiprocessing

    with multiprocessing.Pool(WORKERS) as pool:
        pool.map(time.sleep, [0.05] * WORKERS, 1)
        return timed(pool.map, functools.partial(compute, units), range(tasks), chunk)


def joblib_parallel(tasks, units):
    import joblib

    with joblib.Parallel(WORKERS) as parallel:
        parallel(joblib.delayed(time.sleep)(0.05) for _ in range(WORKERS))
        return timed(parallel, (joblib.delayed(compute)(units, task) for task in range(tasks)))


def dask_cluster(tasks, units):
    from distributed import Client, LocalCluster

    def submitted(client):
        client.gather([client.submit(compute, units, task, pure=False) for task in range(tasks)])

    settings = {"n_workers": WORKERS, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(**settings) as cluster, Client(cluster) as client:
        client.gather([client.submit(time.sleep, 0.05, pure=False) for _ in range(WORKERS)])
        return timed(submitted, client)


def main(model, tasks, amount):
    if model.startswith("py-pool{chunk="):
        return pool_map(int(model[len("py-pool{chunk=") : -1]), tasks, amount)
    if model == "py-joblib":
        return joblib_parallel(tasks, amount)
    if model == "py-dask":
        return dask_cluster(tasks, amount)
    if model == "py-uvloop":
        import uvloop

        return uvloop.run(timed_on_loop(event_loop, tasks, amount))
    if model == "py-sequential":
        return timed(sequential, tasks, amount)
    if model == "py-threads":
        return timed(threads, tasks, amount)
    if model == "py-asyncio":
        return asyncio.run(timed_on_loop(event_loop, tasks, amount))
    if model == "waits":
        return asyncio.run(timed_on_loop(waits, tasks, amount))
    executor = ThreadPoolExecutor if model == "py-thread-pool" else ProcessPoolExecutor
    with executor(max_workers=WORKERS) as pool:
        # The workers are up before the clock starts.
        list(pool.map(time.sleep, [0.05] * WORKERS))
        return timed(pooled, pool, tasks, amount)


if __name__ == "__main__":
    print(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
