"""``./run create-organization``: a first real organization with its administrator."""

from tools.project import run_as_program
from tools.verbs import manage


def main(arguments: list[str]) -> int:
    """Bring the tables up to date, then ask for what is needed."""
    code = manage.main(["migrate", "--no-input", "--verbosity", "0"])
    return code or manage.main(["create_organization", *arguments])


if __name__ == "__main__":
    run_as_program(main)
