"""The models. The lab shows the lines between the comments "code of" and "end" as the code of a model.

Contains nothing else. Setting a model up and taking it apart is the drivers' part.
"""

from .pools import submitting
from .recorder import submit


# code of py-sequential
def py_sequential(tasks, run):
    for task in tasks:
        run(task)
# end


# code of py-threads
def py_threads(tasks, run):
    import threading

    threads = []
    for task in tasks:
        thread = threading.Thread(target=run, args=(task,))
        submit(task)
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
# end


# code of py-thread-pool
def py_thread_pool(pool, tasks, run):  # pool = ThreadPoolExecutor(max_workers=workers)
    futures = []
    for task in tasks:
        submit(task)
        futures.append(pool.submit(run, task))
    for future in futures:
        future.result()
# end


# code of py-processes
def py_processes(context, tasks, run, *arguments):  # context = multiprocessing
    processes = []
    for task in tasks:
        process = context.Process(target=run, args=(task, *arguments))
        submit(task)
        process.start()
        processes.append(process)
    for process in processes:
        process.join()
    return processes
# end


# code of py-process-pool
def py_process_pool(pool, tasks, run):  # pool = ProcessPoolExecutor(max_workers=workers)
    futures = []
    for task in tasks:
        submit(task)
        futures.append(pool.submit(run, task))
    return [future.result() for future in futures]
# end


# code of py-process-pool with chunk
def py_process_pool_chunks(pool, tasks, run, chunk):  # pool = ProcessPoolExecutor(max_workers=workers)
    return list(pool.map(run, tasks, chunksize=chunk))
# end


# code of py-interpreters
def py_interpreters(pool, tasks, run):  # pool = InterpreterPoolExecutor(max_workers=workers)
    futures = []
    for task in tasks:
        submit(task)
        futures.append(pool.submit(run, task))
    return [future.result() for future in futures]
# end


# code of py-asyncio
async def py_asyncio(tasks, perform):
    import asyncio

    all_tasks = []
    for task in tasks:
        submit(task)
        all_tasks.append(asyncio.create_task(perform(task)))
    await asyncio.gather(*all_tasks)
# end


# code of py-asyncio-threads
async def py_asyncio_threads(tasks, run):
    import asyncio

    all_tasks = []
    for task in tasks:
        submit(task)
        all_tasks.append(asyncio.create_task(asyncio.to_thread(run, task)))
    await asyncio.gather(*all_tasks)
# end


# code of py-trio
async def py_trio(tasks, perform):
    import trio

    async with trio.open_nursery() as nursery:
        for task in tasks:
            submit(task)
            nursery.start_soon(perform, task)
# end


# code of py-gevent
def py_gevent(tasks, run):  # after gevent.monkey.patch_all()
    import gevent

    greenlets = []
    for task in tasks:
        submit(task)
        greenlets.append(gevent.spawn(run, task))
    gevent.joinall(greenlets, raise_error=True)
# end


# code of py-pool
def py_pool(pool, tasks, run, chunk):  # pool = multiprocessing.Pool(workers); chunk = None: its own choice
    return pool.map(run, submitting(tasks), chunksize=chunk)
# end


# code of py-asyncio-multi
def py_asyncio_multi(loops, tasks, perform):  # loops: one in each of several threads
    import asyncio

    async def share(own):
        all_tasks = []
        for task in own:
            submit(task)
            all_tasks.append(asyncio.create_task(perform(task)))
        await asyncio.gather(*all_tasks)

    futures = []
    for number, loop in enumerate(loops):
        own = tasks[number :: len(loops)]
        futures.append(asyncio.run_coroutine_threadsafe(share(own), loop))
    for future in futures:
        future.result()
# end


# code of py-uvloop
async def py_uvloop(tasks, perform):  # uvloop.run(...)
    import asyncio

    all_tasks = []
    for task in tasks:
        submit(task)
        all_tasks.append(asyncio.create_task(perform(task)))
    await asyncio.gather(*all_tasks)
# end


# code of py-joblib
def py_joblib(parallel, tasks, run):  # parallel = joblib.Parallel(n_jobs=workers), its backend is loky
    from joblib import delayed

    return parallel(delayed(run)(task) for task in submitting(tasks))
# end


# code of py-dask
def py_dask(client, tasks, run):  # client = Client(LocalCluster(n_workers=workers, threads_per_worker=1))
    futures = []
    for task in tasks:
        submit(task)
        futures.append(client.submit(run, task, pure=False))
    return client.gather(futures)
# end
