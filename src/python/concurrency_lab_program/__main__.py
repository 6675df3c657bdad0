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
# Its modules are imported as parts of the package. Python has put the package itself here, where a module
# called `clock` or `models` would stand in the way of others of that name.
sys.path[0] = os.path.dirname(package)

# Compiled to files before they are imported, as every program's modules are from their second run on. A
# free-threaded 3.13 counts the uses of constants that were compiled during the import, and threads then wait for
# each other at the count.
from importlib.machinery import SourceFileLoader  # noqa: E402

for file in sorted(os.listdir(package)):
    module, extension = os.path.splitext(file)
    if extension == ".py" and module != "__main__":
        module = name if module == "__init__" else f"{name}.{module}"
        SourceFileLoader(module, os.path.join(package, file)).get_code(module)
compiling = time.perf_counter_ns() - compiling

from concurrency_lab_program import program  # noqa: E402

program.start(compiling)
