"""Payloads: every byte is read, and what is read does not depend on how the data was handed over."""

from __future__ import annotations

import binascii
import pickle
from pathlib import Path
from typing import Any

import pytest
from concurrency_lab_program import kernels, payload, recorder, steps
from concurrency_lab_program.row import OUTPUT, READ, RECEIVED, SENT, STAMPS, STATE, WORKED
from conftest import make_config, read_rows, run_program

MODELS = ("py-sequential", "py-threads", "py-thread-pool", "py-processes", "py-process-pool", "py-asyncio")


def described(kind: str, size: int = 10_001, output: int = 5_003) -> dict[str, Any]:
    return {"input_bytes": size, "output_bytes": output, "kind": kind, "distinct": 2, "first_word": 0}


@pytest.fixture(autouse=True)
def fresh_handover() -> Any:
    payload.handover.__dict__.clear()
    yield
    payload.handover.__dict__.clear()


@pytest.mark.parametrize("size", [0, 1, 7, 8, 4_095, 4_096, 4_097, 100_000])
def test_bytes_have_their_size_and_are_read_whole(size: int) -> None:
    data = payload.make_bytes(0x0123456789ABCDEF, size)
    assert len(data) == size
    assert payload.read_bytes(data) == size << 32 | binascii.crc32(data)
    if size:
        assert payload.read_bytes(data[:-1]) != payload.read_bytes(data)
        assert payload.read_bytes(bytes([data[0] ^ 1]) + data[1:]) != payload.read_bytes(data)


def test_a_list_has_a_number_for_every_eight_bytes() -> None:
    data = payload.make_list(kernels.mix(5), 8_007)
    assert len(data) == 1_000
    assert max(data) < 1 << 31
    assert payload.read_list(data[:-1]) != payload.read_list(data)
    assert payload.read_list([data[0] + 1, *data[1:]]) != payload.read_list(data)
    assert payload.read_list([]) != payload.read_list([0])


def test_reading_keeps_the_interpreter_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    # binascii releases it for more than 5 KiB.
    longest: list[int] = []

    def crc32(data: Any, crc: int) -> int:
        longest.append(len(data))
        return binascii.crc32(data, crc)

    monkeypatch.setattr(payload, "crc32", crc32)
    payload.read_bytes(payload.make_bytes(1, 1_000_000))
    assert max(longest) <= 5 * 1024


@pytest.mark.usefixtures("fresh_process")
@pytest.mark.parametrize("kind", ["bytes", "list"])
@pytest.mark.parametrize("waits", [False, True])
def test_a_task_reads_its_input_and_makes_its_output(tmp_path: Path, kind: str, waits: bool) -> None:
    config: Any = make_config(
        tmp_path, [{"kind": "wait"}], [1_000], payload=described(kind), record_waits=waits, tasks=2
    )
    steps.prepare(config)

    class Clock:
        own = 0

    clock: Any = Clock()
    inputs = payload.inputs_of(config, clock)
    assert len(inputs) == 2
    assert inputs[0] != inputs[1]
    assert clock.own > 0
    recorder.submit(1)
    output = payload.run_payload(1, inputs[1])
    payload.receive(1, output)
    rows = read_rows(config)
    first = config["payload"]["first_word"]
    row = rows[1]
    assert row[first + SENT] == 0
    assert row[first + RECEIVED] == 0
    assert row[1] <= row[first + READ] <= row[STAMPS] <= row[first + WORKED] <= row[2]
    assert row[first + OUTPUT] == payload.handover.read(output)
    state = kernels.mixed(kernels.start_state(config["seed"], 1), payload.handover.read(inputs[1]))
    assert row[STATE] == state
    assert output == payload.handover.make(state, 5_003)
    assert not any(rows[0])


@pytest.mark.usefixtures("fresh_process")
def test_a_number_that_is_sent_away_stamps_the_start_of_the_transfer(tmp_path: Path) -> None:
    config: Any = make_config(tmp_path, [], [], payload=described("bytes"))
    steps.prepare(config)
    arguments = (payload.Handed(2), b"data")
    assert read_rows(config)[2][config["payload"]["first_word"] + SENT] == 0
    task, _ = pickle.loads(pickle.dumps(arguments))
    assert type(task) is int
    assert task == 2
    assert read_rows(config)[2][config["payload"]["first_word"] + SENT] > 0


@pytest.mark.parametrize("kind", ["bytes", "list"])
@pytest.mark.parametrize("model", MODELS)
def test_every_model_hands_over(interpreter: str, tmp_path: Path, model: str, kind: str) -> None:
    config = make_config(tmp_path, [{"kind": "wait"}], [1_000], model=model, payload=described(kind, 200_000, 90_000))
    outcome = run_program(interpreter, tmp_path, config)
    assert outcome.clocks() == ["started", "first pass", "stopped"], outcome.stderr
    rows, first = read_rows(config), config["payload"]["first_word"]
    for task, row in enumerate(rows):
        word = kernels.start_state(payload.INPUT_SEED, task % 2)
        make: Any = payload.make_list if kind == "list" else payload.make_bytes
        read: Any = payload.read_list if kind == "list" else payload.read_bytes
        state = kernels.mixed(kernels.start_state(config["seed"], task), read(make(word, 200_000)))
        assert row[STATE] == state
        assert row[first + OUTPUT] == read(make(state, 90_000))
        assert bool(row[first + RECEIVED]) == (model in ("py-processes", "py-process-pool"))


@pytest.mark.parametrize("model", ["py-threads", "py-thread-pool", "py-processes", "py-process-pool", "py-asyncio"])
def test_a_task_that_fails_is_named(interpreter: str, tmp_path: Path, model: str) -> None:
    # The folder of the files is not there.
    config = make_config(
        tmp_path,
        [{"kind": "file", "sync": False, "largest": 10}],
        [10],
        model=model,
        # Others would not see what is replaced below.
        start_method="fork" if "process" in model else None,
        payload=described("bytes"),
    )
    before = (
        "import os, sys\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "real = os.path.join\n"
        "os.path.join = lambda *parts: '/nowhere/x' if parts[-1].startswith('file-') else real(*parts)\n"
    )
    outcome = run_program(interpreter, tmp_path, config, before)
    failed = outcome.only("failed")
    assert failed["problem"] == "step", failed
    assert failed["step_kind"] == "file"
