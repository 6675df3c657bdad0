"""Kernels against published values and against the definitions that Rust has, too."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from concurrency_lab_program.kernels import GOLDEN, KERNELS, MASK, fib_await, kernel_of, mix, mixed, start_state


def test_mix_gives_the_published_sequence_of_splitmix64() -> None:
    outputs = [mix((1234567 + GOLDEN * n) & MASK) for n in (1, 2, 3)]
    assert outputs == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_start_states_differ_by_seed_and_task() -> None:
    assert start_state(1, 0) == mix(1 + GOLDEN)
    assert len({start_state(1, 0), start_state(1, 1), start_state(2, 0)}) == 3
    assert start_state(MASK, 4_000_000_000) <= MASK


def test_splitmix_is_the_sequence_fed_back() -> None:
    assert kernel_of("splitmix")(1, 1234567) == 6457827717110365317
    assert kernel_of("splitmix")(2, 1234567) == mix((6457827717110365317 + GOLDEN) & MASK)


def test_fib_adds_fib_of_15_and_mixes() -> None:
    assert kernel_of("fib")(1, 7) == mix(7 + 610)
    assert kernel_of("fib-await")(1, 7) == mix(7 + 610), "blocking models call it the plain way"
    assert asyncio.run(fib_await(3, 7)) == kernel_of("fib")(3, 7)


@pytest.mark.parametrize(("name", "tail"), [("sha256", b""), ("sha256-large", bytes(65536 - 32))])
def test_digests_are_chained(name: str, tail: bytes) -> None:
    block = (42).to_bytes(8, "little") + bytes(24)
    for _ in range(3):
        block = hashlib.sha256(block + tail).digest()
    assert kernel_of(name)(3, 42) == int.from_bytes(block[:8], "little")


@pytest.mark.parametrize("name", list(KERNELS))
def test_every_kernel_depends_on_units_and_state_and_does_nothing_for_none(name: str) -> None:
    kernel = kernel_of(name)
    assert kernel(0, 42) == 42
    assert len({kernel(5, 42), kernel(6, 42), kernel(5, 43)}) == 3
    assert 0 <= kernel(5, MASK) <= MASK


def test_mixed_depends_on_both_and_wraps_around() -> None:
    assert len({mixed(1, 2), mixed(2, 1), mixed(1, 3)}) == 3
    assert mixed(1, 2) == mixed(1, 2 + (MASK + 1))
