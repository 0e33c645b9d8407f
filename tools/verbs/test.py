"""``./run test``: all checks, then the suite, on the database that is up or is started for it."""

import subprocess

from tools.postgres.database import database_up
from tools.project import PROJECT_DIRECTORY, environment, run_as_program, say
from tools.supervisor import python_module
from tools.verbs import check

WORKERS = "4"  # on two cores: browsers, telephones and killed processes are waited for half of the time
# A file stays with one worker, for its stage (``tests.database`` names the groups); in the order of collection, so that
# the long files come first.
SHARED_OUT = ["-n", WORKERS, "--dist", "loadgroup", "--no-loadscope-reorder", "--durations", "8"]


def main(arguments: list[str]) -> int:
    """Run checks and suite; further arguments go to pytest, and then only the suite runs."""
    is_whole = all(argument == "--slow" for argument in arguments)
    if is_whole:
        say("Checks")
    check_code = check.main([]) if is_whole else 0
    say("\nTests" if is_whole else "Tests")
    with database_up():
        chosen = SHARED_OUT if is_whole else []
        command = python_module("pytest", "-q", *chosen, *arguments)
        suite_code = subprocess.run(
            command,
            cwd=PROJECT_DIRECTORY,
            env=environment(),
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode
    if check_code:
        say("The suite is done; the checks above failed.")
    return suite_code or check_code


if __name__ == "__main__":
    run_as_program(main)
