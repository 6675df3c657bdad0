"""Plain programs that give each task data and get data back, as a programmer would write them, without the lab:
`plain_payload.py MODEL TASKS INPUT_BYTES OUTPUT_BYTES KIND`.

Prints the wall time from submitting the first task to having read the last output, nanoseconds. Data is read as the
lab's tasks read it: every byte once, with the interpreter lock held.
"""

import sys
import time
from binascii import crc32
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

WORKERS = 2


def make(kind, word, size):
    return word.to_bytes(8, "little") * (size // 8) if kind == "bytes" else list(range(word, word + size // 8))


def read(data):
    if isinstance(data, list):
        return sum(data)
    view, crc = memoryview(data), 0
    for at in range(0, len(view), 4096):
        crc = crc32(view[at : at + 4096], crc)
    return crc


def work(data, size):
    kind = "list" if isinstance(data, list) else "bytes"
    return make(kind, read(data) & 0xFFFFFFF, size)


def pooled(pool, inputs, size):
    futures = [pool.submit(work, data, size) for data in inputs]
    for future in futures:
        read(future.result())


def distinct_inputs(tasks, input_bytes, kind):
    most = (256 if kind == "bytes" else 64) << 20
    return max(1, min(tasks, most // max(1, input_bytes)))


def main(model, tasks, input_bytes, output_bytes, kind):
    executor = ThreadPoolExecutor if model == "py-thread-pool" else ProcessPoolExecutor
    with executor(max_workers=WORKERS) as pool:
        # The workers are up before the clock starts.
        list(pool.map(time.sleep, [0.05] * WORKERS))
        # As many different inputs as the lab makes; otherwise one side would find its data in the caches. Numbers of
        # 29 bits as in the lab: smaller ones are pickled in fewer bytes, and the smallest are cached by the interpreter.
        distinct = [make(kind, task * 0x9E37_79B1 & 0x1FFF_FFFF, input_bytes) for task in range(distinct_inputs(tasks, input_bytes, kind))]
        inputs = [distinct[task % len(distinct)] for task in range(tasks)]
        start = time.perf_counter_ns()
        pooled(pool, inputs, output_bytes)
        return time.perf_counter_ns() - start


if __name__ == "__main__":
    print(main(sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]))
