"""Key files: private, written whole or not at all, and agreed upon by processes that start together."""

import contextlib
import os
from pathlib import Path
from secrets import token_hex

PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o400


def create_once(path: Path, content: bytes) -> bytes:
    """Create a private file unless it exists; return what the file holds, ours or another process's."""
    draft = _draft(path, content)
    try:
        path.hardlink_to(draft)
        _sync_directory(path.parent)
    except FileExistsError:
        return path.read_bytes()
    finally:
        draft.unlink()
    return content


def replace(path: Path, content: bytes) -> None:
    """Put new content in the place of a private file, in one step."""
    draft = _draft(path, content)
    try:
        draft.replace(path)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        raise
    _sync_directory(path.parent)


def _draft(path: Path, content: bytes) -> Path:
    path.parent.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
