"""The connection to a dask scheduler that others run: reaching it, comparing versions, and noticing its loss."""

from __future__ import annotations

import os

from .failures import Failure, describe, message_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn

    from .clock import TrialClock

CONNECTS_WITHIN = 10  # seconds
ANSWERS_WITHIN = 15  # seconds
# Client, scheduler and workers of different versions of these do not understand each other.
ALIKE = ("python", "dask", "distributed")


def connect(address: str) -> Any:
    import threading

    from distributed import Client

    found: list[Any] = []

    def open_client() -> None:
        try:
            found.append(Client(address, timeout=CONNECTS_WITHIN, set_as_default=False))
        except Exception as error:
            found.append(error)

    # What listens and says nothing is waited for without a limit.
    thread = threading.Thread(target=open_client, daemon=True)
    thread.start()
    thread.join(ANSWERS_WITHIN)
    client = found[0] if found else TimeoutError(f"no answer within {ANSWERS_WITHIN} s")
    if isinstance(client, Exception):
        raise Failure("scheduler-unreachable", message_of(client), address=address) from client
    return client


def threads_of(client: Any) -> dict[str, int]:
    """Returns the number of threads of each worker, by its address."""
    try:
        client.wait_for_workers(1, timeout=CONNECTS_WITHIN)
    except Exception as error:
        if is_connected(client):
            raise Failure("no-workers", "", address=client.scheduler.address) from error
        raise
    return {str(address): int(count) for address, count in client.nthreads().items()}


def check_versions(client: Any) -> None:
    found = client.get_versions()
    here = versions_of(found["client"])
    for worker, one in [(None, found["scheduler"]), *found["workers"].items()]:
        if not isinstance(one, dict):
            continue
        there = versions_of(one)
        for package in ALIKE:
            if here[package] != there[package]:
                facts = {"package": package, "here": here[package], "there": there[package], "worker": worker}
                raise Failure("versions-differ", "", **facts)


def versions_of(found: dict[str, Any]) -> dict[str, str]:
    packages, host = found.get("packages") or {}, found.get("host") or {}
    all_parts = (packages.get("python") or host.get("python") or "not known").split(".")
    versions = {package: str(packages.get(package) or "not known") for package in ALIKE}
    # Code is sent compiled, which is the same within a minor version.
    versions["python"] = ".".join(all_parts[:2])
    return versions


def is_connected(client: Any) -> bool:
    return bool(client.status == "running")


class Loss:
    """Ends the trial when the scheduler or a worker is lost: a scheduler keeps the tasks of a lost worker for others,
    which may never come, and their time would be in no figure. The scheduler sends the event; nothing is polled."""

    def __init__(self, clock: TrialClock, client: Any, clean_up: Callable[[], None]) -> None:
        import threading

        self.clock, self.client, self.clean_up = clock, client, clean_up
        self.over = False
        self.once = threading.Lock()
        self.known: dict[str, int] = {}

    def watch(self, threads: dict[str, int]) -> dict[str, int]:
        self.known = threads
        subscribe = getattr(self.client, "subscribe_topic", None)
        if subscribe is not None:
            subscribe("all", self.receive)
        return threads

    def receive(self, event: tuple[float, Any]) -> None:
        message = event[1]
        if not isinstance(message, dict) or self.over:
            return
        action, worker = message.get("action"), message.get("worker")
        if action == "remove-worker" and worker in self.known:
            self.give_up_aside(Failure("worker-lost", "", worker=worker))
        elif action == "add-worker" and worker not in self.known:
            self.give_up_aside(Failure("worker-joined", "", worker=worker))

    def give_up_aside(self, failure: Failure) -> None:
        """Gives up on another thread: the loop's own has to go on."""
        import threading

        threading.Thread(target=self.give_up, args=(failure,), daemon=True).start()

    def give_up(self, error: BaseException) -> NoReturn:
        """Sends the failure and ends this process: a client would try to reach a lost scheduler again for long."""
        import threading
        import traceback

        from distributed.comm import CommClosedError

        with self.once:
            first, self.over = not self.over, True
        if not first:
            # Another thread has noticed a loss and ends the process.
            threading.Event().wait()
        sent = describe(error)
        if not is_connected(self.client) or isinstance(error, CommClosedError):
            sent = Failure("scheduler-lost", message_of(error.__cause__ or error)).to_send()
        traceback.print_exception(type(error), error, error.__traceback__)
        if is_connected(self.client):
            self.clean_up()
        self.clock.lab.send({"failed": sent})
        os._exit(1)
