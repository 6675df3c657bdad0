"""Every model has its displayed code and a driver, every kind of step both ways."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

import pytest
from concurrency_lab_program import loop_steps, models, models_in_turn, registry, steps

MARKED = re.findall(r"^# code of (\S+)\n(.*?)^# end$", inspect.getsource(models), re.DOTALL | re.MULTILINE)


def test_every_displayed_model_has_a_driver_in_the_module_that_is_said_to_have_it() -> None:
    for module, names in registry.DRIVER_MODULES.items():
        before = set(registry.DRIVERS)
        importlib.import_module(f"concurrency_lab_program.{module}")
        assert set(registry.DRIVERS) - before in (set(), set(names)), module
    named = [name for names in registry.DRIVER_MODULES.values() for name in names]
    assert len(MARKED) == 15
    assert sorted(registry.DRIVERS) == sorted(named) == sorted(name for name, _ in MARKED)
    for name in named:
        assert registry.driver_of(name) is registry.DRIVERS[name]


def test_a_driver_calls_the_displayed_code_of_its_model() -> None:
    for name, code in MARKED:
        function = name.replace("-", "_")
        assert code.count(f"def {function}(") == 1
        called: Any = inspect.getsource(inspect.getmodule(registry.driver_of(name)) or models)
        assert f"import {function}" in called or f", {function}" in called
        assert f"{function}(" in inspect.getsource(registry.driver_of(name)), name


def test_displayed_code_is_all_that_the_module_defines() -> None:
    imported = ("submit", "submitting")
    defined = [name for name, value in vars(models).items() if inspect.isfunction(value) and name not in imported]
    # A setting may change the code of a model: such a mark names the setting, too.
    marked = re.findall(r"^# code of .+\n(?:async )?def (\w+)\(", inspect.getsource(models), re.MULTILINE)
    assert sorted(defined) == sorted(marked)


def test_models_that_await_in_turn_are_marked_and_called() -> None:
    source = inspect.getsource(models_in_turn)
    marked = re.findall(r"^# code of (\S+)\n(.*?)^# end$", source, re.DOTALL | re.MULTILINE)
    assert len(marked) == 6
    for name, code in marked:
        function = name.replace("-", "_") + "_in_turn"
        assert code.count(f"def {function}(") == 1
        assert f"{function}(" in inspect.getsource(registry.driver_of(name)), name


def test_steps_of_threads_and_of_loops_are_the_same_kinds() -> None:
    assert set(steps.STEPS) == set(loop_steps.LOOP_STEPS)
    assert set(steps.STEPS) == {"compute", "wait", "http", "file", "critical", "increment", "shared"}
    assert set(steps.BUSY) <= set(steps.STEPS)


def test_a_name_can_be_registered_once() -> None:
    table: dict[str, Any] = {}
    assert registry.register(table, "one")(len) is len
    with pytest.raises(ValueError, match="one is registered twice"):
        registry.register(table, "one")(max)
    assert table == {"one": len}
    with pytest.raises(KeyError):
        registry.driver_of("py-none")
