"""Starts the lab's program. Short, because processes that are spawned read their main script anew each
time, while the module beside it is compiled once."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import concurrency_lab_tasks  # noqa: E402

if __name__ == "__main__":
    concurrency_lab_tasks.start()
