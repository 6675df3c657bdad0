"""Does what the lab asks for: one trial, or calibrating kernels. What goes wrong is sent in one message, and printed
in full on stderr.
"""

from __future__ import annotations

import sys
from contextlib import suppress

from .calibrate import calibrate, overshoot_of_sleep
from .failures import describe
from .protocol import Connection
from .recorder import cause_of, now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .protocol import Config


def gil_enabled() -> bool:
    """True where the interpreter lock is in force."""
    ask = getattr(sys, "_is_gil_enabled", None)
    return True if ask is None else bool(ask())


def run_trial(config: Config, lab: Connection) -> None:
    if config["model"] == "py-gevent":
        # Before anything imports what it replaces.
        from gevent import monkey

        monkey.patch_all()
    if config["settings"]["switch_interval_ms"] is not None:
        sys.setswitchinterval(config["settings"]["switch_interval_ms"] / 1000)
    from .clock import TrialClock
    from .registry import driver_of

    own = now()
    config["sleep_overshoot"] = overshoot_of_sleep() if config["record_waits"] else 0
    own = now() - own
    clock = TrialClock(config, lab)
    driver_of(config["model"], bool(config["classes"]))(config, clock)
    ended = now()
    report = clock.report
    add_results(config, report)
    report["own"] = own + clock.own + config["compiling"]
    report["teardown"] = ended - clock.teardown_from if clock.teardown_from else 0
    report["gil"] = gil_enabled()
    report["version"] = sys.version.split()[0]
    lab.send({"report": report})


def add_results(config: Config, report: dict[str, Any]) -> None:
    """Adds what the user's functions returned."""
    from .steps import OWN_CODE

    if not any(step["kind"] in OWN_CODE for step in config["steps"]):
        return
    from .forks import check_forks
    from .results import KEPT, describe_results

    check_forks(True)
    if KEPT:
        report["results"] = describe_results(config)


def carry_out(request: Any, lab: Connection) -> None:
    """Carries out what the lab asks for. Nothing is lost: a failure is sent."""
    try:
        if "calibrate" in request:
            lab.send({"calibrated": [calibrate(kernel) for kernel in request["calibrate"]]})
        else:
            run_trial(request, lab)
    except BaseException as error:
        import traceback

        # The user's code may have closed stderr.
        with suppress(Exception):
            traceback.print_exc()
        lab.send({"failed": describe(cause_of(error))})


def start(compiling: int) -> None:
    """Runs the program. `compiling`: nanoseconds that compiling it took, which is no part of getting a model ready."""
    lab = Connection()
    request = lab.receive()
    request["compiling"] = compiling
    if gil_enabled() or request.get("model") == "py-gevent":
        carry_out(request, lab)
        return
    # The main thread of a free-threaded build is slower than its others: all run where others run.
    import threading

    thread = threading.Thread(target=carry_out, args=(request, lab))
    thread.start()
    thread.join()
