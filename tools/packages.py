"""Debian packages: which are missing, and installing them when we are root, without starting their services."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.project import Problem, run_long_step, say

LIST = Path(__file__).with_name("debian-packages.txt")
POLICY = Path("/usr/sbin/policy-rc.d")  # Debian asks this program whether a new service may start
POLICY_TEXT = "#!/bin/sh\n# Put here by ./run while it installs packages; it takes it away again.\nexit 101\n"
SERVICES = {
    "coturn": "coturn.service",
    "janus": "janus.service",
    "nginx-light": "nginx.service",
    "postgresql": "postgresql.service",
}
PROGRAMS = {  # another way to have what a package brings
    "postgresql": "initdb",
    "coturn": "turnserver",
    "janus": "janus",
    "gettext": "xgettext",
    "nginx-light": "nginx",
    "chromium": "chromium",
}


@dataclass(frozen=True)
class Package:
    """A line of ``debian-packages.txt``."""

    name: str
    stage: str
    is_needed: bool
    reason: str


def listed_packages() -> list[Package]:
    """Return all packages that the list names."""
    packages = []
    for line in LIST.read_text().splitlines():
        if line and not line.startswith("#"):
            name, stage, weight, reason = line.split(maxsplit=3)
            packages.append(Package(name, stage, weight == "must", reason))
    return packages


def ensure_packages(stages: set[str]) -> None:
    """Install what is missing, or say what to install; only a "must" stops the run."""
    wanted = [package for package in listed_packages() if package.stage in stages]
    missing = _missing(wanted)
    if not missing:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install(missing)
        missing = _missing(missing)
    for package in missing:
        say(f"  missing: {package.name} ({package.reason})")
    needed = [package.name for package in missing if package.is_needed]
    if needed:
        raise Problem(
            f"Something is missing on this machine. Ask its administrator for: apt-get install {' '.join(needed)}"
        )


def _missing(packages: list[Package]) -> list[Package]:
    installed = _installed_names()
    return [package for package in packages if package.name not in installed and not _has_program(package)]


def _has_program(package: Package) -> bool:
    if package.name == "postgresql" and any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return True
    if package.name == "python3-venv":
        return _makes_environments()
    program = PROGRAMS.get(package.name)
    return (
        program is not None
        and shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is not None
    )


def _makes_environments() -> bool:
    """Whether this interpreter can make a virtual environment with pip (Debian keeps that part apart)."""
    try:
        import ensurepip  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


def _installed_names() -> set[str]:
    if not shutil.which("dpkg-query"):
        return set()
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.split()[1] for line in answer.stdout.splitlines() if line.startswith("installed ")}


def _install(packages: list[Package]) -> None:
    names = [package.name for package in packages]
    say(f"Installing Debian packages: {' '.join(names)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    with _no_service_starts():
        run_long_step("reading the package lists", ["apt-get", "update"], quiet)
        run_long_step("installing", ["apt-get", "install", "-y", "--no-install-recommends", *names], quiet)
    for name in set(names) & set(SERVICES):
        _leave_service_off(name)


def _leave_service_off(name: str) -> None:
    """Keep the service of a package that we brought from starting with the machine, systemd running or not."""
    if shutil.which("deb-systemd-helper"):
        environment = {**os.environ, "DPKG_MAINTSCRIPT_PACKAGE": name}  # it listens to package scripts only
        command = ["deb-systemd-helper", "disable", SERVICES[name]]
        subprocess.run(command, env=environment, check=False, capture_output=True)


@contextlib.contextmanager
def _no_service_starts() -> Iterator[None]:
    """Keep new packages from starting services: ours run under our own supervisor."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text(POLICY_TEXT)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
