"""``./run messages``: read new texts from the sources into the translation catalogues of every package."""

from tools import translations
from tools.project import run_as_program


def main(_arguments: list[str]) -> int:
    """Extract; each package's texts go into its own ``locale/``."""
    return translations.main(["extract"])


if __name__ == "__main__":
    run_as_program(main)
