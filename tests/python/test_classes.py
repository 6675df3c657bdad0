"""Classes of tasks: which rows repetitions get, and that every model repeats until the other tasks are done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from concurrency_lab_program import recorder, row
from concurrency_lab_program.class_tasks import file_of, find_class
from concurrency_lab_program.classes import Repeater, all_repeaters
from concurrency_lab_program.recorder import open_record, trial
from concurrency_lab_program.registry import DRIVER_MODULES
from conftest import make_config, read_rows, run_program
from test_program import skip_where_missing

# Models without drivers for classes, which the lab refuses, and one under which nothing may repeat.
WITHOUT = {"py-pool", "py-asyncio-multi", "py-uvloop", "py-joblib", "py-dask", "py-sequential"}
MODELS = sorted({model for models in DRIVER_MODULES.values() for model in models} - WITHOUT)
COMPUTE = {"kind": "compute", "kernel": "splitmix"}
WAIT = {"kind": "wait"}
KEPT = 50  # repetitions of each repeater that have rows


def with_classes(folder: Path, model: str, workers: int | None, **changes: Any) -> dict[str, Any]:
    """Five tasks of two classes, and two that repeat."""
    (folder / "classes").write_bytes(bytes([0, 1, 0, 0, 1]))
    classes = [
        {"first_step": 0, "steps": 1, "workers": None},
        {"first_step": 1, "steps": 1, "workers": None},
        {"first_step": 2, "steps": 1, "workers": workers},
    ]
    changes = {
        "model": model,
        "tasks": 5,
        "classes": classes,
        "class_of_tasks": str(folder / "classes"),
        "repeaters": [2, 2],
        "recorded_repeats": KEPT,
        "repeat_rows": 2 * (KEPT + 1),
        **changes,
    }
    return make_config(folder, [COMPUTE, WAIT, COMPUTE], [20, 30_000_000, 1_000], **changes)


@pytest.mark.usefixtures("fresh_process")
def test_repetitions_have_rows_of_their_own_until_there_are_no_more(tmp_path: Path) -> None:
    config: Any = with_classes(tmp_path, "py-threads", None)
    open_record(config)
    assert [find_class(task) for task in range(9)] == [0, 1, 0, 0, 1, 2, 2, 2, 2]
    second = Repeater(config, 1)
    trial.completed_repeats = [0, 0]
    assert [second.task, second.next(), second.task] == [6, True, 8]
    second.count = KEPT + 7
    assert second.task == 5 + 2 * KEPT + 1
    assert [file_of(second.task), file_of(5), file_of(3)] == [6, 5, 3]
    trial.stopped = True
    assert not second.next()
    assert len(all_repeaters(config)) == 2
    assert not recorder.trial.stopped


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("workers", [None, 2])
def test_a_model_repeats_until_the_others_are_done(
    interpreter: str, tmp_path: Path, model: str, workers: int | None
) -> None:
    skip_where_missing(interpreter, model)
    config = with_classes(tmp_path, model, workers)
    report = run_program(interpreter, tmp_path, config).only("report")
    rows = read_rows(config)
    for words in rows[:5]:
        assert report["begun"] <= words[row.SUBMITTED] <= words[row.STARTED] <= words[row.FINISHED] <= report["ended"]
    ended = [words for words in rows[5 : 5 + 2 * KEPT] if words[row.FINISHED]]
    assert ended, "at least one repetition"
    for words in ended:
        assert words[row.SUBMITTED] <= words[row.STARTED] <= words[row.STAMPS + 2] == words[row.FINISHED]
    assert len(report["repeats"]) == 2
    assert sum(report["repeats"]) >= sum(words[row.FINISHED] <= report["ended"] for words in ended) - 2
