"""Executes one trial of Concurrency Lab on this interpreter, or measures its kernels.

The lab starts it, tells it everything in one line of JSON on stdin, and hears lines of JSON on stdout.
One row of 64-bit words per task goes into a file that all processes of the trial share. What stands
between the marks "code of" and "end" is what the lab shows as a model's code.
"""

import json
import os
import sys
import time

now = time.perf_counter_ns

GREETING = b"concurrency-lab-python 1"
MASK = 0xFFFFFFFFFFFFFFFF
GOLDEN = 0x9E3779B97F4A7C15
BEAT = 10_000_000  # nanoseconds between two beats of the ticker

# The words of a task's row. The ends of its steps, the marks within them and, for a process of its own,
# what that used follow.
SUBMITTED, STARTED, FINISHED, PLACE, STATE, HELD_UP, STAMPS = range(7)
USED = 7  # words: the six of `Usage`, each plus one (0 = not known), and the peak memory


# ---------------------------------------------------------------- kernels: the same work as in Rust


def mix(value):
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def start_state(seed, task):
    return mix((seed + GOLDEN * (task + 1)) & MASK)


def mixed(state, result):
    return mix(state ^ mix(result & MASK))


def splitmix(units, state):
    # Literals: a global number would be counted up and down by all threads of a free-threaded build.
    for _ in range(units):
        state = (state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        state = state ^ (state >> 31)
    return state


def sha256(units, state):
    if units == 0:
        return state
    digest_of = sys.modules["hashlib"].sha256
    block = state.to_bytes(8, "little") + bytes(24)
    for _ in range(units):
        block = digest_of(block).digest()
    return int.from_bytes(block[:8], "little")


LARGE_TAIL = bytes(65536 - 32)


def sha256_large(units, state):
    """Blocks of 64 KiB: hashlib lets go of the interpreter lock while it works on one."""
    if units == 0:
        return state
    digest_of = sys.modules["hashlib"].sha256
    block = state.to_bytes(8, "little") + bytes(24)
    for _ in range(units):
        digest = digest_of(block)
        digest.update(LARGE_TAIL)
        block = digest.digest()
    return int.from_bytes(block[:8], "little")


def naive_fib(n):
    return n if n < 2 else naive_fib(n - 1) + naive_fib(n - 2)


def fib(units, state):
    for _ in range(units):
        state = mix((state + naive_fib(15)) & MASK)
    return state


async def awaited_fib(n):
    return n if n < 2 else await awaited_fib(n - 1) + await awaited_fib(n - 2)


async def fib_await(units, state):
    """Every call is awaited, as in the async version of a well-known tutorial."""
    for _ in range(units):
        state = mix((state + await awaited_fib(15)) & MASK)
    return state


def kernel_of(name):
    """The kernel, with what it needs: importing is no part of a task."""
    if name.startswith("sha256"):
        import hashlib

        hashlib.sha256(b"").digest()
    return KERNELS[name]


KERNELS = {"splitmix": splitmix, "sha256": sha256, "sha256-large": sha256_large, "fib": fib, "fib-await": fib}


# ---------------------------------------------------------------- what the tasks of a process need


class Trial:
    """All that is known in this process. One per process, or per sub-interpreter."""

    config = None
    rows = None  # memoryview of 64-bit words over the shared file
    file = None
    width = 0
    amounts = None
    steps = ()  # what a task does, the blocking way: one function per step
    awaited = ()  # what a task does on an event loop: (function, how it is called: SLEEP, AWAIT or CALL)
    awaits = 0  # how many of them
    sleep = None  # of the event loop
    slack = 0  # nanoseconds by which a sleep ends late with nothing else going on
    failed = []  # of threads, which can't pass an exception on


trial = Trial()


def open_words(path, access):
    import mmap

    with open(path, "r+b") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return None, memoryview(b"").cast("Q")
        mapped = mmap.mmap(file.fileno(), 0, access=access)
    return mapped, memoryview(mapped).cast("Q")


def prepare(config, shared=None):
    """Makes everything ready in this process. `shared`: locks that processes share."""
    import mmap

    if trial.config is not None:
        return
    trial.file, trial.rows = open_words(config["records"], mmap.ACCESS_WRITE)
    trial.amounts = open_words(config["amounts"], mmap.ACCESS_READ)[1]
    trial.width = config["width"]
    trial.slack = config.get("slack", 0)
    trial.config = config
    here = Blocking(config, shared or {})
    trial.steps = [here.step(place, step) for place, step in enumerate(config["steps"])]


def amount(task, place):
    steps = len(trial.config["steps"])
    return trial.amounts[place if trial.config["alike"] else task * steps + place]


def submit(task):
    trial.rows[task * trial.width + SUBMITTED] = now()


def mark(task, number):
    trial.rows[task * trial.width + STAMPS + len(trial.config["steps"]) + number] = now()


def current_core():
    """The core that runs this thread, from 0, or a function that does not know."""
    try:
        import ctypes

        # PyDLL keeps the interpreter lock: letting go of it would invite a switch.
        call = ctypes.PyDLL(None).sched_getcpu
        call.argtypes = ()
        call()
        return call
    except Exception:
        return lambda: -1


class Failed(Exception):
    """A step could not be done."""


def failed(task, place, error):
    kind = trial.config["steps"][place]["kind"]
    return Failed(f"task {task} failed at step {place + 1} ({kind}): {type(error).__name__}: {error}")


def run(task):
    """One task, the blocking way: its steps in order, each with the moment of its end."""
    rows, row = trial.rows, task * trial.width
    place = 0
    started = ended = now()
    state = start_state(trial.config["seed"], task)
    try:
        for place, step in enumerate(trial.steps):
            state = step(task, state)
            ended = now()
            rows[row + STAMPS + place] = ended
    except Exception as error:
        raise failed(task, place, error) from error
    finish(task, started, ended, state)
    return state


SLEEP, AWAIT, CALL = range(3)


async def perform(task):
    """One task on an event loop: what can be awaited is awaited, computing blocks the loop.

    A hundred thousand tasks may wait at once, each with this frame and all that it holds: stamps and state go
    into the task's row, and a wait awaits the loop's own sleep, without a coroutine of the lab's in between."""
    begin(task)
    place = 0
    try:
        while place < trial.awaits:
            step, how = trial.awaited[place]
            if how == SLEEP:
                step = step(task)
                if step:
                    await trial.sleep(step)
            else:
                state = step(task, state_of(task))
                put_state(task, await state if how == AWAIT else state)
            ended(task, place)
            place += 1
    except Exception as error:
        raise failed(task, place, error) from error
    finish_awaited(task, place)


def begin(task):
    started = now()
    rows, row = trial.rows, task * trial.width
    rows[row + STARTED] = started
    rows[row + STATE] = start_state(trial.config["seed"], task)


def ended(task, place):
    trial.rows[task * trial.width + STAMPS + place] = now()


def state_of(task):
    return trial.rows[task * trial.width + STATE]


def put_state(task, state):
    trial.rows[task * trial.width + STATE] = state


def finish_awaited(task, steps):
    rows, row = trial.rows, task * trial.width
    rows[row + PLACE] = (trial.worker_of(task) << 32) | (trial.core() + 1)
    rows[row + FINISHED] = rows[row + STAMPS + steps - 1] if steps else rows[row + STARTED]


def finish(task, started, ended, state):
    rows, row = trial.rows, task * trial.width
    rows[row + STARTED] = started
    rows[row + PLACE] = (trial.worker_of(task) << 32) | (trial.core() + 1)
    rows[row + STATE] = state
    rows[row + FINISHED] = ended


def worker_of(config):
    """Who runs a task: the task's own thread or process, a thread's id, or the one loop."""
    model = config["model"]
    if model in ("py-threads", "py-processes"):
        return lambda task: task
    if model in ("py-thread-pool", "py-asyncio-threads", "py-interpreters"):
        from threading import get_native_id

        return lambda task: get_native_id()
    if model == "py-process-pool":
        # Asked each time: a forked worker has this function from its parent.
        return lambda task: os.getpid()
    return lambda task: 0


# ---------------------------------------------------------------- steps, the blocking way


class Places:
    """So many may be inside; the others wait on a condition variable until a place is handed over."""

    def __init__(self, changed, free):
        self.changed, self.free = changed, free

    def __enter__(self):
        with self.changed:
            while self.free[0] == 0:
                self.changed.wait()
            self.free[0] -= 1

    def __exit__(self, *_):
        with self.changed:
            self.free[0] += 1
            self.changed.notify()


x = 0  # the counter of increment steps
cells = {}  # the counters of workers that each have their own


def add_unprotected(count):
    global x
    for _ in range(count):
        x = x + 1


def add_with_call(count):
    global x
    for _ in range(count):
        x = int(x) + 1


def add_locked(count, lock):
    global x
    for _ in range(count):
        with lock:
            x = x + 1


def add_per_worker(count):
    from threading import get_ident

    own = cells.setdefault(get_ident(), [0])
    for _ in range(count):
        own[0] += 1


def held_up(do):
    """Adds to the record how long a step that keeps the interpreter busy was held up: wall time that
    was not CPU time of its thread."""
    cpu = time.thread_time_ns

    def step(task, state):
        wall, used = now(), cpu()
        state = do(task, state)
        trial.rows[task * trial.width + HELD_UP] += max(0, (now() - wall) - (cpu() - used))
        return state

    return step


class Blocking:
    """What the steps of threads and processes need, made once."""

    def __init__(self, config, shared):
        self.config, self.shared = config, shared
        trial.core = current_core() if config["cores"] else lambda: -1
        trial.worker_of = worker_of(config)

    def step(self, place, step):
        do = getattr(self, step["kind"].replace("-", "_"))(place, step)
        busy = step["kind"] in ("compute", "increment")
        return held_up(do) if self.config["held_up"] and busy else do

    def compute(self, place, step):
        kernel = kernel_of(step["kernel"])
        return lambda task, state: kernel(amount(task, place), state)

    def wait(self, place, step):
        sleep = time.sleep

        def do(task, state):
            nanos = amount(task, place)
            if nanos:
                sleep(nanos / 1e9)
            return state

        def watched(task, state):
            nanos = amount(task, place)
            if nanos:
                before = now()
                sleep(nanos / 1e9)
                late = now() - before - nanos - trial.slack
                if late > 0:
                    trial.rows[task * trial.width + HELD_UP] += late
            return state

        return watched if self.config["held_up"] else do

    def http(self, place, step):
        from collections import deque
        from http.client import HTTPConnection

        idle = deque()
        server, wanted = self.config["server"], step["bytes"]
        headers = {"x-trial-token": server["token"]}

        def do(task, state):
            try:
                connection = idle.pop()
            except IndexError:
                connection = HTTPConnection("127.0.0.1", server["port"])
            connection.request("GET", f"/{amount(task, place)}/{wanted}", headers=headers)
            response = connection.getresponse()
            body = response.read()
            whole(response.status, len(body), wanted)
            idle.append(connection)
            return mixed(state, len(body))

        return do

    def file(self, place, step):
        block, known = block_of(self.config, step["largest"])
        folder, sync = self.config["folder"], step["sync"]

        def do(task, state):
            size = amount(task, place)
            write_and_read(os.path.join(folder, f"file-{place}-{task}"), size, sync, block)
            return mixed(state, sum_of(size, block, known))

        return do

    def critical(self, place, step):
        lock = self.shared.get(place) or threading_lock(step)
        if isinstance(lock, tuple):
            lock = Places(*lock)
        first, kernel, sleep = step["first_mark"], splitmix, time.sleep
        computes = step["holds"] == "compute"
        inside = (lambda task, state: kernel(amount(task, place), state)) if computes else None
        if inside and self.config["held_up"]:
            inside = held_up(inside)

        def do(task, state):
            with lock:
                mark(task, first)
                if inside:
                    state = inside(task, state)
                else:
                    sleep(amount(task, place) / 1e9)
                mark(task, first + 1)
            return state

        return do

    def increment(self, place, step):
        protection = step["protection"]
        if protection == "mutex":
            from threading import Lock

            lock = Lock()
            add = lambda count: add_locked(count, lock)
        else:
            add = {"none": add_unprotected, "none-call": add_with_call, "per-worker": add_per_worker}[protection]

        def do(task, state):
            add(amount(task, place))
            return state

        return do


def threading_lock(step):
    import threading

    if step["lock"] == "mutex":
        return threading.Lock()
    if step["lock"] == "semaphore":
        return threading.Semaphore(step["permits"])
    return threading.Condition(), [step["permits"]]


def shared_locks(config, context):
    """Locks that processes share, by the place of their step."""
    made = {}
    for place, step in enumerate(config["steps"]):
        if step["kind"] != "critical":
            continue
        if step["lock"] == "mutex":
            made[place] = context.Lock()
        elif step["lock"] == "semaphore":
            made[place] = context.Semaphore(step["permits"])
        else:
            made[place] = (context.Condition(), context.Array("i", [step["permits"]], lock=False))
    return made


def whole(status, received, wanted):
    if status != 200:
        raise OSError(f"the server answered with status {status}")
    if received != wanted:
        raise OSError(f"the body had {received} bytes instead of {wanted}")


def content(largest):
    """What files hold, again and again: no two pages of it alike."""
    from array import array

    words = (min(largest, 1 << 20) + 7) // 8
    block = array("Q", ((word * GOLDEN) & MASK for word in range(words)))
    if sys.byteorder == "big":
        block.byteswap()
    return block.tobytes()[: min(largest, 1 << 20)]


def block_of(config, largest):
    """What files hold, and sums that are known of it. Made once, and read by processes that come later:
    what takes the lab longer than a task must not be in one."""
    blocks = config.setdefault("blocks", {})
    if largest in blocks:
        path, known = blocks[largest]
        with open(path, "rb") as file:
            return file.read(), known
    path, block, known = os.path.join(config["folder"], f"block-{largest}"), content(largest), {}
    with open(path, "wb") as file:
        file.write(block)
    sum_of(largest, block, known)
    blocks[largest] = (path, known)
    return block, known


def sum_of(size, block, known):
    """The sum of all bytes of a file, which its reader has compared byte for byte."""
    if size not in known:
        length = max(len(block), 1)
        known[size] = size // length * sum(block) + sum(block[: size % length])
    return known[size]


def pieces(size, block):
    for begin in range(0, size, max(len(block), 1)):
        yield block if size - begin >= len(block) else block[: size - begin]


def write_and_read(path, size, sync, block):
    with open(path, "w+b") as file:
        for piece in pieces(size, block):
            file.write(piece)
        file.flush()
        if sync:
            os.fsync(file.fileno())
        file.seek(0)
        for piece in pieces(size, block):
            if file.read(len(piece)) != piece:
                raise OSError(f"{path} was not read back as it was written")


# ---------------------------------------------------------------- steps on an event loop


class OnLoop(Blocking):
    """What the steps of an event loop need. `loop` is asyncio or trio behind the same few names."""

    def __init__(self, config, loop):
        super().__init__(config, {})
        self.loop = loop
        trial.sleep = loop.sleep

    def all_steps(self):
        trial.awaited = [self.step(place, step) for place, step in enumerate(self.config["steps"])]
        trial.awaits = len(trial.awaited)

    def step(self, place, step):
        """The step, and how it is called."""
        kind = step["kind"]
        if kind == "compute" and step["kernel"] == "fib-await":

            async def compute(task, state):
                return await fib_await(amount(task, place), state)

            return compute, AWAIT
        if kind in ("compute", "increment"):
            return super().step(place, step), CALL
        return getattr(self, kind)(place, step), SLEEP if kind == "wait" else AWAIT

    def wait(self, place, step):
        """Seconds to sleep."""
        return lambda task: amount(task, place) / 1e9

    def http(self, place, step):
        idle, loop = [], self.loop
        server, wanted = self.config["server"], step["bytes"]

        async def do(task, state):
            connection = idle.pop() if idle else await loop.connect("127.0.0.1", server["port"])
            request = (
                f"GET /{amount(task, place)}/{wanted} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"x-trial-token: {server['token']}\r\n\r\n"
            )
            status, received = await loop.ask(connection, request.encode())
            whole(status, received, wanted)
            idle.append(connection)
            return mixed(state, received)

        return do

    def file(self, place, step):
        (block, known), loop = block_of(self.config, step["largest"]), self.loop
        folder, sync = self.config["folder"], step["sync"]

        async def do(task, state):
            size = amount(task, place)
            await loop.write_and_read(os.path.join(folder, f"file-{place}-{task}"), size, sync, block)
            return mixed(state, sum_of(size, block, known))

        return do

    def critical(self, place, step):
        loop, first = self.loop, step["first_mark"]
        lock = loop.lock(step["lock"], step["permits"])
        computes = step["holds"] == "compute"

        async def do(task, state):
            async with lock:
                mark(task, first)
                if computes:
                    state = splitmix(amount(task, place), state)
                else:
                    await loop.sleep(amount(task, place) / 1e9)
                mark(task, first + 1)
            return state

        return do


class AsyncPlaces:
    """The same as `Places`, awaited."""

    def __init__(self, changed, free):
        self.changed, self.free = changed, free

    async def __aenter__(self):
        async with self.changed:
            while self.free == 0:
                await self.changed.wait()
            self.free -= 1

    async def __aexit__(self, *_):
        async with self.changed:
            self.free += 1
            self.changed.notify()


def length_of(head):
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    raise OSError("the response names no length")


class Asyncio:
    """The standard library has no async HTTP client and no async files: streams, and a thread."""

    def __init__(self):
        import asyncio

        self.asyncio, self.sleep = asyncio, asyncio.sleep

    def connect(self, host, port):
        return self.asyncio.open_connection(host, port)

    async def ask(self, connection, request):
        reader, writer = connection
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(length_of(head))
        return int(head.split(b" ", 2)[1]), len(body)

    def write_and_read(self, *arguments):
        return self.asyncio.to_thread(write_and_read, *arguments)

    def lock(self, kind, permits):
        if kind == "mutex":
            return self.asyncio.Lock()
        if kind == "semaphore":
            return self.asyncio.Semaphore(permits)
        return AsyncPlaces(self.asyncio.Condition(), permits)


class Trio:
    """trio has streams and files of its own."""

    def __init__(self):
        import trio

        self.trio, self.sleep = trio, trio.sleep

    def connect(self, host, port):
        return self.trio.open_tcp_stream(host, port)

    async def ask(self, connection, request):
        await connection.send_all(request)
        got = b""
        while b"\r\n\r\n" not in got:
            piece = await connection.receive_some()
            if not piece:
                raise OSError("the server closed the connection")
            got += piece
        head, _, body = got.partition(b"\r\n\r\n")
        received, wanted = len(body), length_of(head)
        while received < wanted:
            piece = await connection.receive_some()
            if not piece:
                raise OSError("the body broke off")
            received += len(piece)
        return int(head.split(b" ", 2)[1]), received

    async def write_and_read(self, path, size, sync, block):
        async with await self.trio.open_file(path, "w+b") as file:
            for piece in pieces(size, block):
                await file.write(piece)
            await file.flush()
            if sync:
                await self.trio.to_thread.run_sync(os.fsync, file.fileno())
            await file.seek(0)
            for piece in pieces(size, block):
                if await file.read(len(piece)) != piece:
                    raise OSError(f"{path} was not read back as it was written")

    def lock(self, kind, permits):
        if kind == "mutex":
            return self.trio.Lock()
        if kind == "semaphore":
            return self.trio.Semaphore(permits)
        return AsyncPlaces(self.trio.Condition(), permits)


# ---------------------------------------------------------------- the models


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
    for future in futures:
        future.result()
# end


# code of py-interpreters
def py_interpreters(pool, tasks, run):  # pool = InterpreterPoolExecutor(max_workers=workers)
    futures = []
    for task in tasks:
        submit(task)
        futures.append(pool.submit(run, task))
    for future in futures:
        future.result()
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


# ---------------------------------------------------------------- the clock, and what runs around it


class Usage:
    """CPU time, switches and traffic with the storage so far: nanoseconds, counts, bytes. None where the
    system does not say."""

    @staticmethod
    def read(who):
        try:
            import resource
        except ImportError:
            return [None] * 6
        used = resource.getrusage({"self": resource.RUSAGE_SELF, "children": resource.RUSAGE_CHILDREN}[who])
        # Other systems than Linux count operations of unknown size.
        storage = [used.ru_inblock * 512, used.ru_oublock * 512] if sys.platform == "linux" else [None, None]
        times = [round(used.ru_utime * 1e9), round(used.ru_stime * 1e9)]
        return [*times, used.ru_nvcsw, used.ru_nivcsw, *storage]


def plus(left, right):
    return [None if a is None or b is None else a + b for a, b in zip(left, right)]


def minus(left, right):
    return [None if a is None or b is None else max(0, a - b) for a, b in zip(left, right)]


def peak_memory():
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        import resource

        # macOS counts bytes, others KiB.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    except ImportError:
        return None


def pss(processes):
    """Proportional set size of processes at this moment, in bytes; None where the system does not say."""
    total = 0
    try:
        for process in processes:
            with open(f"/proc/{process}/smaps_rollup") as rollup:
                total += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) * 1024
    except (OSError, StopIteration):
        return None
    return total


