"""The heartbeat beside the work: measures for how long a model keeps a program from doing anything but its tasks."""

from __future__ import annotations

import time

from .recorder import now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any, Callable

INTERVAL = 10_000_000  # nanoseconds between two beats


class Heartbeat:
    """A beat is due every 10 ms beside the work; notes how late it comes. Beats that fall due while an earlier one is
    late are left out, as in the native models."""

    def __init__(self) -> None:
        self.begun = 0
        self.over = False
        self.due = INTERVAL  # of the next beat, since the beginning
        self.beats: list[tuple[int, int]] = []  # (when it was due, how late it came)

    def begin(self) -> None:
        self.begun = now()

    def seconds_left(self) -> float:
        return max(0, self.begun + self.due - now()) / 1e9

    def came(self) -> bool:
        """Notes a beat; false once it is over."""
        if not self.over:
            self.note(now() - self.begun)
        return not self.over

    def note(self, at: int) -> None:
        # A timer may fire early: then it is on time.
        self.beats.append((self.due, max(0, at - self.due)))
        self.due = (max(at, self.due) // INTERVAL + 1) * INTERVAL

    def on_thread(self) -> None:
        import threading

        def beats() -> None:
            while True:
                time.sleep(self.seconds_left())
                if not self.came():
                    return

        threading.Thread(target=beats, daemon=True).start()

    async def on_loop(self, sleep: Callable[[float], Awaitable[Any]]) -> None:
        while True:
            await sleep(self.seconds_left())
            if not self.came():
                return

    def end(self) -> list[tuple[int, int]]:
        """Ends it. A beat that was due by now and has not come is as late as it is now."""
        ended = now()
        self.over = True
        if self.begun + self.due <= ended:
            self.note(ended - self.begun)
        return self.beats
