"""The models where tasks are given a payload and return one. The lab shows the lines between the comments "code of"
and "end" as the code of a model.

Contains nothing else. `inputs` exists before the clock starts; `receive` reads an output.
"""

from .payload import arrived, receive
from .pools import submitting
from .recorder import submit


# code of py-sequential
def py_sequential_payload(tasks, run, inputs):
    for task in tasks:
        receive(task, run(task, inputs[task]))
# end


# code of py-threads
def py_threads_payload(tasks, run, inputs):
    import threading

    outputs = {}

    def call(task, data):
        outputs[task] = run(task, data)

    threads = []
    for task in tasks:
        thread = threading.Thread(target=call, args=(task, inputs[task]))
        submit(task)
        thread.start()
        threads.append(thread)
    for task, thread in enumerate(threads):
        thread.join()
        receive(task, outputs.pop(task))
# end


# code of py-thread-pool
def py_thread_pool_payload(pool, tasks, run, inputs):  # pool = ThreadPoolExecutor(max_workers=workers)
    futures = []
    for task in tasks:
        submit(task)
        futures.append(pool.submit(run, task, inputs[task]))
    for task, future in enumerate(futures):
        receive(task, future.result())
# end


# code of py-processes
def py_processes_payload(context, tasks, run, inputs, *arguments):  # context = multiprocessing
    outputs = context.Queue()
    processes = []
    for task in tasks:
        process = context.Process(target=run, args=(task, inputs[task], outputs, *arguments))
        submit(task)
        process.start()
        processes.append(process)
    for _ in processes:
        receive(*outputs.get())
    for process in processes:
        process.join()
    return processes
# end


# code of py-process-pool
def py_process_pool_payload(pool, tasks, run, inputs):  # pool = ProcessPoolExecutor(max_workers=workers)
    futures = []
    for task in tasks:
        submit(task)
        future = pool.submit(run, task, inputs[task])
        future.add_done_callback(arrived(task))
        futures.append(future)
    for task, future in enumerate(futures):
        receive(task, future.result())
# end


# code of py-interpreters
def py_interpreters_payload(pool, tasks, run, inputs):  # pool = InterpreterPoolExecutor(max_workers=workers)
    futures = []
    for task in tasks:
        submit(task)
        future = pool.submit(run, task, inputs[task])
        future.add_done_callback(arrived(task))
        futures.append(future)
    for task, future in enumerate(futures):
        receive(task, future.result())
# end


# code of py-asyncio
async def py_asyncio_payload(tasks, perform, inputs):
    import asyncio

    all_tasks = []
    for task in tasks:
        submit(task)
        all_tasks.append(asyncio.create_task(perform(task, inputs[task])))
    for task, output in enumerate(await asyncio.gather(*all_tasks)):
        receive(task, output)
# end


# code of py-asyncio-threads
async def py_asyncio_threads_payload(tasks, run, inputs):
    import asyncio

    all_tasks = []
    for task in tasks:
        submit(task)
        all_tasks.append(asyncio.create_task(asyncio.to_thread(run, task, inputs[task])))
    for task, output in enumerate(await asyncio.gather(*all_tasks)):
        receive(task, output)
# end


# code of py-trio
async def py_trio_payload(tasks, perform, inputs):
    import trio

    outputs = {}

    async def call(task, data):
        outputs[task] = await perform(task, data)

    async with trio.open_nursery() as nursery:
        for task in tasks:
            submit(task)
            nursery.start_soon(call, task, inputs[task])
    for task in tasks:
        receive(task, outputs.pop(task))
# end


# code of py-gevent
def py_gevent_payload(tasks, run, inputs):  # after gevent.monkey.patch_all()
    import gevent

    greenlets = []
    for task in tasks:
        submit(task)
        greenlets.append(gevent.spawn(run, task, inputs[task]))
    gevent.joinall(greenlets, raise_error=True)
    for task, greenlet in enumerate(greenlets):
        receive(task, greenlet.value)
# end


# code of py-pool
def py_pool_payload(pool, tasks, run, inputs, chunk):  # pool = multiprocessing.Pool(workers); chunk = None: its choice
    outputs = pool.starmap(run, zip(submitting(tasks), inputs), chunksize=chunk)
    for task, output in enumerate(outputs):
        receive(task, output)
# end


# code of py-asyncio-multi
def py_asyncio_multi_payload(loops, tasks, perform, inputs):  # loops: one in each of several threads
    import asyncio

    async def share(own):
        all_tasks = []
        for task in own:
            submit(task)
            all_tasks.append(asyncio.create_task(perform(task, inputs[task])))
        return await asyncio.gather(*all_tasks)

    futures = []
    for number, loop in enumerate(loops):
        own = tasks[number :: len(loops)]
        futures.append((own, asyncio.run_coroutine_threadsafe(share(own), loop)))
    for own, future in futures:
        for task, output in zip(own, future.result()):
            receive(task, output)
# end


# code of py-uvloop
async def py_uvloop_payload(tasks, perform, inputs):  # uvloop.run(...)
    import asyncio

    all_tasks = []
    for task in tasks:
        submit(task)
        all_tasks.append(asyncio.create_task(perform(task, inputs[task])))
    for task, output in enumerate(await asyncio.gather(*all_tasks)):
        receive(task, output)
# end


# code of py-joblib
def py_joblib_payload(parallel, tasks, run, inputs):  # parallel = joblib.Parallel(n_jobs=workers), its backend is loky
    from joblib import delayed

    outputs = parallel(delayed(run)(task, data) for task, data in zip(submitting(tasks), inputs))
    for task, output in enumerate(outputs):
        receive(task, output)
# end


# code of py-dask
def py_dask_payload(client, tasks, run, inputs):  # client = Client(LocalCluster(n_workers=workers, ...))
    futures = []
    for task in tasks:
        submit(task)
        futures.append(client.submit(run, task, inputs[task], pure=False))
    for task, output in enumerate(client.gather(futures)):
        receive(task, output)
# end
