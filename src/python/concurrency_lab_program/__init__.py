"""The program that runs one trial of Concurrency Lab on a CPython interpreter, or calibrates its kernels.

Contains no code of its own: `__main__` starts it, `program` does what the lab asks for. Only the standard
library is used, and every version from 3.9 on has to understand it.
"""
