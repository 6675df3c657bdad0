"""Rows of tasks: where each word is, and that they hold what was done."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from concurrency_lab_program import loop_steps, recorder, row, steps
from concurrency_lab_program.failures import Failure
from concurrency_lab_program.kernels import kernel_of, start_state
from concurrency_lab_program.loops import Asyncio
from conftest import make_config, read_rows

WAIT = {"kind": "wait"}
COMPUTE = {"kind": "compute", "kernel": "splitmix"}
FILE = {"kind": "file", "sync": False, "largest": 5000}
INCREMENT = {"kind": "increment", "protection": "none"}


def section(holds: str, lock: str = "mutex") -> dict[str, Any]:
    return {"kind": "critical", "lock": lock, "permits": 1, "holds": holds, "first_timestamp": 0}


pytestmark = pytest.mark.usefixtures("fresh_process")


def test_a_row_holds_moments_in_order_state_and_worker(tmp_path: Path) -> None:
    config: Any = make_config(tmp_path, [COMPUTE, WAIT, COMPUTE], [5, 1_000_000, 7])
    steps.prepare(config)
    for task in range(3):
        recorder.submit(task)
        recorder.run_task(task)
    for task, words in enumerate(read_rows(config)):
        ends = words[row.STAMPS :]
        moments = [words[row.SUBMITTED], words[row.STARTED], *ends]
        assert moments == sorted(moments)
        assert moments[0] > 0
        assert ends[1] - ends[0] >= 1_000_000, "the wait is between two ends"
        assert words[row.FINISHED] == ends[-1]
        assert words[row.STATE] == kernel_of("splitmix")(12, start_state(7, task))
        assert words[row.WORKER_AND_CORE] == 0, "the one loop, and a core that is not known"
        assert words[row.WAITED] == 0


def test_a_task_on_a_loop_has_the_same_state(tmp_path: Path) -> None:
    kinds = [COMPUTE, {"kind": "compute", "kernel": "fib-await"}, WAIT, section("compute"), INCREMENT, FILE]
    config: Any = make_config(tmp_path, kinds, [5, 2, 10_000, 3, 4, 5000], model="py-asyncio")
    steps.prepare(config)
    for task in range(3):
        recorder.run_task(task)
    blocking = read_rows(config)

    async def on_loop() -> None:
        loop_steps.prepare_loop(config, Asyncio())
        await asyncio.gather(*[recorder.run_task_on_loop(task) for task in range(3)])

    asyncio.run(on_loop())
    awaited = read_rows(config)
    assert [words[row.STATE] for words in awaited] == [words[row.STATE] for words in blocking]
    for words, before in zip(awaited, blocking):
        assert words[row.STARTED] > before[row.FINISHED]
        ends = words[row.STAMPS : row.STAMPS + 6]
        assert ends == sorted(ends)
        inside = words[row.STAMPS + 6 :]
        assert ends[2] <= inside[0] <= inside[1] <= ends[3], "the section lies within its step"


def test_a_core_and_a_worker_share_a_word(tmp_path: Path) -> None:
    config: Any = make_config(tmp_path, [WAIT], [0], model="py-threads")
    steps.prepare(config)
    recorder.trial.core = lambda: 5
    recorder.run_task(2)
    assert read_rows(config)[2][row.WORKER_AND_CORE] == 2 << 32 | 6


def test_waiting_for_the_interpreter_is_wall_less_cpu_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config: Any = make_config(tmp_path, [COMPUTE], [1], record_waits=True)
    monkeypatch.setattr(time, "thread_time_ns", iter([100, 130]).__next__)
    do = recorder.recording_waits(lambda task, state: state)
    recorder.open_record(config)
    monkeypatch.setattr(recorder, "now", iter([1000, 1050]).__next__)
    assert do(0, 9) == 9
    assert recorder.trial.rows[row.WAITED] == (1050 - 1000) - (130 - 100)


def test_a_sleep_that_ends_late_has_waited_for_the_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config: Any = make_config(tmp_path, [WAIT], [1_000], record_waits=True, sleep_overshoot=100)
    steps.prepare(config)
    monkeypatch.setattr(steps, "now", iter([5_000, 9_000]).__next__)
    assert recorder.trial.steps[0](1, 3) == 3
    words = read_rows(config)[1]
    assert words[-1] == 9_000 - 5_000 - 1_000 - 100
    assert words[row.WAITED] == 0, "this word is for steps that compute"


def test_amounts_are_the_same_for_all_or_one_row_for_each_task(tmp_path: Path) -> None:
    config: Any = make_config(tmp_path, [WAIT, WAIT], [1, 2, 3, 4, 5, 6], same_amounts=False)
    steps.prepare(config)
    assert [recorder.amount(task, index) for task in range(3) for index in range(2)] == [1, 2, 3, 4, 5, 6]
    config["same_amounts"] = True
    assert [recorder.amount(task, index) for task in range(3) for index in range(2)] == [1, 2, 1, 2, 1, 2]


@pytest.mark.parametrize("on_loop", [False, True])
def test_a_step_that_fails_names_task_and_step(tmp_path: Path, on_loop: bool) -> None:
    config: Any = make_config(tmp_path, [COMPUTE, FILE], [1, 10])
    steps.prepare(config)
    config["folder"] = str(tmp_path / "not there")
    recorder.trial.ready = False
    steps.prepare(config)

    async def awaited() -> None:
        loop_steps.prepare_loop(config, Asyncio())
        await recorder.run_task_on_loop(1)

    with pytest.raises(Failure) as raised:
        asyncio.run(awaited()) if on_loop else recorder.run_task(1)
    sent = raised.value.to_send()
    assert (sent["problem"], sent["task"], sent["step"], sent["step_kind"]) == ("step", 1, 1, "file")
    assert sent["message"].startswith("FileNotFoundError: ")
    assert read_rows(config)[1][row.FINISHED] == 0, "it did not finish"


@pytest.mark.parametrize("lock", ["mutex", "semaphore", "condvar"])
def test_a_section_lets_one_in(tmp_path: Path, lock: str) -> None:
    import threading

    config: Any = make_config(tmp_path, [section("wait", lock)], [3_000_000], model="py-threads")
    steps.prepare(config)
    threads = [threading.Thread(target=recorder.run_task, args=(task,)) for task in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    inside = sorted(words[row.STAMPS + 1 :] for words in read_rows(config))
    assert all(before[1] <= after[0] for before, after in zip(inside, inside[1:])), inside


def test_content_has_no_two_equal_pages_and_sums_are_those_of_the_bytes() -> None:
    from concurrency_lab_program.resources import content, pieces, sum_of

    block = content(100_000)
    pages = [block[begin : begin + 4096] for begin in range(0, len(block), 4096)]
    assert len(block) == 100_000
    assert len(set(pages)) == len(pages)
    for size in (0, 1, 99_999, 100_000, 250_001):
        assert sum_of(size, block, {}) == sum(sum(piece) for piece in pieces(size, block))
        assert sum(len(piece) for piece in pieces(size, block)) == size
