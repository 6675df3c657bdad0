"""Figures of the system about this process and the machine: CPU time, switches, storage, memory, pressure."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Optional

    # CPU time in user and kernel mode (nanoseconds), switches of both kinds, bytes read and written.
    # None where the system has no figure.
    Used = list[Optional[int]]

NOTHING_USED = [0] * 6
runs_programs = False  # True where tasks run programs, which are this process's children


def read(who: str) -> Used:
    """Returns what this process ("self") or those it has waited for ("children") have used so far."""
    try:
        import resource
    except ImportError:
        return [None] * 6
    used = resource.getrusage({"self": resource.RUSAGE_SELF, "children": resource.RUSAGE_CHILDREN}[who])
    # Other systems than Linux count operations of unknown size.
    storage: Used = [used.ru_inblock * 512, used.ru_oublock * 512] if sys.platform == "linux" else [None, None]
    times = [round(used.ru_utime * 1e9), round(used.ru_stime * 1e9)]
    return [*times, used.ru_nvcsw, used.ru_nivcsw, *storage]


def own() -> Used:
    """Returns what this process has used so far, with the programs that its tasks have run."""
    return plus(read("self"), read("children")) if runs_programs else read("self")


def plus(left: Used, right: Used) -> Used:
    return [None if a is None or b is None else a + b for a, b in zip(left, right)]


def minus(left: Used, right: Used) -> Used:
    return [None if a is None or b is None else max(0, a - b) for a, b in zip(left, right)]


def peak_memory() -> int | None:
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


def pss(processes: Iterable[int]) -> int | None:
    """Returns the proportional set size of processes at this moment, in bytes."""
    total = 0
    try:
        for process in processes:
            with open(f"/proc/{process}/smaps_rollup") as rollup:
                total += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) * 1024
    except (OSError, StopIteration):
        return None
    return total


def pressure() -> int | None:
    """Returns the nanoseconds so far in which anything on this machine was ready and had no core (Linux)."""
    try:
        with open("/proc/pressure/cpu") as file:
            return int(file.readline().rpartition("total=")[2]) * 1000
    except (OSError, ValueError):
        return None