def pressure():
    """Nanoseconds so far in which anything on this machine was ready and had no core (Linux)."""
    try:
        with open("/proc/pressure/cpu") as file:
            return int(file.readline().rpartition("total=")[2]) * 1000
    except (OSError, ValueError):
        return None


class Ticker:
    """A beat is due every 10 ms beside the work; notes how late it comes. Beats that fall due while an earlier
    one is late are left out, as in the native models."""

    def __init__(self):
        self.begun = self.over = None
        self.due = BEAT  # of the beat that has not come yet, since the beginning
        self.beats = []  # (when it was due, how late it came)

    def begin(self):
        self.begun = now()

    def seconds_left(self):
        return max(0, self.begun + self.due - now()) / 1e9

    def came(self):
        """Notes a beat; false once it is over."""
        if self.over is None:
            self.note(now() - self.begun)
        return self.over is None

    def note(self, at):
        # A timer may fire early: then it is on time.
        self.beats.append((self.due, max(0, at - self.due)))
        self.due = (max(at, self.due) // BEAT + 1) * BEAT

    def on_thread(self):
        import threading

        def beats():
            while True:
                time.sleep(self.seconds_left())
                if not self.came():
                    return

        threading.Thread(target=beats, daemon=True).start()

    async def on_loop(self, sleep):
        while True:
            await sleep(self.seconds_left())
            if not self.came():
                return

    def end(self):
        """A beat that was due by now and has not come is as late as it is now."""
        self.over = now()
        if self.begun is not None and self.begun + self.due <= self.over:
            self.note(self.over - self.begun)
        return self.beats


def stamp_cost(model):
    """Nanoseconds that the lab's stamps and record add to one task, and to the first one: the lab's functions
    with steps that do nothing, less an empty function of the same kind. On a row of its own, before the clock."""
    kept = trial.rows, trial.steps, trial.awaited
    busy = [step["kind"] in ("compute", "increment") for step in trial.config["steps"]]
    nothing = lambda task, state: state
    trial.rows = memoryview(bytearray(trial.width * 8)).cast("Q")
    trial.steps = [held_up(nothing) if trial.config["held_up"] and one else nothing for one in busy]
    trial.awaited = [(step, CALL) for step in trial.steps]
    awaits, submits = model in ("py-asyncio", "py-trio"), model != "py-sequential"

    def empty(task):
        return task

    async def empty_coroutine(task):
        return task

    def resume(coroutine):
        try:
            coroutine.send(None)
        except StopIteration:
            pass

    def recorded(count):
        begun = now()
        for _ in range(count):
            if submits:
                submit(0)
            if awaits:
                resume(perform(0))
            else:
                run(0)
        return (now() - begun) / count

    def bare(count):
        begun = now()
        for _ in range(count):
            if awaits:
                resume(empty_coroutine(0))
            else:
                empty(0)
        return (now() - begun) / count

    first = recorded(1)
    middle = lambda measure: sorted(measure(100) for _ in range(5))[2]
    warm = middle(recorded) - middle(bare)
    trial.rows, trial.steps, trial.awaited = kept
    return max(0.0, warm), first


class Drive:
    """Runs passes around the clock. `workers` tells what worker processes have used so far."""

    def __init__(self, config, say):
        self.config, self.say = config, say
        self.ticker = Ticker() if config["ticker"] else None
        self.tasks = range(config["tasks"])
        self.workers = lambda: None
        self.processes = []  # workers that are up, by id
        self.own = 0  # nanoseconds before the clock that are no setup of the model's
        self.report = {"passes": 1, "workers": None, "start_method": None}

    def tell(self, moment):
        """Tells the lab, which says when to go on."""
        self.say({"clock": moment})
        os.read(0, 1)

    def start(self, start_ticker):
        if trial.failed:
            raise trial.failed[0]
        before = now()
        self.report["stamp"], self.report["first_stamp"] = stamp_cost(self.config["model"])
        self.own += now() - before
        self.workers_before = self.workers()
        self.tell("started")
        self.pressure = pressure()
        if self.ticker:
            self.ticker.begin()
            start_ticker()
        self.before = Usage.read("self")
        self.begun = now()

    def stop(self):
        ended = now()
        report = self.report
        used = minus(Usage.read("self"), self.before)
        # Before the records are copied: that takes memory, and is the lab's.
        report["peak"] = peak_memory()
        after = pressure()
        report["pressure"] = None if after is None or self.pressure is None else after - self.pressure
        if self.ticker:
            report["beats"] = self.ticker.end()
        if self.workers_before is not None:
            used = plus(used, minus(self.workers(), self.workers_before))
            if self.processes:
                report["pss"] = pss([os.getpid(), *self.processes])
        report.update(begun=self.begun, ended=ended, usage=used, got=x + sum(own[0] for own in cells.values()))
        if trial.failed:
            raise trial.failed[0]
        self.tell("first pass")
        # Further passes write over the record of the first.
        self.kept = bytes(trial.file) if self.config["repeat_ms"] and trial.file else None

    def again(self):
        return self.config["repeat_ms"] is not None and now() < self.begun + self.config["repeat_ms"] * 1_000_000

    def over(self):
        self.report["repeated_until"] = now()
        if self.kept is not None:
            trial.file[:] = self.kept
        if trial.failed:
            raise trial.failed[0]
        self.say({"clock": "stopped"})

    def blocking(self, one_pass):
        self.start(self.ticker and self.ticker.on_thread)
        one_pass(self.tasks)
        self.stop()
        while self.again():
            one_pass(self.tasks)
            self.report["passes"] += 1
        self.over()

    async def awaited(self, one_pass, sleep, spawn):
        self.start(lambda: spawn(self.ticker.on_loop, sleep))
        await one_pass(self.tasks)
        self.stop()
        while self.again():
            await one_pass(self.tasks)
            self.report["passes"] += 1
        self.over()


def throttled(tasks, permits):
    """Hands on a task only when a permit is free; `release` gives it back."""
    for task in tasks:
        permits.acquire()
        yield task


def releasing(run, permits):
    def run_and_release(task, *arguments):
        try:
            return run(task, *arguments)
        finally:
            permits.release()

    return run_and_release


def cancelling(pool, one_pass):
    """Where one task fails, those that have not begun need not run."""

    def passing(tasks):
        try:
            one_pass(tasks)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise

    return passing


def meet_threads(pool, workers):
    """Has every thread of a pool do something at the same time: after this all of them are up."""
    import threading

    all_here = threading.Barrier(workers)
    try:
        for future in [pool.submit(all_here.wait) for _ in range(workers)]:
            future.result()
    except BaseException:
        # Where one can't be started, the others would wait for it for ever.
        all_here.abort()
        raise


def drive_model(config, drive):
    """Sets the model up, runs it, takes it apart. Returns when everything is over."""
    return globals()["drive_" + config["model"][3:].replace("-", "_")](config, drive)


def drive_sequential(config, drive):
    prepare(config)
    drive.blocking(lambda tasks: py_sequential(tasks, run))


def drive_threads(config, drive):
    import threading

    prepare(config)
    catch_failures_of_threads()
    permits = config["in_flight"] and threading.Semaphore(config["in_flight"])
    one_run = releasing(run, permits) if permits else run
    warm = threading.Thread(target=int)
    warm.start()
    warm.join()
    drive.blocking(lambda tasks: py_threads(throttled(tasks, permits) if permits else tasks, one_run))


def catch_failures_of_threads():
    import threading

    threading.excepthook = lambda raised: trial.failed.append(raised.exc_value)


def drive_thread_pool(config, drive):
    from concurrent.futures import ThreadPoolExecutor

    prepare(config)
    with ThreadPoolExecutor(max_workers=config["workers"]) as pool:
        meet_threads(pool, config["workers"])
        drive.report["workers"] = config["workers"]
        drive.blocking(cancelling(pool, lambda tasks: py_thread_pool(pool, tasks, run)))
        drive.teardown = now()


def context_of(config, drive):
    import multiprocessing

    if sys.platform == "linux":
        # Named after the trial's folder, so that the lab finds those of a killed trial. Elsewhere such a name
        # may be too long, and nobody could look for it.
        multiprocessing.current_process()._config["semprefix"] = "/" + config["name"]
    context = multiprocessing.get_context(config["start_method"])
    drive.report["start_method"] = context.get_start_method()
    return context


def reason_file(task):
    return os.path.join(trial.config["folder"], f"reason-{task}")


def run_in_process(task, config, shared, permits=None):
    """One task in a process of its own, which first needs what the parent has."""
    try:
        prepare(config, shared)
        run(task)
    except Exception as error:
        words = str(error) if isinstance(error, Failed) else f"task {task}: {type(error).__name__}: {error}"
        with open(reason_file(task), "w") as file:
            file.write(words)
        raise SystemExit(1)
    finally:
        if permits:
            permits.release()
    begin = (task + 1) * trial.width - USED
    for word, value in enumerate(Usage.read("self")):
        trial.rows[begin + word] = 0 if value is None else value + 1
    trial.rows[begin + USED - 1] = peak_memory() or 0


def drive_processes(config, drive):
    context = context_of(config, drive)
    if drive.report["start_method"] != "fork":
        # Loading what tells the core would be a good part of such a process's life.
        config["cores"] = False
    shared = shared_locks(config, context)
    permits = context.Semaphore(config["in_flight"]) if config["in_flight"] else None
    prepare(config, shared)
    # Starts the helpers that multiprocessing needs, once.
    warm = context.Process(target=int)
    warm.start()
    warm.join()

    class Recording:
        """The context, and the processes that it made so far."""

        def Process(self, **arguments):
            made.append(context.Process(**arguments))
            return made[-1]

    made = []

    def check(task, process):
        if process.exitcode in (None, 0):
            return
        words = f"the process of task {task} ended with exit code {process.exitcode}"
        if os.path.exists(reason_file(task)):
            with open(reason_file(task)) as file:
                # Where nothing could be written any more it says nothing.
                words = file.read() or words
        raise Failed(words)

    def throttled_processes(tasks):
        """A process that dies does not give its permit back."""
        for task in tasks:
            while not permits.acquire(timeout=0.2):
                for number, process in enumerate(made):
                    check(number, process)
            yield task

    def one_pass(tasks):
        made.clear()
        tasks = throttled_processes(tasks) if permits else tasks
        for task, process in enumerate(py_processes(Recording(), tasks, run_in_process, config, shared, permits)):
            check(task, process)
            process.close()

    if drive.report["start_method"] == "forkserver":
        # Its processes are the server's children: each has told what it used itself.
        def used_so_far():
            sums = [0] * 6
            for task in range(config["tasks"]):
                begin = (task + 1) * trial.width - USED
                words = list(trial.rows[begin : begin + 6])
                # Before the clock there is nothing yet.
                if any(words):
                    sums = plus(sums, [word - 1 if word else None for word in words])
            return sums

        drive.workers = used_so_far
    else:
        drive.workers = lambda: Usage.read("children")
    drive.blocking(one_pass)
    peaks = [trial.rows[(task + 1) * trial.width - 1] for task in range(config["tasks"])]
    drive.report["workers_peak"] = sum(peaks) if all(peaks) else None


def worker_setup(config, shared, all_here):
    prepare(config, shared)
    trial.all_here = all_here


def worker_report():
    """What this worker has used so far. All workers answer at the same time, so that each does once."""
    trial.all_here.wait(60)
    return os.getpid(), Usage.read("self"), peak_memory()


def drive_process_pool(config, drive):
    from concurrent.futures import ProcessPoolExecutor

    context = context_of(config, drive)
    shared = shared_locks(config, context)
    prepare(config, shared)
    workers = config["workers"]
    all_here = context.Barrier(workers)
    arguments = (config, shared, all_here)
    with ProcessPoolExecutor(workers, context, worker_setup, arguments) as pool:

        def ask():
            try:
                return [future.result() for future in [pool.submit(worker_report) for _ in range(workers)]]
            except BaseException:
                all_here.abort()
                raise

        def used_so_far():
            answers = ask()
            drive.peaks = [peak for _, _, peak in answers]
            drive.processes = [process for process, _, _ in answers]
            sums = [0] * 6
            for _, used, _ in answers:
                sums = plus(sums, used)
            return sums

        drive.workers = used_so_far
        ask()
        drive.report["workers"] = workers
        drive.blocking(cancelling(pool, lambda tasks: py_process_pool(pool, tasks, run)))
        drive.report["workers_peak"] = None if None in drive.peaks else sum(drive.peaks)
        drive.teardown = now()


def interpreter_setup(folder, config):
    """In a sub-interpreter: this module once more, since nothing is shared with the main one."""
    import sys as own_sys

    own_sys.path.insert(0, folder)
    import concurrency_lab_tasks

    concurrency_lab_tasks.prepare(config)


def interpreter_task(task):
    from concurrency_lab_tasks import run as run_here

    return run_here(task)


def interpreter_id():
    import threading
    import time as own_time

    own_time.sleep(0.02)
    return threading.get_native_id()


def drive_interpreters(config, drive):
    from concurrent.futures import InterpreterPoolExecutor

    prepare(config)
    workers = config["workers"]
    setup = (os.path.dirname(os.path.abspath(__file__)), config)
    with InterpreterPoolExecutor(max_workers=workers, initializer=interpreter_setup, initargs=setup) as pool:
        seen = set()
        for _ in range(50):
            # They share no barrier: a short sleep, which is the lab's own, keeps one of them from taking all.
            drive.own += 20_000_000
            seen.update(future.result() for future in [pool.submit(interpreter_id) for _ in range(workers)])
            if len(seen) == workers:
                break
        else:
            raise Failed(f"only {len(seen)} of {workers} interpreters came up")
        drive.report["workers"] = workers
        drive.blocking(cancelling(pool, lambda tasks: py_interpreters(pool, tasks, interpreter_task)))
        drive.teardown = now()


def in_flight_limit(config, semaphore, perform):
    if not config["in_flight"]:
        return perform
    permits = semaphore(config["in_flight"])

    async def limited(task):
        async with permits:
            await perform(task)

    return limited


def drive_asyncio(config, drive):
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    prepare(config)

    async def whole_trial():
        loop = asyncio.get_running_loop()
        # The size that it would have by itself, said here.
        cpus = getattr(os, "process_cpu_count", os.cpu_count)() or 1
        files = ThreadPoolExecutor(max_workers=min(32, cpus + 4))
        loop.set_default_executor(files)
        if any(step["kind"] == "file" for step in config["steps"]):
            meet_threads(files, min(32, cpus + 4))
        here = OnLoop(config, Asyncio())
        here.all_steps()
        limited = in_flight_limit(config, asyncio.Semaphore, perform)
        await asyncio.create_task(asyncio.sleep(0))
        beats = []
        spawn = lambda call, *arguments: beats.append(asyncio.create_task(call(*arguments)))
        await drive.awaited(lambda tasks: py_asyncio(tasks, limited), asyncio.sleep, spawn)
        drive.teardown = now()

    asyncio.run(whole_trial())


def drive_asyncio_threads(config, drive):
    import asyncio
    import threading
    from concurrent.futures import ThreadPoolExecutor

    prepare(config)

    async def whole_trial():
        loop = asyncio.get_running_loop()
        pool = ThreadPoolExecutor(max_workers=config["workers"])
        loop.set_default_executor(pool)
        meet_threads(pool, config["workers"])
        drive.report["workers"] = config["workers"]
        permits = config["in_flight"] and threading.Semaphore(config["in_flight"])

        def limited(task):
            with permits:
                return run(task)

        beats = []
        spawn = lambda call, *arguments: beats.append(asyncio.create_task(call(*arguments)))
        one_pass = lambda tasks: py_asyncio_threads(tasks, limited if permits else run)
        await drive.awaited(one_pass, asyncio.sleep, spawn)
        drive.teardown = now()

    asyncio.run(whole_trial())


def drive_trio(config, drive):
    import trio

    prepare(config)

    async def whole_trial():
        here = OnLoop(config, Trio())
        here.all_steps()
        limited = in_flight_limit(config, trio.Semaphore, perform)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 0)
        async with trio.open_nursery() as beats:
            await drive.awaited(lambda tasks: py_trio(tasks, limited), trio.sleep, beats.start_soon)
            drive.teardown = now()
            beats.cancel_scope.cancel()

    trio.run(whole_trial)


