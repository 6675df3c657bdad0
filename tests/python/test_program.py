"""The program as the lab runs it: its messages, every model and start method, and its failures."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from concurrency_lab_program import row
from concurrency_lab_program.kernels import kernel_of, start_state
from concurrency_lab_program.protocol import GREETING
from concurrency_lab_program.registry import DRIVER_MODULES
from conftest import PACKAGE, SOURCES, make_config, read_rows, run_program

MODELS = sorted(model for models in DRIVER_MODULES.values() for model in models)
COMPUTE = {"kind": "compute", "kernel": "splitmix"}
WAIT = {"kind": "wait"}
LOCKS = ("semaphore", "condvar")
NEEDS = {
    "py-trio": "import trio",
    "py-gevent": "import gevent",
    "py-uvloop": "import uvloop",
    "py-joblib": "import joblib",
    "py-dask": "import distributed",
    "py-interpreters": "import concurrent.futures.interpreter",
}
WITH_WORKERS = ("py-interpreters", "py-asyncio-threads", "py-asyncio-multi", "py-joblib", "py-dask")
REPORT = {"version", "gil", "start_method", "workers", "passes", "begun", "ended", "repeated_until", "own", "teardown"}
REPORT |= {"usage", "peak", "pressure", "stamp", "first_stamp", "counted"}


@cache
def can(interpreter: str, code: str) -> bool:
    return subprocess.run([interpreter, "-I", "-c", code], capture_output=True, check=False).returncode == 0


def skip_where_missing(interpreter: str, model: str) -> None:
    if not can(interpreter, NEEDS.get(model, "")):
        pytest.skip(f"{model} is not possible here")


def check_rows(config: dict[str, Any], report: dict[str, Any]) -> None:
    for task, words in enumerate(read_rows(config)):
        assert words[row.STATE] == kernel_of("splitmix")(20, start_state(7, task))
        assert report["begun"] <= words[row.STARTED] <= words[row.STAMPS] <= words[row.FINISHED] <= report["ended"]
        if config["model"] != "py-sequential":
            assert report["begun"] <= words[row.SUBMITTED] <= words[row.STARTED]


@pytest.mark.parametrize("model", MODELS)
def test_a_model_runs_every_task_within_the_clock(interpreter: str, tmp_path: Path, model: str) -> None:
    skip_where_missing(interpreter, model)
    config = make_config(tmp_path, [COMPUTE, WAIT], [20, 1_000_000], model=model, tasks=5, heartbeat=True)
    outcome = run_program(interpreter, tmp_path, config)
    report = outcome.only("report")
    assert outcome.clocks() == ["started", "first pass", "stopped"]
    check_rows(config, report)
    assert set(report) >= REPORT
    assert report["workers"] == (2 if "pool" in model or model in WITH_WORKERS else None)
    assert all(late >= 0 and due > 0 for due, late in report["beats"])
    assert len(report["usage"]) == 6
    workers = {words[row.WORKER_AND_CORE] >> 32 for words in read_rows(config)}
    assert len(workers) == 5 if model in ("py-threads", "py-processes") else len(workers) <= 2


@pytest.mark.parametrize("model", ["py-processes", "py-process-pool"])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_start_in_every_way(interpreter: str, tmp_path: Path, model: str, method: str) -> None:
    if not can(interpreter, f"import multiprocessing as m; m.get_context('{method}')"):
        pytest.skip(f"{method} is not possible here")
    steps: list[dict[str, Any]] = [COMPUTE]
    for index, lock in enumerate(LOCKS):
        steps.append({"kind": "critical", "lock": lock, "permits": 2, "holds": "wait", "first_timestamp": 2 * index})
    changes: dict[str, Any] = {"model": model, "tasks": 4, "start_method": method}
    if model == "py-processes":
        changes["in_flight"] = 2
    config = make_config(tmp_path, steps, [20, 1_000_000, 1_000_000], **changes)
    # The main module runs once: what it prints is counted.
    counting = "import os; os.write(2, b'main module\\n')\n"
    outcome = run_program(interpreter, tmp_path, config, counting)
    report = outcome.only("report")
    check_rows(config, report)
    assert report["start_method"] == method
    assert report["workers_peak"] > 1 << 20
    assert outcome.stderr.count("main module") == 1, outcome.stderr
    if model == "py-processes":
        assert all(any(words[-row.USED :]) for words in read_rows(config)), "each has written what it used"
    else:
        assert report["pss"] is None or report["pss"] > 1 << 20


@pytest.mark.parametrize("kernel", ["splitmix", "sha256"])
def test_a_fork_server_has_loaded_what_its_processes_need(interpreter: str, tmp_path: Path, kernel: str) -> None:
    if not can(interpreter, "import multiprocessing as m; m.get_context('forkserver')"):
        pytest.skip("forkserver is not possible here")
    step = {"kind": "compute", "kernel": kernel}
    config = make_config(tmp_path, [step], [20], model="py-processes", start_method="forkserver")
    # At the end, since the list is made for the first process.
    told = "print(multiprocessing.forkserver._forkserver._preload_modules, file=sys.stderr)"
    before = f"import atexit, multiprocessing.forkserver, sys\natexit.register(lambda: {told})\n"
    outcome = run_program(interpreter, tmp_path, config, before)
    assert outcome.only("report")["passes"] == 1
    assert "'mmap', 'resource'" in outcome.stderr, outcome.stderr
    assert ("'hashlib'" in outcome.stderr) == (kernel == "sha256"), outcome.stderr


@pytest.mark.parametrize("model", ["py-threads", "py-process-pool", "py-asyncio"])
def test_further_passes_leave_the_record_of_the_first(interpreter: str, tmp_path: Path, model: str) -> None:
    config = make_config(tmp_path, [COMPUTE, WAIT], [20, 1_000_000], model=model, repeat_ms=50, in_flight=2)
    report = run_program(interpreter, tmp_path, config).only("report")
    assert report["passes"] > 1
    assert report["repeated_until"] - report["begun"] >= 50_000_000
    check_rows(config, report)


def test_the_greeting_comes_first_and_noise_goes_to_stderr(interpreter: str, tmp_path: Path) -> None:
    noise = "print('before')\nimport atexit; atexit.register(print, 'after')\n"
    outcome = run_program(interpreter, tmp_path, {"calibrate": ["splitmix", "sha256-large"]}, noise)
    # What is printed before the greeting is the lab's to skip; nothing else may come between its messages.
    assert outcome.lines[:3] == [b"before\n", b"\n", GREETING + b"\n"]
    assert len(outcome.lines) == 4
    assert "after" in outcome.stderr
    for calibrated in outcome.only("calibrated"):
        assert calibrated["nanos_per_unit"] > 1
        assert calibrated["wall_over_cpu"] > 0.5


def test_modules_are_compiled_to_files_before_they_are_imported(interpreter: str, tmp_path: Path) -> None:
    run_program(interpreter, tmp_path, {"calibrate": []})
    package = tmp_path / "concurrency_lab_program"
    sources = {path.stem for path in package.glob("*.py")} - {"__main__"}
    compiled = {path.name.split(".")[0] for path in (package / "__pycache__").glob("*.pyc")}
    assert sources <= compiled
    assert "drivers_loops" in compiled, "also those that this run does not import"


def test_a_folder_that_is_removed_meanwhile_does_not_come_back(interpreter: str, tmp_path: Path) -> None:
    """If the lab is killed, the folder is removed at any moment. Python's own loader would create it again."""
    folder = tmp_path / "folder"
    package = folder / "trial" / PACKAGE
    shutil.copytree(SOURCES / PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    removes_what_it_reads = f"""
import importlib.machinery, runpy, shutil
read = importlib.machinery.SourceFileLoader.get_data
def get_data(loader, path):
    source = read(loader, path)
    if path.startswith({str(package)!r}):
        shutil.rmtree({str(folder)!r}, ignore_errors=True)
    return source
importlib.machinery.SourceFileLoader.get_data = get_data
runpy.run_path({str(package / "__main__.py")!r}, run_name="__main__")
"""
    command = [interpreter, "-I", "-c", removes_what_it_reads]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1 and "Error" in ended.stderr, ended
    assert not folder.exists()


def failed_file(interpreter: str, folder: Path, model: str, **changes: Any) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [COMPUTE, {"kind": "file", "sync": False, "largest": 10}]
    config = make_config(folder, steps, [1, 10], model=model, **changes)
    # A folder of this name is in the way of the file of task 1.
    (folder / "file-1-1").mkdir()
    outcome = run_program(interpreter, folder, config)
    assert "Traceback" in outcome.stderr
    sent: dict[str, Any] = outcome.only("failed")
    return sent


@pytest.mark.parametrize("model", MODELS)
def test_a_step_that_fails_is_named_under_every_model(interpreter: str, tmp_path: Path, model: str) -> None:
    skip_where_missing(interpreter, model)
    sent = failed_file(interpreter, tmp_path, model)
    assert (sent["problem"], sent["task"], sent["step"], sent["step_kind"]) == ("step", 1, 1, "file")
    assert sent["message"].startswith("IsADirectoryError: [Errno 21]")
    assert set(sent) == {"problem", "task", "step", "step_kind", "message"}


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_the_process_of_a_task_says_why_it_failed(interpreter: str, tmp_path: Path, method: str) -> None:
    sent = failed_file(interpreter, tmp_path, "py-processes", start_method=method)
    assert (sent["problem"], sent["task"], sent["step"]) == ("step", 1, 1)


@pytest.mark.parametrize(("model", "problem"), [("py-processes", "task-process"), ("py-process-pool", "worker-died")])
def test_a_process_that_ends_without_a_word(interpreter: str, tmp_path: Path, model: str, problem: str) -> None:
    config = make_config(tmp_path, [WAIT], [1], model=model, start_method="fork")
    ending = "import os\nos.register_at_fork(after_in_child=lambda: os._exit(7))\n"
    sent = run_program(interpreter, tmp_path, config, ending).only("failed")
    assert sent["problem"] == problem
    if problem == "task-process":
        assert (sent["task"], sent["exit_code"]) == (0, 7)


def test_a_pool_whose_threads_do_not_all_start_ends_with_a_thread_limit(interpreter: str, tmp_path: Path) -> None:
    config = make_config(tmp_path, [WAIT], [1], model="py-thread-pool", workers=64)
    # One stack fits into the address space, a few dozen do not.
    limit = "import resource, threading\nresource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))\n"
    limit += "threading.stack_size(256 << 20)\n"
    sent = run_program(interpreter, tmp_path, config, limit).only("failed")
    assert sent["problem"] == "thread-limit"


def test_an_unknown_model_is_a_failure_and_not_a_hang(interpreter: str, tmp_path: Path) -> None:
    sent = run_program(interpreter, tmp_path, make_config(tmp_path, [], [], model="py-none")).only("failed")
    assert sent == {"problem": "other", "message": "KeyError: 'py-none'"}


def test_starting_imports_little_and_only_the_standard_library() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import concurrency_lab_program.program"
    code += "\nimport json; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    source = str(Path(sys.modules["concurrency_lab_program"].__file__ or "").parents[1])
    output = subprocess.run([sys.executable, "-I", "-S", "-c", code, source], capture_output=True, check=True).stdout
    loaded = set(json.loads(output)) - {"concurrency_lab_program", "__main__"}
    # What is imported before a model is set up counts as its setup, and must not be there before gevent's patches.
    assert not loaded & {"typing", "threading", "asyncio", "multiprocessing", "concurrent", "socket", "trio", "gevent"}
    assert loaded <= set(sys.stdlib_module_names)
