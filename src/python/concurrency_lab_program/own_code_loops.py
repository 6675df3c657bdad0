"""Code of the user's on an event loop: coroutine functions and programs are awaited, other functions block the loop."""

from __future__ import annotations

import subprocess

from .forks import leave_fork
from .loop_steps import LOOP_STEPS
from .own_code import FUNCTIONS, LAST_BYTES, argv_maker, caller, command_failure
from .recorder import AWAIT, CALL, trial
from .registry import register
from .results import KEPT
from .steps import make_step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .loop_steps import LoopStep
    from .loops import Loop
    from .protocol import Config, StepConfig


@register(LOOP_STEPS, "call")
def call(config: Config, step: StepConfig, index: int, loop: Loop) -> LoopStep:
    if not step["awaited"]:
        return make_step(config, step, index, {}), CALL
    results, function = KEPT[index], caller(FUNCTIONS[index], step["arguments"])

    async def do(task: int, state: int) -> int:
        try:
            results[task] = await function(task)
        except BaseException as error:
            if trial.left_a_task is None and not isinstance(error, Exception):
                trial.left_a_task = (task, index, error)
            raise
        finally:
            if trial.forked:
                leave_fork(task)
        return state

    return do, AWAIT


@register(LOOP_STEPS, "command")
def command(config: Config, step: StepConfig, index: int, loop: Loop) -> LoopStep:
    argv_of = argv_maker(step)
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}

    async def do(task: int, state: int) -> int:
        process = await loop.start_program(argv_of(task), pipes)
        end = b""
        while piece := await loop.read_stderr(process):
            end = (end + piece)[-LAST_BYTES:]
        exit_code = await process.wait()
        if exit_code:
            raise command_failure(task, index, exit_code, end)
        return state

    return do, AWAIT
