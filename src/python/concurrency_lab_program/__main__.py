"""Starts the program: compiles its modules to files, then imports them from there.

Runs once, in the process that the lab starts. Processes that `multiprocessing` spawns import only the modules
of the functions that they are sent.
"""

import os
import sys
import time

compiling = time.perf_counter_ns()
package = os.path.dirname(os.path.abspath(__file__))
name = os.path.basename(package)
# Modules are imported as parts of the package: called `clock` or `models`, they would be in the way of others of
# that name.
sys.path.insert(0, os.path.dirname(package))

from importlib.machinery import ModuleSpec, SourceFileLoader  # noqa: E402

# `python FOLDER` sets the same: multiprocessing then does not run this module again in its processes. Starting the
# folder would also import runpy, and with it typing before 3.10: 2 to 12 ms of every trial's setup.
__spec__ = ModuleSpec("__main__", None)


class Compiler(SourceFileLoader):
    """Compiles a module to a file, but creates no folder: Python's own loader creates all that are missing. If the lab
    is killed, the trial's folder is removed meanwhile, and would be back without the mark by which leftovers are found.
    """

    def set_data(self, path, data, *, _mode=0o666):  # type: ignore[no-untyped-def]
        partial = f"{path}.{os.getpid()}"
        try:
            with open(partial, "xb", opener=lambda name, flags: os.open(name, flags, _mode & 0o666)) as compiled:
                compiled.write(data)
            os.replace(partial, path)
        except OSError:
            # The module is compiled when it is imported.
            pass


try:
    os.mkdir(os.path.join(package, "__pycache__"), 0o700)
except OSError:
    pass

# Compiled to files before they are imported, as every program's modules are from their second run on. A
# free-threaded 3.13 counts the uses of constants that were compiled during the import, and threads then wait for
# each other at the count.
for file in sorted(os.listdir(package)):
    module, extension = os.path.splitext(file)
    if extension == ".py" and module != "__main__":
        module = name if module == "__init__" else f"{name}.{module}"
        Compiler(module, os.path.join(package, file)).get_code(module)
compiling = time.perf_counter_ns() - compiling

from concurrency_lab_program import program  # noqa: E402

program.start(compiling)
