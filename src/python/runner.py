"""Starts the lab's program. Short, because processes that are spawned read their main script anew each
time, while the module beside it is compiled once."""

import os
import sys
import time

compiling = time.perf_counter_ns()
folder = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, folder)

if __name__ == "__main__":
    # Compiled to a file before it is imported from there, as every program's modules are from their second
    # run on. A free-threaded 3.13 counts the uses of constants that were compiled during the import, and
    # threads then wait for each other at the count.
    from importlib.machinery import SourceFileLoader

    name = "concurrency_lab_tasks"
    SourceFileLoader(name, os.path.join(folder, name + ".py")).get_code(name)
compiling = time.perf_counter_ns() - compiling

import concurrency_lab_tasks  # noqa: E402

if __name__ == "__main__":
    concurrency_lab_tasks.start(compiling)
