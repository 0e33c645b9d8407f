"""Texts in other languages: compiling catalogues (``compile``) and reading new texts from the sources (``extract``)."""

import subprocess
import sys
from pathlib import Path

from tools.project import PROJECT_DIRECTORY, Problem, run_as_program, say

SOURCES = PROJECT_DIRECTORY / "hearthline"
LANGUAGES = ("es", "ar")
SKIPPED_PACKAGES = {"config"}


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
        draft = target.with_suffix(".mo.draft")
        with draft.open("wb") as file:
            mofile.write_mo(file, catalogue)
        draft.replace(target)
        changed += 1
    return changed


def extract_texts(packages: list[Path]) -> None:
    """Read the texts of each package's sources into its catalogues, with Django's ``makemessages``."""
    for package in packages:
        for language in LANGUAGES:
            (package / "locale" / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
        options = [f"--locale={language}" for language in LANGUAGES]
        program = [
            sys.executable,
            "-m",
            "django",
            "makemessages",
            "--no-location",
            "--no-wrap",
            "--ignore=tests/*",
        ]
        answer = subprocess.run(
            [*program, *options], cwd=package, capture_output=True, text=True, check=False
        )
        if answer.returncode:
            raise Problem(f"makemessages failed in {package.name}:\n{answer.stderr}")
        _drop_dates(package)


def translated_packages() -> list[Path]:
    """Return the packages that have texts of their own."""
    return [
        path.parent
        for path in sorted(SOURCES.glob("*/__init__.py"))
        if path.parent.name not in SKIPPED_PACKAGES
    ]


def _drop_dates(package: Path) -> None:
    """Drop the date that changes with each extraction, and catalogues without a single text."""
    for path in package.glob("locale/*/LC_MESSAGES/django*.po"):
        lines = [line for line in path.read_text().splitlines() if not line.startswith('"POT-Creation-Date')]
        path.write_text("\n".join(lines).rstrip() + "\n")
        if sum(line.startswith("msgid ") for line in lines) <= 1:
            path.unlink()


def main(arguments: list[str]) -> int:
    """Run ``compile`` or ``extract [package …]``."""
    if arguments[:1] == ["extract"]:
        names = set(arguments[1:])
        extract_texts([path for path in translated_packages() if not names or path.name in names])
        return 0
    changed = compile_catalogues()
    if changed:
        say(f"  compiled {changed} translation catalogues")
    return 0


if __name__ == "__main__":
    run_as_program(main)
