"""The counters of increment steps. Where they are shared, updates may get lost: that is what is measured."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

x = 0  # the counter that all threads share
locks: dict[str, Any] = {}
cells: dict[int, list[int]] = {}  # the counters of workers that each have their own


def add_unprotected(count: int) -> None:
    global x
    for _ in range(count):
        x = x + 1


def add_with_call(count: int) -> None:
    global x
    for _ in range(count):
        x = int(x) + 1


def add_locked(count: int, lock: Any) -> None:
    global x
    for _ in range(count):
        with lock:
            x = x + 1


def add_per_worker(count: int) -> None:
    from threading import get_ident

    own = cells.setdefault(get_ident(), [0])
    for _ in range(count):
        own[0] += 1


def adder(protection: str) -> Callable[[int], None]:
    """Returns the function that adds so many times with this protection."""
    if protection == "mutex":
        from threading import Lock

        # One for all steps, as there is one counter.
        lock = locks.setdefault("x", Lock())
        return lambda count: add_locked(count, lock)
    return {"none": add_unprotected, "none-call": add_with_call, "per-worker": add_per_worker}[protection]


def total() -> int:
    return x + sum(own[0] for own in cells.values())
