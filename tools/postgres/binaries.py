"""Finding PostgreSQL's server programs on this machine."""

import shutil
import subprocess
from pathlib import Path

from tools.project import Problem

MINIMUM_MAJOR = 15
DEBIAN_DIRECTORY = Path("/usr/lib/postgresql")
HOW_TO_INSTALL = (
    f"No PostgreSQL {MINIMUM_MAJOR} or newer was found. Install it (Debian: apt-get install postgresql), "
    "or name a server of yours: DATABASE_URL=postgresql://administrator:password@host/postgres"
)


def installed_binaries() -> dict[int, Path]:
    """Return the directories of server programs by major version."""
    found = {
        int(directory.name): directory / "bin"
        for directory in DEBIAN_DIRECTORY.glob("*")
        if directory.name.isdigit() and (directory / "bin" / "initdb").exists()
    }
    on_path = shutil.which("initdb")
    if on_path:
        directory = Path(on_path).resolve().parent
        found.setdefault(_major(directory), directory)
    return {major: directory for major, directory in found.items() if major >= MINIMUM_MAJOR}


def binaries_for(data_directory: Path) -> Path:
    """Return the programs that fit the cluster: its own major version, or the newest for a cluster to be made."""
    installed = installed_binaries()
    if not installed:
        raise Problem(HOW_TO_INSTALL)
    try:
        major = int((data_directory / "PG_VERSION").read_text())
    except FileNotFoundError:
        return installed[max(installed)]
    if major not in installed:
        raise Problem(
            f"The database in {data_directory} was made by PostgreSQL {major}, which is not installed any more. "
            f"Install it again (Debian: apt-get install postgresql-{major}), or move that directory away to start anew."
        )
    return installed[major]


def _major(directory: Path) -> int:
    answer = subprocess.run([directory / "postgres", "--version"], capture_output=True, text=True, check=True)
    return int(answer.stdout.split()[2].split(".")[0])
