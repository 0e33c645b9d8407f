"""``./run soak SUBJECT [--minutes N]``: hold something for a long time, and say whether anything grows.

A subject is a file of ``tests/soaks``: ``./run soak media --minutes 5``. Its tests are marked ``soak``.
"""

import subprocess

from tools.postgres.database import database_up
from tools.project import PROJECT_DIRECTORY, Problem, environment, run_as_program
from tools.supervisor import python_module

SOAKS = PROJECT_DIRECTORY / "tests" / "soaks"


def main(arguments: list[str]) -> int:
    """Hold and watch; further arguments go to pytest."""
    subjects = sorted(path.stem.removeprefix("test_") for path in SOAKS.glob("test_*.py"))
    if not arguments or arguments[0] not in subjects:
        raise Problem(
            f"Name what to hold, for example: ./run soak {subjects[0]} (there is: {', '.join(subjects)})"
        )
    path = SOAKS / f"test_{arguments[0]}.py"
    with database_up():
        command = python_module("pytest", "-q", "--soak", "--slow", str(path), "-s", *arguments[1:])
        return subprocess.run(command, cwd=PROJECT_DIRECTORY, env=environment(), check=False).returncode


if __name__ == "__main__":
    run_as_program(main)
