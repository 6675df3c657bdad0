"""Calls a function of a file under one model, as a script that knows nothing of the lab does. Prints the nanoseconds.

Usage: plain_code.py MODEL TASKS WORKERS FILE
"""

import os
import sys
import time


def sequential(work, tasks, workers):
    begin = time.perf_counter_ns()
    results = [work(task) for task in range(tasks)]
    return time.perf_counter_ns() - begin, results


def thread_pool(work, tasks, workers):
    import threading
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=workers) as pool:
        barrier = threading.Barrier(workers)
        list(pool.map(lambda _: barrier.wait(), range(workers)))
        begin = time.perf_counter_ns()
        futures = [pool.submit(work, task) for task in range(tasks)]
        results = [future.result() for future in futures]
        return time.perf_counter_ns() - begin, results


def process_pool(work, tasks, workers):
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(max_workers=workers) as pool:
        for future in [pool.submit(time.sleep, 0.05) for _ in range(workers)]:
            future.result()
        begin = time.perf_counter_ns()
        futures = [pool.submit(work, task) for task in range(tasks)]
        results = [future.result() for future in futures]
        return time.perf_counter_ns() - begin, results


def threads(work, tasks, workers):
    import threading

    results = [None] * tasks

    def keep(task):
        results[task] = work(task)

    begin = time.perf_counter_ns()
    started = [threading.Thread(target=keep, args=(task,)) for task in range(tasks)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return time.perf_counter_ns() - begin, results


def pool(work, tasks, workers):
    import multiprocessing

    with multiprocessing.Pool(workers) as pool:
        pool.map(time.sleep, [0.05] * workers, 1)
        begin = time.perf_counter_ns()
        results = pool.map(work, range(tasks))
        return time.perf_counter_ns() - begin, results


async def on_loop(work, tasks):
    import asyncio

    async def call(task):
        return work(task)

    await asyncio.create_task(asyncio.sleep(0))
    begin = time.perf_counter_ns()
    results = await asyncio.gather(*[asyncio.create_task(call(task)) for task in range(tasks)])
    return time.perf_counter_ns() - begin, results


def event_loop(work, tasks, workers):
    import asyncio

    return asyncio.run(on_loop(work, tasks))


def uvloop(work, tasks, workers):
    import uvloop

    return uvloop.run(on_loop(work, tasks))


def joblib(work, tasks, workers):
    import joblib

    with joblib.Parallel(workers) as parallel:
        parallel(joblib.delayed(time.sleep)(0.05) for _ in range(workers))
        begin = time.perf_counter_ns()
        results = parallel(joblib.delayed(work)(task) for task in range(tasks))
        return time.perf_counter_ns() - begin, results


def dask(work, tasks, workers):
    from distributed import Client, LocalCluster

    settings = {"n_workers": workers, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(**settings) as cluster, Client(cluster) as client:
        client.gather([client.submit(time.sleep, 0.05, pure=False) for _ in range(workers)])
        begin = time.perf_counter_ns()
        results = client.gather([client.submit(work, task, pure=False) for task in range(tasks)])
        return time.perf_counter_ns() - begin, results


def to_thread(work, tasks, workers):
    import asyncio
    import threading
    from concurrent.futures import ThreadPoolExecutor

    async def run():
        pool = ThreadPoolExecutor(max_workers=workers)
        asyncio.get_running_loop().set_default_executor(pool)
        barrier = threading.Barrier(workers)
        await asyncio.gather(*[asyncio.to_thread(barrier.wait) for _ in range(workers)])
        begin = time.perf_counter_ns()
        results = await asyncio.gather(*[asyncio.to_thread(work, task) for task in range(tasks)])
        return time.perf_counter_ns() - begin, results

    return asyncio.run(run())


MODELS = {
    "py-sequential": sequential,
    "py-threads": threads,
    "py-thread-pool": thread_pool,
    "py-process-pool": process_pool,
    "py-pool": pool,
    "py-asyncio": event_loop,
    "py-uvloop": uvloop,
    "py-joblib": joblib,
    "py-dask": dask,
    "py-asyncio-threads": to_thread,
}

if __name__ == "__main__":
    model, tasks, workers, path = sys.argv[1:]
    sys.path.insert(0, os.path.dirname(path))
    module = __import__(os.path.splitext(os.path.basename(path))[0])
    nanos, results = MODELS[model](module.work, int(tasks), int(workers))
    assert len(results) == int(tasks)
    print(nanos)
