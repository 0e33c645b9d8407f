"""``./run audit verify``: the stand-alone verifier over this installation's audit."""

import subprocess

from tools.postgres.database import database_up
from tools.project import PROJECT_DIRECTORY, Problem, environment, run_as_program
from tools.supervisor import python_module


def main(arguments: list[str]) -> int:
    """Pass everything after ``verify`` on to the verifier."""
    if arguments[:1] != ["verify"]:
        raise Problem("Say: ./run audit verify")
    with database_up():
        command = python_module("tools.verify_audit", *arguments[1:])
        return subprocess.run(command, cwd=PROJECT_DIRECTORY, env=environment(), check=False).returncode


if __name__ == "__main__":
    run_as_program(main)
