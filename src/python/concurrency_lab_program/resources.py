"""Resources of steps beside a core or the clock, and what both ways of running a task share: the content of files and
locks. Contains no steps.
"""

from __future__ import annotations

import os
import sys

from .kernels import GOLDEN, MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import BaseContext
    from typing import Any, BinaryIO

    from .protocol import Config, StepConfig

LARGEST_BLOCK = 1 << 20


class Slots:
    """Lets so many in; the others wait on a condition variable until one leaves. Of threads or processes."""

    def __init__(self, changed: Any, free: Any) -> None:
        self.changed, self.free = changed, free

    def __enter__(self) -> None:
        with self.changed:
            while self.free[0] == 0:
                self.changed.wait()
            self.free[0] -= 1

    def __exit__(self, *_: object) -> None:
        with self.changed:
            self.free[0] += 1
            self.changed.notify()


class AsyncSlots:
    """The same as `Slots`, awaited."""

    def __init__(self, changed: Any, free: int) -> None:
        self.changed, self.free = changed, free

    async def __aenter__(self) -> None:
        async with self.changed:
            while self.free == 0:
                await self.changed.wait()
            self.free -= 1

    async def __aexit__(self, *_: object) -> None:
        async with self.changed:
            self.free += 1
            self.changed.notify()


def thread_locks(step: StepConfig) -> list[Any]:
    import threading

    def one() -> Any:
        if step["lock"] == "mutex":
            return threading.Lock()
        if step["lock"] == "semaphore":
            return threading.Semaphore(step["permits"])
        return Slots(threading.Condition(), [step["permits"]])

    return [one() for _ in range(step["locks"])]


def process_locks(config: Config, context: BaseContext) -> dict[int, list[Any]]:
    """Returns locks that processes share, by the index of their step. Those of condition variables as parts, which
    can be pickled for a process that is being started."""

    def one(step: StepConfig) -> Any:
        if step["lock"] == "mutex":
            return context.Lock()
        if step["lock"] == "semaphore":
            return context.Semaphore(step["permits"])
        return context.Condition(), context.Array("i", [step["permits"]], lock=False)

    critical = [(index, step) for index, step in enumerate(config["steps"]) if step["kind"] == "critical"]
    made: dict[int, list[Any]] = {}
    for index, step in critical:
        # Steps of several classes may use the same lock.
        made[index] = made[step["shared"]] if step["shared"] in made else [one(step) for _ in range(step["locks"])]
    return made


def check_response(status: int, received: int, wanted: int) -> None:
    if status != 200:
        raise OSError(f"the server answered with status {status}")
    if received != wanted:
        raise OSError(f"the body had {received} bytes instead of {wanted}")


def content(largest: int) -> bytes:
    """Returns what files hold, again and again: no two pages of it alike."""
    from array import array

    words = (min(largest, LARGEST_BLOCK) + 7) // 8
    block = array("Q", ((word * GOLDEN) & MASK for word in range(words)))
    if sys.byteorder == "big":
        block.byteswap()
    return block.tobytes()[: min(largest, LARGEST_BLOCK)]


def block_of(config: Config, largest: int) -> tuple[bytes, dict[int, int]]:
    """Returns what files hold, and sums that are known of it. Made once, and read by processes that come later:
    what takes the lab longer than a task must not be in one."""
    blocks = config.setdefault("blocks", {})
    if largest in blocks:
        path, known = blocks[largest]
        with open(path, "rb") as file:
            return file.read(), known
    path, block, known = os.path.join(config["folder"], f"block-{largest}"), content(largest), {}
    with open(path, "wb") as file:
        file.write(block)
    sum_of(largest, block, known)
    blocks[largest] = (path, known)
    return block, known


def sum_of(size: int, block: bytes, known: dict[int, int]) -> int:
    """Returns the sum of all bytes of a file, which its reader has compared byte for byte."""
    if size not in known:
        length = max(len(block), 1)
        known[size] = size // length * sum(block) + sum(block[: size % length])
    return known[size]


def pieces(size: int, block: bytes) -> Iterator[bytes]:
    for begin in range(0, size, max(len(block), 1)):
        yield block if size - begin >= len(block) else block[: size - begin]


def write_and_read(path: str, size: int, sync: bool, block: bytes) -> None:
    with open(path, "w+b") as file:
        for piece in pieces(size, block):
            file.write(piece)
        file.flush()
        if sync:
            os.fsync(file.fileno())
        file.seek(0)
        compare(file, path, size, block)


def read_whole(path: str, size: int, block: bytes) -> None:
    """Reads a file that was written before the clock."""
    with open(path, "rb") as file:
        compare(file, path, size, block)


def compare(file: BinaryIO, path: str, size: int, block: bytes) -> None:
    for piece in pieces(size, block):
        if file.read(len(piece)) != piece:
            raise OSError(f"{path} was not read back as it was written")
