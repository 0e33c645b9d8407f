"""``./run manage COMMAND``: any management command, with the database up."""

import os
import subprocess

from tools.postgres.database import database_up
from tools.project import PROJECT_DIRECTORY, environment, run_as_program
from tools.supervisor import python_module

OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "showmigrations", "createcachetable"}


def main(arguments: list[str]) -> int:
    """Run the command as the login that it needs: the owner changes tables, the application does all else."""
    login = "owner" if arguments and arguments[0] in OWNER_COMMANDS else "app"
    extra = {"HEARTHLINE_DATABASE_LOGIN": os.environ.get("HEARTHLINE_DATABASE_LOGIN", login)}
    with database_up():
        command = python_module("hearthline", *arguments)
        return subprocess.run(
            command, cwd=PROJECT_DIRECTORY, env=environment(**extra), check=False
        ).returncode


if __name__ == "__main__":
    run_as_program(main)
