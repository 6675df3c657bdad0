"""Figures of the system, and sums of them."""

from __future__ import annotations

import os
import sys

import pytest
from concurrency_lab_program import usage


def test_sums_and_differences_keep_what_is_not_known() -> None:
    assert usage.plus([1, None, 3], [4, 5, None]) == [5, None, None]
    assert usage.minus([4, None, 3], [1, 5, None]) == [3, None, None]
    assert usage.minus([1], [2]) == [0], "a counter that went back is no negative usage"


def test_cpu_time_of_this_process_grows_by_what_it_computes() -> None:
    before = usage.read("self")
    sum(range(2_000_000))
    used = usage.minus(usage.read("self"), before)
    assert len(used) == 6
    user, system = used[0], used[1]
    assert user is not None and system is not None and user + system > 1_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_memory_of_this_process() -> None:
    peak, now = usage.peak_memory(), usage.pss([os.getpid()])
    assert peak is not None and peak > 1 << 20
    assert now is None or now <= peak
    assert usage.pss([2**31 - 1]) is None, "no such process"


def test_pressure_does_not_go_back() -> None:
    before, after = usage.pressure(), usage.pressure()
    assert (before is None) == (after is None)
    assert before is None or after is None or before <= after
