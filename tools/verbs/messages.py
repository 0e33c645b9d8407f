"""``./run messages [package …]``: read new texts from the sources into the translation catalogues."""

from tools import translations
from tools.project import run_as_program


def main(arguments: list[str]) -> int:
    """Extract, for all packages or those named."""
    return translations.main(["extract", *arguments])


if __name__ == "__main__":
    run_as_program(main)
