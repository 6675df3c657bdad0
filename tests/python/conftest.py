"""Makes the program's package importable, and runs it as the lab does."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HANGS_AFTER = 60  # seconds
PACKAGE = "concurrency_lab_program"
SOURCES = Path(__file__).resolve().parents[2] / "src" / "python"
sys.path.insert(0, str(SOURCES))

from concurrency_lab_program import recorder, row  # noqa: E402

# Interpreters to run the program on, separated as in PATH; this one where the variable is not set.
INTERPRETERS = os.environ.get("CONCURRENCY_LAB_PYTHONS", sys.executable).split(os.pathsep)

# Keys of a step that a test leaves out.
STEP_DEFAULTS: dict[str, dict[str, Any]] = {
    "wait": {"blocking": False},
    "http": {"keep_alive": True},
    "file": {"read_only": False},
    "critical": {"locks": 1},
}


def make_config(folder: Path, steps: list[dict[str, Any]], amounts: list[int], **changes: Any) -> dict[str, Any]:
    """Writes the files of a trial and returns its configuration. One amount for each step."""
    steps = [{**STEP_DEFAULTS.get(step["kind"], {}), **step} for step in steps]
    config: dict[str, Any] = {
        "model": "py-sequential",
        "tasks": 3,
        "seed": 7,
        "workers": 2,
        "in_flight": None,
        "repeat_ms": None,
        "heartbeat": False,
        "steps": steps,
        "same_amounts": True,
        "folder": str(folder),
        "semaphore_prefix": "pytest-concurrency-lab",
        "records": str(folder / "records"),
        "amounts": str(folder / "amounts"),
        "record_waits": False,
        "record_cores": False,
        "start_method": None,
        "server": None,
        "classes": [],
        "class_of_tasks": "",
        "repeaters": [],
        "recorded_repeats": 0,
        "repeat_amounts": 1,
        "payload": None,
        "in_turn": False,
        "scheduler": None,
        "settings": {
            "library_workers": False,
            "chunk": None,
            "loops": None,
            "switch_interval_ms": None,
            "gil": None,
        },
        "compiling": 0,
        "sleep_overshoot": 0,
        **changes,
    }
    for index, step in enumerate(steps):
        if step["kind"] == "critical":
            step.setdefault("shared", index)
    timestamps = sum(2 for step in steps if step["kind"] == "critical")
    if config["payload"]:
        config["payload"]["first_word"] = row.STAMPS + len(steps) + timestamps
        timestamps += row.PAYLOAD
    used = row.USED if config["model"] == "py-processes" else 0
    used += 1 if config["record_waits"] else 0
    config.setdefault("row_width", row.STAMPS + len(steps) + timestamps + used)
    (folder / "records").write_bytes(bytes(config["row_width"] * 8 * (config["tasks"] + config.get("repeat_rows", 0))))
    (folder / "amounts").write_bytes(struct.pack(f"={len(amounts)}Q", *amounts))
    return config


def read_rows(config: dict[str, Any]) -> list[list[int]]:
    words = memoryview(Path(config["records"]).read_bytes()).cast("Q").tolist()
    width = config["row_width"]
    return [words[begin : begin + width] for begin in range(0, len(words), width)]


class Outcome:
    """Messages that the program sent, and the rest of its output."""

    def __init__(self, lines: list[bytes], messages: list[dict[str, Any]], stderr: bytes) -> None:
        self.lines, self.messages, self.stderr = lines, messages, stderr.decode()

    def only(self, key: str) -> Any:
        found = [message[key] for message in self.messages if key in message]
        assert len(found) == 1, (self.messages, self.stderr)
        return found[0]

    def clocks(self) -> list[str]:
        return [message["clock"] for message in self.messages if "clock" in message]


def run_program(interpreter: str, folder: Path, request: dict[str, Any], before: str = "") -> Outcome:
    """Runs the program as the lab does, from a folder of its own. `before`: code that its process runs first."""
    package = folder / PACKAGE
    if not package.exists():
        shutil.copytree(SOURCES / PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    if before:
        main = package / "__main__.py"
        main.write_text(before + main.read_text())
    command = [interpreter, "-I", "-u", str(package / "__main__.py")]
    environment = {**os.environ, "TMPDIR": str(folder)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=folder, env=environment, **pipes)  # type: ignore[call-overload]
    # One that hangs ends, and with it the wait for its messages.
    watchdog = threading.Timer(HANGS_AFTER, process.kill)
    watchdog.start()
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    lines: list[bytes] = []
    messages: list[dict[str, Any]] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(b"{"):
            messages.append(json.loads(line))
            if messages[-1].get("clock") in ("started", "first pass"):
                process.stdin.write(b".")
                process.stdin.flush()
    process.stdin.close()
    process.wait()
    watchdog.cancel()
    return Outcome(lines, messages, process.stderr.read())


@pytest.fixture(params=INTERPRETERS)
def interpreter(request: Any) -> str:
    return str(request.param)


@pytest.fixture
def fresh_process() -> Iterator[None]:
    """A trial happens once in a process; a test that uses this is one."""
    recorder.trial.__dict__.clear()
    recorder.trial.__init__()  # type: ignore[misc]
    yield
    recorder.trial.__dict__.clear()
