"""Registers functions under the names by which the lab asks for them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    from .clock import TrialClock
    from .protocol import Config

    Function = TypeVar("Function", bound=Callable[..., Any])

# By the name of the model: sets it up, runs it within the clock and takes it apart.
DRIVERS: dict[str, Callable[[Config, TrialClock], None]] = {}


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
