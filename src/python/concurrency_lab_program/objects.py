"""The objects of shared steps: all tasks of an interpreter use the same one. Under the interpreter lock they take
turns anyway; without it they meet at the object's reference count or at the lock inside it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable


class Thing:
    def method(self) -> None:
        pass


def method_user() -> Callable[[int], None]:
    bound = Thing().method

    def use(count: int) -> None:
        for _ in range(count):
            bound()

    return use


def list_user() -> Callable[[int], None]:
    items: list[int] = []

    def use(count: int) -> None:
        for number in range(count):
            items.append(number)
            items.pop()

    return use


def dict_user() -> Callable[[int], None]:
    table = {"item": 0}

    def use(count: int) -> None:
        for number in range(count):
            table["item"] = number

    return use


def lock_user() -> Callable[[int], None]:
    from threading import Lock

    lock = Lock()

    def use(count: int) -> None:
        for _ in range(count):
            with lock:
                pass

    return use


# By object: makes it, and returns the function that uses it so many times.
USERS = {"method": method_user, "list": list_user, "dict": dict_user, "lock": lock_user}
