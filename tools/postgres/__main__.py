"""``python -m tools.postgres``: make the database and its logins, say where it is, and leave."""

from tools.postgres.database import database_up
from tools.postgres.logins import facts_path
from tools.project import run_as_program, say


def main(_arguments: list[str]) -> int:
    """Make or repair the database and its logins (``DATABASE_URL``, or our own server)."""
    with database_up():
        say(f"The database and its logins are ready: {facts_path()}")
    return 0


if __name__ == "__main__":
    run_as_program(main)
