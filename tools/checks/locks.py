"""Nothing in the repository names a package registry: neither lock files nor anything else."""

import re
import subprocess
from pathlib import Path

from tools.checks.sources import project_files, read

ADDRESS = re.compile(r"https?://(?:[^/@\s]*@)?([^/:\s]+)")
APT_SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d"))
NO_REGISTRIES = {"localhost", "127.0.0.1"}


def failures() -> list[str]:
    """Return lines of lock files with an address, and lines anywhere that name a registry of this machine."""
    locks = [path for path in project_files() if path.match("requirements*.txt")]
    found = [
        f"{path}:{number}: an address in a lock file: {line.strip()}"
        for path in locks
        for number, line in enumerate(read(path).splitlines(), 1)
        if "://" in line
    ]
    found += [
        f"{path}: is missing"
        for path in ("requirements.txt", "requirements-dev.txt")
        if Path(path) not in locks
    ]
    hosts = _registry_hosts()
    for path in project_files() if hosts else ():
        text = read(path)
        found += [f"{path}: names the package registry {host}" for host in hosts if host in text]
    return found


def _registry_hosts() -> set[str]:
    """Return the registries that this machine is set up with."""
    answers = [
        _output("pip", "config", "get", "global.index-url"),
        _output("npm", "config", "get", "registry"),
    ]
    for place in APT_SOURCES:
        files = place.glob("*") if place.is_dir() else [place]
        answers += [path.read_text(errors="replace") for path in files if path.is_file()]
    return set(ADDRESS.findall("\n".join(answers))) - NO_REGISTRIES


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ""
