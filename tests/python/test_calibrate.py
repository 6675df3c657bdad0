"""Measurements before the clock leave no trace in the record."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from concurrency_lab_program import calibrate, recorder, steps
from conftest import make_config, read_rows

pytestmark = pytest.mark.usefixtures("fresh_process")


@pytest.mark.parametrize("model", ["py-sequential", "py-threads", "py-asyncio"])
@pytest.mark.parametrize("waits", [False, True])
def test_the_cost_of_stamps_is_measured_on_a_row_of_its_own(tmp_path: Path, model: str, waits: bool) -> None:
    kinds = [{"kind": "compute", "kernel": "splitmix"}, {"kind": "wait"}]
    config: Any = make_config(tmp_path, kinds, [10**12, 10**12], model=model, record_waits=waits)
    steps.prepare(config)
    before = recorder.trial.rows, recorder.trial.steps, recorder.trial.loop_steps
    warm, first = calibrate.stamp_cost(model)
    # None of the steps was executed: they would take minutes.
    assert 0 < warm < 1_000_000
    assert first > 0
    assert (recorder.trial.rows, recorder.trial.steps, recorder.trial.loop_steps) == before
    assert not any(word for words in read_rows(config) for word in words)


def test_speed_is_cpu_time_for_each_unit() -> None:
    measured = calibrate.calibrate("splitmix")
    assert measured["kernel"] == "splitmix"
    assert 50 < measured["nanos_per_unit"] < 1_000_000
    assert measured["wall_over_cpu"] >= 0.5


def test_the_overshoot_of_sleep_is_the_median_of_five(monkeypatch: pytest.MonkeyPatch) -> None:
    late = [30, 900_000, 10, 20, 40]
    moments = [moment for nanos in late for moment in (0, 1_000_000 + nanos)]
    monkeypatch.setattr(calibrate, "now", iter(moments).__next__)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    assert calibrate.overshoot_of_sleep() == 30