def drive_gevent(config, drive):
    import gevent
    import threading

    prepare(config)
    permits = config["in_flight"] and threading.Semaphore(config["in_flight"])
    one_run = releasing(run, permits) if permits else run
    gevent.spawn(int).join()
    drive.blocking(lambda tasks: py_gevent(throttled(tasks, permits) if permits else tasks, one_run))


# ---------------------------------------------------------------- calibration


def calibrate(kernel):
    """CPU nanoseconds per unit: the median of 15 batches of 1.5 ms, as the Rust kernels are measured."""
    cpu = time.thread_time_ns
    run_kernel, units, state = kernel_of(kernel), 1, 1
    warm_until = cpu() + 20_000_000
    while True:
        before = cpu()
        state = run_kernel(units, state)
        after = cpu()
        if after - before < 750_000:
            units *= 2
        elif after >= warm_until:
            break
    batches, wall_over_cpu = [], float("inf")
    for _ in range(15):
        wall, before = now(), cpu()
        state = run_kernel(units, state)
        used = max(1, cpu() - before)
        wall_over_cpu = min(wall_over_cpu, (now() - wall) / used)
        batches.append(used / units)
    return {"kernel": kernel, "nanos_per_unit": sorted(batches)[7], "wall_over_cpu": wall_over_cpu}


