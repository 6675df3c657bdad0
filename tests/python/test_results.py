"""What workers send back of the user's functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import pytest
from concurrency_lab_program import results
from concurrency_lab_program.results import KEPT, RECEIVED, gather, pass_of, run_for_results

CONFIG: Any = {"model": "py-pool"}


def one_pass(tasks: range, run: Callable[..., Any]) -> Iterator[Any]:
    return (run(task) for task in tasks)


def test_the_result_of_a_single_function_is_sent_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "run_task", lambda task: None)
    monkeypatch.setitem(KEPT, 0, {task: [task] * 3 for task in range(4)})
    assert run_for_results(3) == [3, 3, 3]
    pass_of(one_pass)(range(3))
    assert RECEIVED == [[0, 0, 0], [1, 1, 1], [2, 2, 2]] and not KEPT[0]
    gather(CONFIG)
    assert KEPT[0] == {task: [task] * 3 for task in range(3)}


def test_the_results_of_several_functions_are_sent_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "run_task", lambda task: None)
    monkeypatch.setitem(KEPT, 0, {0: "a", 1: "b"})
    monkeypatch.setitem(KEPT, 2, {0: 1, 1: 2})
    pass_of(one_pass)(range(2))
    assert RECEIVED == [["a", 1], ["b", 2]] and not KEPT[0]
    gather(CONFIG)
    assert KEPT == {0: {0: "a", 1: "b"}, 2: {0: 1, 1: 2}}
