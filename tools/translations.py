"""Texts in other languages: compiling catalogues (``compile``) and reading new texts from the sources (``extract``)."""

import subprocess
import sys
from pathlib import Path

from tools.project import PROJECT_DIRECTORY, Problem, run_as_program, say

SOURCES = PROJECT_DIRECTORY / "hearthline"
LANGUAGES = ("es", "ar")
SKIPPED = {"config"}


def catalogues() -> list[Path]:
    """Return every translation catalogue of the project."""
    return sorted(SOURCES.glob("*/locale/*/LC_MESSAGES/django*.po"))


def compile_catalogues() -> int:
    """Compile each catalogue that is newer than its compiled form; return how many were."""
    from babel.messages import mofile, pofile  # noqa: PLC0415 - not needed, nor there, in the set-up's first moments

    changed = 0
    for source in catalogues():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = pofile.read_po(file, locale=source.parts[-3], abort_invalid=True)
        # makemessages leaves the header's language empty, and a catalogue without one loses its rule of plurals.
        catalogue.locale = source.parts[-3]
        draft = target.with_suffix(".mo.draft")
        with draft.open("wb") as file:
            mofile.write_mo(file, catalogue)
        draft.replace(target)
        changed += 1
    return changed


def extract_texts(sources: Path = SOURCES, *, with_places: bool = False) -> None:
    """Read the texts of all packages into their catalogues, each into its own, with Django's ``makemessages``.

    ``with_places`` notes in which files a text stands.
    """
    packages = [
        path.parent for path in sorted(sources.glob("*/__init__.py")) if path.parent.name not in SKIPPED
    ]
    for package in packages:
        for language in LANGUAGES:
            (package / "locale" / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    languages = [f"--locale={language}" for language in LANGUAGES]
    places = "--add-location=file" if with_places else "--no-location"
    options = [places, "--no-wrap", "--ignore=tests/*", "--ignore=config/*", "--ignore=__main__.py"]
    program = [sys.executable, "-m", "django", "makemessages", *languages, *options]
    answer = subprocess.run(program, cwd=sources, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise Problem(f"makemessages failed:\n{answer.stdout}{answer.stderr}")
    for package in packages:
        _tidy(package)


def _tidy(package: Path) -> None:
    """Drop the date that changes with each extraction, texts that are gone, and catalogues without a text."""
    from babel.messages import pofile  # noqa: PLC0415 - as above

    for path in package.glob("locale/*/LC_MESSAGES/django*.po"):
        with path.open("rb") as file:
            catalogue = pofile.read_po(file, locale=path.parts[-3])
        if not any(message.id for message in catalogue):
            path.unlink()
            continue
        lines = [line for line in path.read_text().splitlines() if not line.startswith('"POT-Creation-Date')]
        text = "\n".join(line for line in lines if not line.startswith("#~"))
        path.write_text(text.rstrip() + "\n")
    for directory in sorted(package.glob("locale/**/"), reverse=True):
        if not any(directory.iterdir()):
            directory.rmdir()


def main(arguments: list[str]) -> int:
    """Run ``compile`` or ``extract``."""
    if arguments[:1] == ["extract"]:
        extract_texts()
        return 0
    changed = compile_catalogues()
    if changed:
        say(f"  compiled {changed} translation catalogues")
    return 0


if __name__ == "__main__":
    run_as_program(main)
