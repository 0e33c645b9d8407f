"""Vendored files are exactly what ``VENDORED.md`` beside them says: name, version, licence, SHA-256."""

import hashlib
import re
from pathlib import Path

from tools.checks.sources import is_vendored, project_files, read
from tools.project import PROJECT_DIRECTORY

LIST_NAME = "VENDORED.md"
ROW = re.compile(r"^\|\s*`?(?P<path>[^|`\s]+)`?\s*\|.*?(?P<digest>[0-9a-f]{64})", re.MULTILINE)


def failures() -> list[str]:
    """Return what is listed and differs or is missing, and what is there and not listed."""
    found: list[str] = []
    listed: set[Path] = set()
    for list_path in (path for path in project_files() if path.name == LIST_NAME):
        for match in ROW.finditer(read(list_path)):
            path = list_path.parent / match["path"]
            listed.add(path)
            found += _compare(path, match["digest"], list_path)
    strangers = [path for path in project_files() if is_vendored(path) and path.name != LIST_NAME]
    found += [f"{path}: is vendored but not in a {LIST_NAME}" for path in strangers if path not in listed]
    return found


def _compare(path: Path, digest: str, list_path: Path) -> list[str]:
    file = PROJECT_DIRECTORY / path
    if not file.is_file():
        return [f"{list_path}: names {path}, which is not there"]
    actual = hashlib.sha256(file.read_bytes()).hexdigest()
    return [] if actual == digest else [f"{path}: changed since it was vendored (SHA-256 is {actual})"]
