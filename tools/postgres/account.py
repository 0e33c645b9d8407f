"""The unprivileged user that PostgreSQL runs as when we are root (it refuses to run as root itself)."""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAME = "hearthline"


@dataclass(frozen=True)
class Account:
    """A system user: no password, no shell, no home."""

    name: str
    user_id: int
    group_id: int

    def owns(self, path: Path) -> None:
        """Give a path to this user."""
        os.chown(path, self.user_id, self.group_id)


def account_for_server() -> Account | None:
    """Return the user for PostgreSQL, made if needed; None when we are no root: then it runs as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        subprocess.run(["useradd", *options, "--shell", "/usr/sbin/nologin", NAME], check=True)
        entry = pwd.getpwnam(NAME)
    return Account(NAME, entry.pw_uid, entry.pw_gid)


def closed_directory(path: Path, account: Account) -> Path | None:
    """Return the first directory on the way to ``path`` that the user may not pass through, or None."""
    for directory in reversed(path.parents):
        facts = directory.stat()
        if facts.st_uid == account.user_id:
            needed = stat.S_IXUSR
        elif facts.st_gid == account.group_id:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not facts.st_mode & needed:
            return directory
    return None
