"""This package, sent by value: made importable at the workers of a dask scheduler that others run, and taken away.

Nothing is written to their disks, and two trials at once are not in each other's way: the package has a name of the
trial there.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .protocol import Config

CLEANS_WITHIN = 1.0  # seconds, after a failure


def name_of(config: Config) -> str:
    """Returns the name of the package at the workers."""
    return f"concurrency_lab_program_{os.path.basename(config['folder'])}_{os.getpid()}".replace("-", "_")


def name_here(package: str) -> None:
    """Makes failures of the workers readable here: they are sent with the name of their class."""
    import sys

    here = __name__.rpartition(".")[0]
    sys.modules[package] = sys.modules[here]
    sys.modules[f"{package}.failures"] = sys.modules[f"{here}.failures"]


def sources() -> dict[str, str]:
    """Returns the modules of this package."""
    folder = os.path.dirname(os.path.abspath(__file__))
    found = {}
    for file in os.listdir(folder):
        name, extension = os.path.splitext(file)
        if extension == ".py" and name != "__main__":
            with open(os.path.join(folder, file), encoding="utf-8") as source:
                found[name] = source.read()
    return found


def source_texts(config: Config) -> dict[int, bytes]:
    """Returns the user's code, by step."""
    texts = {}
    for index, step in enumerate(config["steps"]):
        if step["kind"] == "call":
            with open(step["source"], "rb") as source:
                texts[index] = source.read()
    return texts


def installer() -> Callable[..., None]:
    """Returns a function that makes the package importable where it runs. Nothing is written to a disk there."""

    def install(package: str, texts: dict[str, str]) -> None:
        import sys
        from importlib.machinery import ModuleSpec

        class Modules:
            of_package = package

            def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
                folder, _, part = name.rpartition(".")
                if name == package or (folder == package and part in texts):
                    return ModuleSpec(name, self, is_package=name == package)  # type: ignore[arg-type]
                return None

            def create_module(self, spec: Any) -> None:
                return None

            def exec_module(self, module: Any) -> None:
                name = module.__name__
                part = "__init__" if name == package else name.rpartition(".")[2]
                module.__file__ = f"<{package}>/{part}.py"
                exec(compile(texts[part], module.__file__, "exec", dont_inherit=True), module.__dict__)

        sys.meta_path.append(Modules())

    return install


def remover() -> Callable[..., None]:
    """Returns a function that takes the package away again where it runs."""

    def remove(package: str) -> None:
        import sys

        last = sys.modules.get(f"{package}.dask_worker")
        if last is not None:
            last.leave()
        sys.meta_path[:] = [one for one in sys.meta_path if getattr(one, "of_package", None) != package]
        for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
            del sys.modules[name]

    return remove


def remote(package: str, module: str, function: str, first: bool = False) -> Callable[..., Any]:
    """Returns a function that is sent by value, as one of a user's script is, and calls one of the package. `first`:
    the package may be imported for it."""

    def run(*arguments: Any, dask_worker: Any = None) -> Any:
        import sys
        from importlib import import_module

        name = f"{package}.{module}"
        if not first and package not in sys.modules:
            # The client is about to learn of it and to give up.
            raise RuntimeError("this worker came after the trial had begun")
        found = getattr(sys.modules.get(name) or import_module(name), function)
        return found(*arguments, dask_worker.address) if first else found(*arguments)

    return run


def clean_up(client: Any, package: str) -> None:
    """Takes the package away from the workers that are still there; not for long where they don't answer."""
    import threading

    def clean() -> None:
        try:
            client.run(remover(), package, on_error="ignore")
        except Exception:
            pass  # there is nobody left to be cleaned

    thread = threading.Thread(target=clean, daemon=True)
    thread.start()
    thread.join(CLEANS_WITHIN)
