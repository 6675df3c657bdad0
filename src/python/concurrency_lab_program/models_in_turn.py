"""The models with an event loop, where each task is awaited before the next one is begun. As in `models`, the lab shows
the lines between the comments "code of" and "end", and there is nothing else here.
"""

from .recorder import submit


# code of py-asyncio
async def py_asyncio_in_turn(tasks, perform):
    for task in tasks:
        submit(task)
        await perform(task)
# end


# code of py-uvloop
async def py_uvloop_in_turn(tasks, perform):  # uvloop.run(...)
    for task in tasks:
        submit(task)
        await perform(task)
# end


# code of py-asyncio-threads
async def py_asyncio_threads_in_turn(tasks, run):
    import asyncio

    for task in tasks:
        submit(task)
        await asyncio.to_thread(run, task)
# end


# code of py-asyncio-multi
def py_asyncio_multi_in_turn(loops, tasks, perform):  # loops: one in each of several threads
    import asyncio

    async def share(own):
        for task in own:
            submit(task)
            await perform(task)

    futures = []
    for number, loop in enumerate(loops):
        own = tasks[number :: len(loops)]
        futures.append(asyncio.run_coroutine_threadsafe(share(own), loop))
    for future in futures:
        future.result()
# end


# code of py-trio
async def py_trio_in_turn(tasks, perform):
    for task in tasks:
        submit(task)
        await perform(task)
# end


# code of py-gevent
def py_gevent_in_turn(tasks, run):  # after gevent.monkey.patch_all()
    import gevent

    for task in tasks:
        submit(task)
        gevent.spawn(run, task).get()
# end
