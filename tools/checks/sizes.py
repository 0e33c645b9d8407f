"""Files and functions stay small enough to be read in one go."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.checks.sources import is_vendored, project_files, read

FILE_LINES = 400
FUNCTION_LINES = 60
SCRIPT_SUFFIXES = {".js", ".mjs", ".sh"}
SCRIPT_NAMES = {Path("run"), Path(".ci/run")}
EXEMPT = ("migrations", "demo_data")
KEYWORDS = r"(?:if|for|while|switch|catch|else|return|try|do)\b"
SCRIPT_FUNCTION = re.compile(
    rf"^(?P<indent>\s*)(?!{KEYWORDS})(?P<text>\S.*\bfunction\b.*|.*=>|"  # function f(x) { · const f = (x) => {
    r"function\b.*|(?:(?:async|static|get|set)\s+)*[\w#$-]+\(.*\)) ?\{$"  # f(x) { in a class, f() { in a shell
)


def failures() -> list[str]:
    """Return one line for each file or function that is too long."""
    found: list[str] = []
    for path in project_files():
        is_script = path.suffix in SCRIPT_SUFFIXES or path in SCRIPT_NAMES
        if is_vendored(path) or set(EXEMPT) & set(path.parts) or not (is_script or path.suffix == ".py"):
            continue
        text = read(path)
        lines = text.count("\n")
        if lines > FILE_LINES:
            found.append(f"{path}: {lines} lines (at most {FILE_LINES}: split it by meaning)")
        functions = script_functions(text) if is_script else python_functions(text)
        found += [
            f"{path}:{line}: {name} has {length} lines (at most {FUNCTION_LINES})"
            for name, line, length in functions
            if length > FUNCTION_LINES
        ]
    return found


def python_functions(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield name, line and length of each function."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1


def script_functions(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the same for a script, going by indentation: a function ends at the brace below its first column."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        match = SCRIPT_FUNCTION.match(line)
        if not match:
            continue
        closing = re.compile(rf"^{match['indent']}\}}")
        length = next((ahead for ahead, later in enumerate(lines[number:], 1) if closing.match(later)), 1)
        yield match["text"].strip()[:40], number + 1, length
