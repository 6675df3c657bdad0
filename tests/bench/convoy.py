"""The GIL convoy without the lab: the latency of requests beside computing threads, in a plain program.

    python3 tests/bench/convoy.py [asyncio|threads] [COMPUTING]

One client sends request after request: 0.2 ms of computing, then a fetch over HTTP that takes 5 ms, from a server in a
process of its own. Beside it so many threads compute, 20 tasks of 50 ms in all. Prints the median latency above the 5.2 ms
of a request's own, to compare with the preset `gil-convoy` (py-asyncio and py-thread-pool, class Requests), run in turn
with it on the same interpreter.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import statistics
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

TASKS, TASK_MS, OWN_MS = 20, 50.0, 5.2
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


def serve(ports: multiprocessing.Queue[int]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(0.005)
                writer.write(HEAD + bytes(1000))
                await writer.drain()

    async def main() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def compute(units: int) -> int:
    state = 1
    for _ in range(units):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
    return state


def units_per_ms() -> float:
    begun = time.perf_counter()
    compute(200_000)
    return 200_000 / ((time.perf_counter() - begun) * 1e3)


def client_of_threads(port: int, units: int, over: threading.Event) -> list[float]:
    connection, latencies = HTTPConnection("127.0.0.1", port), []
    ended = threading.Event()
    with ThreadPoolExecutor(2) as pool:

        def request(submitted: float) -> None:
            compute(units)
            connection.request("GET", "/")
            connection.getresponse().read()
            latencies.append((time.perf_counter() - submitted) * 1e3)
            if over.is_set():
                ended.set()
            else:  # the worker hands over the next request, as in the preset
                pool.submit(request, time.perf_counter())

        pool.submit(request, time.perf_counter())
        ended.wait()
    return latencies


async def client_of_asyncio(port: int, units: int, over: threading.Event) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies = []

    async def request() -> None:
        compute(units)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(1000)

    while not over.is_set():
        begun = time.perf_counter()
        await asyncio.create_task(request())
        latencies.append((time.perf_counter() - begun) * 1e3)
    return latencies


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "asyncio"
    computing = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(ports,), daemon=True)
    server.start()
    port, rate, over = ports.get(timeout=10), units_per_ms(), threading.Event()

    def compute_all() -> None:
        if not computing:
            time.sleep(TASKS * TASK_MS / 1e3)
        else:
            with ThreadPoolExecutor(computing) as pool:
                list(pool.map(compute, [int(rate * TASK_MS)] * TASKS))
        over.set()

    threading.Thread(target=compute_all).start()
    own = int(rate * 0.2)
    if kind == "threads":
        latencies = client_of_threads(port, own, over)
    else:
        latencies = asyncio.run(client_of_asyncio(port, own, over))
    server.terminate()
    median = statistics.median(latencies)
    print(f"{kind} beside {computing} computing threads: {len(latencies)} requests, median {median:.2f} ms, ", end="")
    print(f"{median - OWN_MS:.2f} ms above its own {OWN_MS} ms")


if __name__ == "__main__":
    main()
