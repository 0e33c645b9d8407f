"""``./run bench [SUBJECT]``: the measurements (tests marked ``bench``), one after the other, and their table.

A subject is the files of ``tests/benches`` that begin so: ``./run bench monitoring --rows 50M``. The database that it
fills stays in the cluster for the next run (about 200 bytes a reading) until the migrations change or three days have
passed.
"""

import subprocess

from tools.postgres.database import database_up
from tools.project import PROJECT_DIRECTORY, environment, run_as_program
from tools.supervisor import python_module

BENCHES = PROJECT_DIRECTORY / "tests" / "benches"


def main(arguments: list[str]) -> int:
    """Measure; further arguments go to pytest."""
    files = sorted(BENCHES.glob(f"test_{arguments[0]}*.py")) if arguments else []
    if files:
        arguments = [*map(str, files), "-s", *arguments[1:]]
    with database_up():
        command = python_module("pytest", "-q", "--bench", "--slow", *arguments)
        return subprocess.run(command, cwd=PROJECT_DIRECTORY, env=environment(), check=False).returncode


if __name__ == "__main__":
    run_as_program(main)
