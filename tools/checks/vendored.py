"""Vendored files are exactly what ``VENDORED.md`` beside them says: name, version, licence, SHA-256."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.checks.sources import is_vendored, project_files, read
from tools.project import PROJECT_DIRECTORY

LIST_NAME = "VENDORED.md"
ROW = re.compile(
    r"^\|\s*`?(?P<path>[^|`\s]+)`?\s*\|\s*(?P<package>[^|]+?)\s*\|\s*(?P<version>[^|]+?)\s*"
    r"\|\s*(?P<licence>[^|]+?)\s*\|\s*`?(?P<digest>[0-9a-f]{64})`?\s*\|",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Vendored:
    """One row of a list: a file of somebody else's that is kept here as it came."""

    path: Path
    package: str
    version: str
    licence: str
    digest: str
    list_path: Path


def listed_files() -> Iterator[Vendored]:
    """Yield every row of every list, in the order of the paths."""
    for list_path in (path for path in project_files() if path.name == LIST_NAME):
        for match in ROW.finditer(read(list_path)):
            yield Vendored(
                list_path.parent / match["path"],
                match["package"],
                match["version"],
                match["licence"],
                match["digest"],
                list_path,
            )


def failures() -> list[str]:
    """Return what is listed and differs or is missing, and what is there and not listed."""
    listed = list(listed_files())
    found = [failure for one in listed for failure in _compare(one)]
    known = {one.path for one in listed}
    strangers = [path for path in project_files() if is_vendored(path) and path.name != LIST_NAME]
    return found + [
        f"{path}: is vendored but not in a {LIST_NAME}" for path in strangers if path not in known
    ]


def _compare(one: Vendored) -> list[str]:
    file = PROJECT_DIRECTORY / one.path
    if not file.is_file():
        return [f"{one.list_path}: names {one.path}, which is not there"]
    actual = hashlib.sha256(file.read_bytes()).hexdigest()
    return (
        [] if actual == one.digest else [f"{one.path}: changed since it was vendored (SHA-256 is {actual})"]
    )
