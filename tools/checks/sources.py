"""The project's own files, as git knows them (new ones that are not committed yet included)."""

import subprocess
from functools import cache
from pathlib import Path

from tools.project import PROJECT_DIRECTORY

VENDOR_DIRECTORY = "vendor"


@cache
def project_files() -> tuple[Path, ...]:
    """Return every tracked or new file that git does not ignore, relative to the project."""
    answer = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT_DIRECTORY,
        capture_output=True,
        check=True,
    )
    paths = sorted({Path(name.decode()) for name in answer.stdout.split(b"\0") if name})
    return tuple(path for path in paths if (PROJECT_DIRECTORY / path).is_file())


def read(path: Path) -> str:
    """Return a file's text; bytes that are no text are replaced."""
    return (PROJECT_DIRECTORY / path).read_text(errors="replace")


def is_vendored(path: Path) -> bool:
    """Whether the file is someone else's, kept as it came."""
    return VENDOR_DIRECTORY in path.parts
