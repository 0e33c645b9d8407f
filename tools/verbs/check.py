"""``./run check``: everything that can be said about the sources without running them; two checks at a time."""

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.checks import locks, sizes, translations, vendored
from tools.project import PROJECT_DIRECTORY, environment, run_as_program, say
from tools.supervisor import python_module

AT_A_TIME = 2
TEST_SETTINGS = "hearthline.config.settings.test"


@dataclass(frozen=True)
class Outcome:
    """How one check went."""

    name: str
    failures: list[str]
    seconds: float


def _program(*command: str) -> Callable[[], list[str]]:
    def look() -> list[str]:
        answer = subprocess.run(
            command,
            cwd=PROJECT_DIRECTORY,
            env=environment(DJANGO_SETTINGS_MODULE=TEST_SETTINGS, NO_COLOR="1"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return answer.stdout.strip().splitlines() or ["failed"] if answer.returncode else []

    return look


CHECKS: dict[str, Callable[[], list[str]]] = {  # the longest first
    "types (mypy strict)": _program(*python_module("mypy", "hearthline", "tools", "tests", "conftest.py")),
    "format (ruff)": _program(*python_module("ruff", "format", "--check", ".")),
    "lint (ruff)": _program(*python_module("ruff", "check", "--output-format", "concise", ".")),
    "layers (import-linter)": _program(str(Path(sys.executable).with_name("lint-imports")), "--no-logo"),
    "migrations are current": _program(
        *python_module("hearthline", "makemigrations", "--check", "--dry-run")
    ),
    "locks name no registry": locks.failures,
    "sizes of files and functions": sizes.failures,
    "translations": translations.failures,
    "vendored files": vendored.failures,
}


def main(_arguments: list[str]) -> int:
    """Run all checks; one line each, failures in full at the end."""
    started = time.monotonic()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        outcomes = list(pool.map(lambda item: _run(*item), CHECKS.items()))
    failed = [outcome for outcome in outcomes if outcome.failures]
    for outcome in failed:
        say(f"\n── {outcome.name}")
        say("\n".join(outcome.failures))
    verdict = (
        f"{len(failed)} of {len(outcomes)} checks failed" if failed else f"all {len(outcomes)} checks passed"
    )
    say(f"\n{verdict} in {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


def _run(name: str, look: Callable[[], list[str]]) -> Outcome:
    started = time.monotonic()
    try:
        found = look()
    except Exception as error:
        found = [f"the check itself broke: {error!r}"]
    outcome = Outcome(name, found, time.monotonic() - started)
    say(f"  {'FAILED' if found else 'ok':<7} {outcome.seconds:5.1f} s  {name}")
    return outcome


if __name__ == "__main__":
    run_as_program(main)
