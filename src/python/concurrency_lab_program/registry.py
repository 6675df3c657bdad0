"""Registers functions under the names by which the lab asks for them."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    from .clock import TrialClock
    from .protocol import Config

    Function = TypeVar("Function", bound=Callable[..., Any])

# By the name of the model: sets it up, runs it within the clock and takes it apart.
DRIVERS: dict[str, Callable[[Config, TrialClock], None]] = {}
# The same where tasks have classes.
CLASS_DRIVERS: dict[str, Callable[[Config, TrialClock], None]] = {}
# The modules that register drivers. Only that of the model that runs is imported: the time counts as its setup.
DRIVER_MODULES = {
    "drivers_threads": ("py-sequential", "py-threads", "py-thread-pool", "py-gevent"),
    "drivers_processes": ("py-processes", "py-process-pool", "py-interpreters"),
    "drivers_loops": ("py-asyncio", "py-asyncio-threads", "py-trio", "py-uvloop"),
    "drivers_multi": ("py-asyncio-multi",),
    "drivers_pools": ("py-pool", "py-joblib"),
    "drivers_dask": ("py-dask",),
}


def register(table: dict[str, Any], name: str) -> Callable[[Function], Function]:
    """Returns a decorator that enters a function into a table."""

    def enter(function: Function) -> Function:
        if name in table:
            raise ValueError(f"{name} is registered twice")
        table[name] = function
        return function

    return enter


def driver(model: str) -> Callable[[Function], Function]:
    return register(DRIVERS, model)


def class_driver(model: str) -> Callable[[Function], Function]:
    return register(CLASS_DRIVERS, model)


def driver_of(model: str, classes: bool = False) -> Callable[[Config, TrialClock], None]:
    """Imports the driver of a model and returns it; with `classes` that for tasks with classes."""
    for module, models in DRIVER_MODULES.items():
        if model in models:
            importlib.import_module(f"{__package__}.{'class_' if classes else ''}{module}")
    return (CLASS_DRIVERS if classes else DRIVERS)[model]
