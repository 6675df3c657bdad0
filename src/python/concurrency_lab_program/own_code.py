"""Code of the user's, the blocking way: loads the modules of functions, and makes the steps `call` and `command`.

Imported only where a step has such code, and that is only after the user has agreed to run it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager, nullcontext

from . import usage
from .failures import Failure, message_with_place
from .forks import leave_fork, watch_forks
from .recorder import trial
from .registry import register
from .results import APART, KEPT
from .steps import STEPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType
    from typing import Any, Callable

    from .protocol import Config, StepConfig
    from .recorder import Step
    from .steps import Locks

    Call = Callable[[int], Any]

# The functions that steps call, by step.
FUNCTIONS: dict[int, Any] = {}
# Folders of user code that were put on the path.
FOLDERS: set[str] = set()
PACKAGE_FOLDERS = ("site-packages", "dist-packages")
LAST_BYTES = 8192  # of a program's stderr that are kept
LAST_LINES = 3


def load(config: Config) -> None:
    """Loads everything that the steps name into this process."""
    for index, step in enumerate(config["steps"]):
        if step["kind"] not in ("call", "command"):
            continue
        if "text" not in step:
            os.chdir(step["folder"])
        if step["kind"] == "call":
            module = load_module(step, index)
            function = find_function(module, step)
            # Decided once, and sent to the trial's other processes: asking imports half of the standard library.
            if "awaited" not in step:
                step["awaited"] = is_coroutine_function(function)
            FUNCTIONS[index] = function
            KEPT[index] = {} if config["model"] in APART else [None] * config["tasks"]
    watch_forks()


def load_module(step: StepConfig, index: int) -> ModuleType:
    """Runs the bytes that the user has agreed to as a module, under the name of its file: what is pickled by its name
    is found in every process. Imports of it find this module, too."""
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    path = step["path"]
    folder, file = os.path.split(path)
    if "module" not in step:
        stem = os.path.splitext(file)[0]
        taken = stem in sys.modules or stem in getattr(sys, "stdlib_module_names", ())
        step["module"] = stem if stem.isidentifier() and not taken else f"own_code_{index + 1}"
    name, text = step["module"], step.get("text")
    if text is None:
        loaded = sys.modules.get(name)
        if loaded is not None and getattr(loaded, "__file__", None) == path:
            return loaded
        with open(step["source"], "rb") as source:
            text = source.read()
    show_in_tracebacks(path, text)
    module = ModuleType(name)
    module.__file__ = path
    module.__spec__ = ModuleSpec(name, None, origin=path)
    sys.modules[name] = module
    try:
        with first_on_path(folder) if "text" not in step else nullcontext():
            exec(compile(text, path, "exec", dont_inherit=True), module.__dict__)
    except BaseException as error:
        del sys.modules[name]
        raise Failure("code", f"{file} can't be loaded: {message_with_place(error)}") from error
    return module


@contextmanager
def first_on_path(folder: str) -> Iterator[None]:
    """Puts the folder of the user's code first on the path while that is loaded, and behind the standard library
    afterwards: nothing that the lab imports later comes from there."""
    if folder in sys.path and folder not in FOLDERS:
        yield
        return
    FOLDERS.add(folder)
    move_folder(folder, 0)
    try:
        yield
    finally:
        packages = (index for index, entry in enumerate(sys.path) if os.path.basename(entry) in PACKAGE_FOLDERS)
        # One less without the folder itself.
        move_folder(folder, next(packages, len(sys.path)) - 1)


def move_folder(folder: str, index: int) -> None:
    if folder in sys.path:
        sys.path.remove(folder)
    sys.path.insert(index, folder)


def show_in_tracebacks(path: str, text: bytes) -> None:
    """Has tracebacks quote what runs, not what the file holds by then."""
    import io
    import linecache
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(text).readline)
        lines = io.TextIOWrapper(io.BytesIO(text), encoding).readlines()
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return  # compiling it says what is wrong
    linecache.cache[path] = (len(text), None, lines, path)


def find_function(module: ModuleType, step: StepConfig) -> Any:
    found: Any = module
    for part in step["function"].split("."):
        found = getattr(found, part, None)
    if callable(found):
        return found
    file = os.path.basename(step["path"])
    if found is not None:
        raise Failure("code", f"{step['function']} in {file} is no function, but of type {type(found).__name__}")
    own = [
        name
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", None) == module.__name__
    ]
    there = f"; there are {', '.join(sorted(own)[:20])}" if own else ""
    raise Failure("code", f"there is no function {step['function']} in {file}{there}")


def is_coroutine_function(function: Any) -> bool:
    code = getattr(function, "__code__", None)
    if code is not None:
        return bool(code.co_flags & 0x80)
    import inspect

    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def caller(function: Any, arguments: list[list[str]]) -> Call:
    """Returns the function that calls another one for a task, as a programmer would write it."""
    if not arguments:
        return lambda task: function()
    if arguments == [["", ""]]:
        return function  # type: ignore[no-any-return]
    makers = [argument_maker(pieces) for pieces in arguments]
    return lambda task: function(*[make(task) for make in makers])


def in_turn(function: Call) -> Call:
    """Returns the function, of which one call runs at a time: greenlets share a thread, and a thread can have one
    running loop of asyncio."""
    from threading import Lock

    turn = Lock()

    def call_in_turn(task: int) -> Any:
        with turn:
            return function(task)

    return call_in_turn


def argument_maker(pieces: list[str]) -> Call:
    if pieces == ["", ""]:
        return lambda task: task
    if len(pieces) == 1:
        return lambda task: pieces[0]
    return lambda task: str(task).join(pieces)


@register(STEPS, "call")
def call(config: Config, step: StepConfig, index: int, locks: Locks) -> Step:
    results, function = KEPT[index], caller(FUNCTIONS[index], step["arguments"])
    if step["awaited"]:
        from asyncio import run

        coroutine, function = function, lambda task: run(coroutine(task))
        if config["model"] == "py-gevent":
            function = in_turn(function)

    def do(task: int, state: int) -> int:
        try:
            results[task] = function(task)
        finally:
            if trial.forked:
                leave_fork(task)
        return state

    return do


@register(STEPS, "command")
def command(config: Config, step: StepConfig, index: int, locks: Locks) -> Step:
    argv_of = argv_maker(step)
    popen, null, pipe = subprocess.Popen, subprocess.DEVNULL, subprocess.PIPE

    def do(task: int, state: int) -> int:
        with popen(argv_of(task), stdin=null, stdout=null, stderr=pipe) as process:
            end = b""
            stream = process.stderr
            assert stream is not None
            while piece := stream.read(4096):
                end = (end + piece)[-LAST_BYTES:]
        if process.returncode:
            raise command_failure(task, index, process.returncode, end)
        return state

    return do


def argv_maker(step: StepConfig) -> Callable[[int], list[str]]:
    usage.runs_programs = True
    program, makers = step["program"], step["arguments"]
    return lambda task: [program, *[str(task).join(pieces) for pieces in makers]]


def command_failure(task: int, index: int, exit_code: int, end: bytes) -> Failure:
    lines = [line.strip()[:300] for line in end.decode(errors="replace").splitlines() if line.strip()]
    facts = {"exit_code": exit_code, "last_lines": lines[-LAST_LINES:]}
    return Failure("step", "", task=task, step=index, step_kind="command", **facts)
