"""The kernels of compute steps: the same iterations as in Rust, with the same results."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

MASK = 0xFFFFFFFFFFFFFFFF
GOLDEN = 0x9E3779B97F4A7C15


def mix(value: int) -> int:
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def start_state(seed: int, task: int) -> int:
    return mix((seed + GOLDEN * (task + 1)) & MASK)


def mixed(state: int, result: int) -> int:
    return mix(state ^ mix(result & MASK))


def splitmix(units: int, state: int) -> int:
    # Literals: a global number would be counted up and down by all threads of a free-threaded build.
    for _ in range(units):
        state = (state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        state = state ^ (state >> 31)
    return state


def sha256(units: int, state: int) -> int:
    if units == 0:
        return state
    digest_of = sys.modules["hashlib"].sha256
    block = state.to_bytes(8, "little") + bytes(24)
    for _ in range(units):
        block = digest_of(block).digest()
    return int.from_bytes(block[:8], "little")


LARGE_TAIL = bytes(65536 - 32)


def sha256_large(units: int, state: int) -> int:
    """Hashes blocks of 64 KiB: hashlib releases the interpreter lock while it works on one."""
    if units == 0:
        return state
    digest_of = sys.modules["hashlib"].sha256
    block = state.to_bytes(8, "little") + bytes(24)
    for _ in range(units):
        digest = digest_of(block)
        digest.update(LARGE_TAIL)
        block = digest.digest()
    return int.from_bytes(block[:8], "little")


def naive_fib(n: int) -> int:
    return n if n < 2 else naive_fib(n - 1) + naive_fib(n - 2)


def fib(units: int, state: int) -> int:
    for _ in range(units):
        state = mix((state + naive_fib(15)) & MASK)
    return state


async def awaited_fib(n: int) -> int:
    return n if n < 2 else await awaited_fib(n - 1) + await awaited_fib(n - 2)


async def fib_await(units: int, state: int) -> int:
    """Awaits every call, as in the async version of a well-known tutorial."""
    for _ in range(units):
        state = mix((state + await awaited_fib(15)) & MASK)
    return state


KERNELS: dict[str, Callable[[int, int], int]] = {
    "splitmix": splitmix,
    "sha256": sha256,
    "sha256-large": sha256_large,
    "fib": fib,
    "fib-await": fib,  # the blocking way; event loops await it
}


def kernel_of(name: str) -> Callable[[int, int], int]:
    """Returns a kernel with what it needs imported: importing is no part of a task."""
    if name.startswith("sha256"):
        import hashlib

        hashlib.sha256(b"").digest()
    return KERNELS[name]
