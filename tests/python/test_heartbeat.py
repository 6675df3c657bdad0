"""When beats are due, and which of them are left out."""

from __future__ import annotations

import pytest
from concurrency_lab_program import heartbeat
from concurrency_lab_program.heartbeat import INTERVAL, Heartbeat


def beats_at(monkeypatch: pytest.MonkeyPatch, begun: int, moments: list[int], ended: int) -> list[tuple[int, int]]:
    times = iter([begun, *moments, ended])
    monkeypatch.setattr(heartbeat, "now", lambda: next(times))
    beat = Heartbeat()
    beat.begin()
    for _ in moments:
        assert beat.came()
    return beat.end()


def test_beats_that_come_in_time_are_due_every_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [500 + INTERVAL + 3, 500 + 2 * INTERVAL + 4]
    assert beats_at(monkeypatch, 500, moments, moments[-1] + 5) == [(INTERVAL, 3), (2 * INTERVAL, 4)]


def test_beats_that_are_due_while_one_is_late_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    late = 3 * INTERVAL + 7
    beats = beats_at(monkeypatch, 0, [late, 4 * INTERVAL], 4 * INTERVAL + 1)
    assert beats == [(INTERVAL, late - INTERVAL), (4 * INTERVAL, 0)]


def test_a_timer_that_fires_early_is_on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    beats = beats_at(monkeypatch, 0, [INTERVAL - 9, 2 * INTERVAL], 2 * INTERVAL)
    assert beats == [(INTERVAL, 0), (2 * INTERVAL, 0)]


def test_a_beat_that_was_due_and_never_came_is_as_late_as_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert beats_at(monkeypatch, 0, [], 6 * INTERVAL) == [(INTERVAL, 5 * INTERVAL)]
    assert beats_at(monkeypatch, 0, [], INTERVAL - 1) == []


def test_after_the_end_no_beat_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "now", lambda: 0)
    beat = Heartbeat()
    beat.begin()
    beat.end()
    assert not beat.came()
    assert beat.beats == []
