"""Describes the text of a Python file (stdin) without running it: its functions, and what it binds the names to that
are given as arguments.
"""

from __future__ import annotations

import ast
import json
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    Bindings = dict[str, list[ast.AST | None]]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Lambda)
# Names by which a text makes names that it does not write.
MAKERS = {"exec", "eval", "globals", "locals", "vars", "setattr", "delattr", "__dict__", "modules", "f_globals"}
DISPLAYS: dict[type[ast.AST], str] = {
    ast.List: "list",
    ast.ListComp: "list",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Tuple: "tuple",
    ast.JoinedStr: "str",
}
UNKNOWN = {"is": "unknown"}
MISSING = {"is": "missing"}


def bindings(body: Iterable[ast.AST]) -> Bindings:
    """Returns what a scope binds its names to: definitions, values, and None for everything else."""
    found: Bindings = {}
    rest = list(reversed(list(body)))
    while rest:
        node = rest.pop()
        for name, value in bound_by(node):
            found.setdefault(name, []).append(value)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and all(isinstance(one, ast.Name) for one in targets(node)):
            rest.extend([node.value] if node.value else [])
        elif not isinstance(node, SCOPES):
            rest.extend(reversed(list(ast.iter_child_nodes(node))))
    return found


def targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def bound_by(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        yield node.name, node
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        # One without a value binds nothing.
        names = [one.id for one in targets(node) if isinstance(one, ast.Name)] if node.value else []
        yield from ((name, node.value) for name in names)
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id, None
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name.split(".")[0]), None
    else:
        # Handlers of exceptions, and patterns, which older interpreters don't know.
        for key in ("name", "rest"):
            name = getattr(node, key, None)
            if isinstance(name, str):
                yield name, None


def name_makers(tree: ast.Module) -> tuple[bool, set[str]]:
    """Returns whether the module may have names that its text does not bind, and the names that other scopes bind."""
    dynamic, elsewhere = False, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            elsewhere.update(node.names)
        elif isinstance(node, ast.NamedExpr):
            elsewhere.add(node.target.id)
        elif isinstance(node, ast.Attribute):
            dynamic |= node.attr in MAKERS
            if not isinstance(node.ctx, ast.Load):
                elsewhere.add(node.attr)
        elif isinstance(node, ast.Name):
            dynamic |= node.id in MAKERS
        elif isinstance(node, ast.alias):
            dynamic |= node.name == "*" or node.name in MAKERS
    return dynamic, elsewhere


def yields(node: ast.AST) -> bool:
    """Returns true for a generator function: one with a `yield` of its own."""
    below = [one for one in ast.iter_child_nodes(node) if not isinstance(one, SCOPES)]
    return any(isinstance(one, (ast.Yield, ast.YieldFrom)) or yields(one) for one in below)


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, Any]:
    args = node.args
    positional = args.posonlyargs + args.args
    keywords = [one.arg for one, default in zip(args.kwonlyargs, args.kw_defaults) if default is None]
    return {
        "name": node.name,
        "is_coroutine": isinstance(node, ast.AsyncFunctionDef),
        "is_decorated": bool(node.decorator_list),
        "is_generator": yields(node),
        "parameters": [one.arg for one in positional],
        "needed": len(positional) - len(args.defaults),
        "takes_more": args.vararg is not None,
        "keywords": keywords,
    }


def type_of(node: ast.AST | None) -> str | None:
    """Returns the type of a value that is written out; None for everything that is only known when it runs."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return "bool" if isinstance(node.op, ast.Not) else type(node.operand.value).__name__
    if isinstance(node, ast.Constant):
        return type(node.value).__name__
    return DISPLAYS.get(type(node)) if node is not None else None


def is_plain_class(node: ast.AST | None) -> bool:
    return isinstance(node, ast.ClassDef) and not (node.bases or node.keywords or node.decorator_list)


def meaning(tree: ast.Module, words: set[str], dynamic: bool, elsewhere: set[str], name: str) -> dict[str, Any]:
    """Returns what a name such as `work` or `Class.method` is, as far as the text says."""
    body: list[Any] = tree.body
    parts = name.split(".")
    for depth, part in enumerate(parts):
        found = bindings(body)
        if dynamic or part in elsewhere or part.startswith("__") or "__getattr__" in found:
            return UNKNOWN
        if part not in found:
            # A library may make a name of a text that it is given.
            is_made = (depth > 0 and part == "mro") or part in words
            return UNKNOWN if is_made else MISSING
        values = found[part]
        if depth + 1 < len(parts):
            if len(values) > 1 or not is_plain_class(values[0]):
                return UNKNOWN
            assert isinstance(values[0], ast.ClassDef)
            body = values[0].body
            continue
        only = values[0] if len(values) == 1 else None
        if isinstance(only, FUNCTIONS) and not only.decorator_list and depth == 0:
            return {"is": "function", "function": signature(only)}
        types = [type_of(value) or "" for value in values]
        if all(types):
            return {"is": "value", "type": " or ".join(dict.fromkeys(types))}
    return UNKNOWN


def main() -> None:
    answer: dict[str, Any]
    try:
        tree = ast.parse(sys.stdin.buffer.read())
    except (SyntaxError, ValueError) as error:
        answer = {"mistake": getattr(error, "msg", str(error)), "line": getattr(error, "lineno", None)}
        answer["python"] = f"{sys.version_info[0]}.{sys.version_info[1]}"
    else:
        last = [values[-1] for values in bindings(tree.body).values()]
        functions = [signature(node) for node in last if isinstance(node, FUNCTIONS)]
        constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        words = {word for value in constants if isinstance(value, str) for word in re.findall(r"\w+", value)}
        dynamic, elsewhere = name_makers(tree)
        names = [meaning(tree, words, dynamic, elsewhere, name) for name in sys.argv[1:]]
        answer = {"functions": functions, "names": names}
    sys.stdout.write(json.dumps(answer) + "\n")


main()
