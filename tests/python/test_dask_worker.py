"""Workers of a dask scheduler that others run are left as they were."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from concurrency_lab_program import dask_worker
from conftest import make_config


def load(config: Any, locks: object) -> None:
    """Loads modules as steps with functions do; what else they do stays for the life of a process."""
    for step in config["steps"]:
        sys.modules[step["module"]] = ModuleType(step["module"])


@pytest.mark.usefixtures("fresh_process")
@pytest.mark.parametrize("functions", [0, 1, 3])
def test_a_worker_makes_one_folder_for_all_functions_and_removes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, functions: int
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(dask_worker, "prepare_steps", load)
    steps = [{"kind": "call", "module": f"own{step}"} for step in range(functions)]
    config: Any = make_config(tmp_path, steps, [0] * functions, model="py-dask")
    before = config["folder"]
    dask_worker.set_up(config, [0] * functions, dict.fromkeys(range(functions), b""), {"here": 0}, "here")
    made = list(temporary.iterdir())
    assert [config["folder"]] == ([str(folder) for folder in made] or [before])
    assert len(made) == min(functions, 1)
    assert all(f"own{step}" in sys.modules for step in range(functions))
    dask_worker.leave()
    assert list(temporary.iterdir()) == []
    assert Path(before).exists()
    assert not any(f"own{step}" in sys.modules for step in range(functions))
