"""``./run bench``: the measurements (tests marked ``bench``), one after the other, and their table."""

import subprocess

from tools.postgres.database import database_up
from tools.project import PROJECT_DIRECTORY, environment, run_as_program
from tools.supervisor import python_module


def main(arguments: list[str]) -> int:
    """Measure; further arguments go to pytest."""
    with database_up():
        command = python_module("pytest", "-q", "--bench", "--slow", *arguments)
        return subprocess.run(command, cwd=PROJECT_DIRECTORY, env=environment(), check=False).returncode


if __name__ == "__main__":
    run_as_program(main)
