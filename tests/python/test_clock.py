"""The ends of the clock: nothing that the lab does there is counted."""

from __future__ import annotations

from typing import Any

import pytest
from concurrency_lab_program import usage
from concurrency_lab_program.clock import TrialClock, keep_failure
from concurrency_lab_program.recorder import trial


class Lab:
    """A connection to nobody."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: Any) -> None:
        self.sent.append(message)

    send_and_wait = send


def make_clock() -> Any:
    config: Any = {"heartbeat": False, "tasks": 3, "repeat_ms": None, "model": "py-threads"}
    lab: Any = Lab()
    return TrialClock(config, lab)


@pytest.mark.usefixtures("fresh_process")
def test_what_repeats_is_told_to_stop_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[bool] = []

    def read(who: str) -> usage.Used:
        stopped.append(trial.stopped)
        return list(usage.NOTHING_USED)

    monkeypatch.setattr("concurrency_lab_program.clock.stamp_cost", lambda model: (0.0, 0.0))
    monkeypatch.setattr(usage, "read", read)
    clock = make_clock()
    passes: list[range] = []
    clock.run(passes.append)
    assert passes == [range(3)]
    assert stopped == [False, True]
    assert [message["clock"] for message in clock.lab.sent] == ["started", "first pass", "stopped"]


@pytest.mark.usefixtures("fresh_process")
def test_the_failure_of_a_thread_ends_the_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    class Raised:
        exc_value = ValueError("own")

    monkeypatch.setattr("concurrency_lab_program.clock.stamp_cost", lambda model: (0.0, 0.0))
    clock = make_clock()
    with pytest.raises(ValueError, match="own"):
        clock.run(lambda tasks: keep_failure(Raised))
    assert [message["clock"] for message in clock.lab.sent] == ["started"]