def slack_of_sleep():
    """By how much a sleep ends late where nothing else goes on: the median of five."""
    late = []
    for _ in range(5):
        before = now()
        time.sleep(0.001)
        late.append(now() - before - 1_000_000)
    return max(0, sorted(late)[2])


# ---------------------------------------------------------------- talking to the lab


def gil_enabled():
    asks = getattr(sys, "_is_gil_enabled", None)
    return True if asks is None else asks()


def main(config, say):
    if "calibrate" in config:
        say({"calibrated": [calibrate(kernel) for kernel in config["calibrate"]]})
        return
    if config["model"] == "py-gevent":
        from gevent import monkey

        monkey.patch_all()
    own = now()
    config["slack"] = slack_of_sleep() if config["held_up"] else 0
    own = now() - own
    drive = Drive(config, say)
    drive.teardown = None
    drive_model(config, drive)
    ended = now()
    report = drive.report
    report["own"] = own + drive.own + config["compiling"]
    report["teardown"] = ended - drive.teardown if drive.teardown else 0
    report["slack"] = config["slack"]
    report["gil"] = gil_enabled()
    report["version"] = sys.version.split()[0]
    say({"report": report})


def guarded(config, say):
    """Nothing is lost: what goes wrong is told in one line, and in full on stderr."""
    try:
        main(config, say)
    except BaseException as error:
        import traceback

        traceback.print_exc()
        while getattr(error, "exceptions", None):
            error = error.exceptions[0]
        words = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
        say({"failed": words})


def start(compiling=0):
    """`compiling`: nanoseconds that compiling this program took, which is no part of getting a model ready."""
    # Stdout is the lab's alone: whatever else prints goes to stderr.
    private = os.dup(1)
    os.dup2(2, 1)

    def say(message):
        os.write(private, json.dumps(message).encode() + b"\n")

    os.write(private, b"\n" + GREETING + b"\n")
    config = json.loads(sys.stdin.buffer.readline())
    config["compiling"] = compiling
    if gil_enabled() or config.get("model") == "py-gevent":
        guarded(config, say)
        return
    # The main thread of a free-threaded build is slower than its others: all run where others run.
    import threading

    thread = threading.Thread(target=guarded, args=(config, say))
    thread.start()
    thread.join()
